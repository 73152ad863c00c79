package router

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

const (
	sinkPort = ":999"

	// slowBytesPerSecond is so little that a flood is far beyond it, on the slowest of machines.
	slowBytesPerSecond = 200 << 10
	floodPackets       = 4000
	packetBytes        = 1000

	// quietAfter is how long nothing comes before a flood counts as over.
	quietAfter = 2 * time.Second
)

func TestGuestSendsAndGetsSoMuchInASecondAndNoMore(t *testing.T) {
	w := newWorldOf(t, slowBytesPerSecond)
	guest, neighbour := w.machine(6), w.machine(7)
	guest.plug(Policy{Open: true})
	neighbour.plug(Policy{Open: true})
	there := packetsAt(w, w.internet, "8.8.8.8"+sinkPort)
	here := packetsAt(w, guest.guest, sinkPort)
	asked := []byte("what is sent back comes to where this is from")
	if _, err := here.WriteTo(asked, there.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	_, from, err := there.ReadFrom(make([]byte, packetBytes))
	w.must(err)
	for _, row := range []struct {
		name     string
		from, to net.PacketConn
		target   net.Addr
	}{
		{"sends", here, there, there.LocalAddr()},
		{"gets", there, here, from},
	} {
		t.Run(row.name, func(t *testing.T) {
			sent := make(chan time.Duration, 1)
			go func() { sent <- flood(row.from, row.target) }()
			got, ended := drain(t, row.to), <-sent
			// A second's worth may go at once, after a time without.
			most := int(float64(slowBytesPerSecond) * (ended.Seconds() + 1))
			// How much less comes is a matter of how fast the reader's thread is.
			if got > most || got < slowBytesPerSecond/20 {
				t.Errorf("%d bytes came through in %v, of %d; at most %d may", got, ended, floodPackets*packetBytes, most)
			}
		})
	}
	go flood(here, there.LocalAddr())
	w.expect(neighbour.guest, []string{"8.8.8.8:80"}, nil)
}

func packetsAt(w *world, in namespace, address string) net.PacketConn {
	w.t.Helper()
	var packets net.PacketConn
	w.must(in.do(func() (err error) {
		packets, err = net.ListenPacket("udp4", address)
		return err
	}))
	w.t.Cleanup(func() { w.must(packets.Close()) })
	return packets
}

// flood sends as fast as it can and says how long that took. What the sender's own kernel does not take counts as sent.
func flood(from net.PacketConn, target net.Addr) time.Duration {
	began := time.Now()
	for range floodPackets {
		if _, err := from.WriteTo(make([]byte, packetBytes), target); errors.Is(err, net.ErrClosed) {
			break
		}
	}
	return time.Since(began)
}

// drain counts the bytes that come until none do.
func drain(t *testing.T, packets net.PacketConn) int {
	sum := 0
	for buffer := make([]byte, packetBytes); ; {
		if err := packets.SetReadDeadline(time.Now().Add(quietAfter)); err != nil {
			t.Fatal(err)
		}
		count, _, err := packets.ReadFrom(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return sum
		}
		if err != nil {
			t.Fatal(err)
		}
		sum += count
	}
}

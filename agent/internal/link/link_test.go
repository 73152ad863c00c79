package link

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"omnirun/agent/internal/link/linktest"
)

func TestBytesOfManyStreamsComeBackWhole(t *testing.T) {
	session := startGuest(t, linktest.Noticed, echo).connect().openSession()
	var streams sync.WaitGroup
	for range 100 {
		streams.Go(func() {
			sent := make([]byte, 200_000)
			_, _ = rand.Read(sent)
			requireEcho(t, session, sent)
		})
	}
	streams.Wait()
}

func TestAStreamLargerThanAllWindowsComesBackWhole(t *testing.T) {
	session := startGuest(t, linktest.Noticed, echo).connect().openSession()
	sent := make([]byte, 16*windowBytes)
	_, _ = rand.Read(sent)
	requireEcho(t, session, sent)
}

func TestStreamsFailWhenTheHostLeaves(t *testing.T) {
	began, ended := make(chan struct{}), make(chan error, 1)
	guest := startGuest(t, linktest.Noticed, func(stream net.Conn) {
		close(began)
		_, err := io.ReadAll(stream)
		ended <- err
	})
	host := guest.connect()
	stream, err := host.openSession().Open()
	check(t, err)
	_, err = stream.Write([]byte("half"))
	check(t, err)
	<-began
	host.leave()
	if err := <-ended; err == nil {
		t.Fatal("the stream ended as if the host had closed it")
	}
}

func TestARecordThatAHostLeftHalfIsNeverCompletedByTheNext(t *testing.T) {
	for _, departure := range []linktest.Departure{linktest.Noticed, linktest.Silent} {
		received := make(chan string, 2)
		guest := startGuest(t, departure, recordingEcho(received))
		first := guest.connect()
		records := first.shakeHands()
		_, err := records.Write(dataFrame(flagSyn, []byte("good")))
		check(t, err)
		// The stream's acknowledgement, then what came back: the guest has the stream, and waits for more of it.
		_, err = io.ReadFull(records, make([]byte, 2*frameHeaderBytes+len("good")))
		check(t, err)
		// 60,000 bytes of a record and 59,988 of a frame are announced, and few sent.
		cut := append([]byte{0, 0, 0xea, 0x60}, dataFrame(0, make([]byte, 59_988))[:2_000]...)
		_, err = first.Write(cut)
		check(t, err)
		first.leave()

		requireEcho(t, guest.connect().openSession(), []byte("next"))
		requireReceived(t, received, "good", "next")
	}
}

// The second host comes before the agent has noticed that the first is gone: its HELLO is taken for a record.
func TestAHelloThatWasLostToAnOldSessionIsAskedForByReady(t *testing.T) {
	guest := startGuest(t, linktest.Silent, echo)
	first := guest.connect()
	first.shakeHands()
	first.leave()
	next := guest.connect()
	next.send(message{version: version, kind: kindHello, nonce: nonceA})
	input := &scanner{port: next}
	received, err := input.next()
	check(t, err)
	if received.kind != kindReady {
		t.Fatalf("the agent answered %v", received)
	}
	next.send(message{version: version, kind: kindHello, nonce: nonceA})
	received, err = input.next()
	check(t, err)
	if received.kind != kindEcho || received.nonce != nonceA {
		t.Fatalf("the agent answered %v", received)
	}
}

// recordingEcho tells what each stream has received in the end.
func recordingEcho(received chan<- string) func(net.Conn) {
	return func(stream net.Conn) {
		var seen bytes.Buffer
		_, _ = io.Copy(io.MultiWriter(&seen, stream), stream)
		received <- seen.String()
		_ = stream.Close()
	}
}

// requireReceived waits for what so many streams have received, in any order: each has a goroutine of its own.
func requireReceived(t *testing.T, received <-chan string, wanted ...string) {
	t.Helper()
	for range wanted {
		got := <-received
		if !slices.Contains(wanted, got) {
			t.Fatalf("a stream got %d bytes, %.20q, none of %q", len(got), got, wanted)
		}
		wanted = slices.DeleteFunc(slices.Clone(wanted), func(each string) bool { return each == got })
	}
}

// flagSyn opens a stream, in yamux.
const flagSyn = 1

// dataFrame is a yamux data frame on stream 1.
func dataFrame(flags byte, payload []byte) []byte {
	size := len(payload)
	header := []byte{0, 0, 0, flags, 0, 0, 0, 1, 0, byte(size >> 16), byte(size >> 8), byte(size)}
	return append(header, payload...)
}

func TestWhatAGuestWasWritingToAHostThatLeftIsNotSeenByTheNext(t *testing.T) {
	wrote := make(chan error, 1)
	guest := startGuest(t, linktest.Noticed, func(stream net.Conn) {
		var first [1]byte
		if _, err := io.ReadFull(stream, first[:]); err != nil || first[0] != 'f' {
			_, _ = stream.Write(first[:])
			_ = stream.Close()
			return
		}
		_, err := stream.Write(make([]byte, 16*windowBytes))
		wrote <- err
	})
	first := guest.connect()
	_, err := first.shakeHands().Write(dataFrame(flagSyn, []byte("f")))
	check(t, err)
	// So much is more than the acknowledgement of the stream: the guest is writing. Nobody reads the rest.
	_, err = io.ReadFull(first, make([]byte, 4096))
	check(t, err)
	first.leave()

	requireEcho(t, guest.connect().openSession(), []byte("n"))
	if err := <-wrote; err == nil {
		t.Fatal("a write to a host that had left has succeeded")
	}
}

func TestARecordOfAnotherSessionEndsTheSessionAndTheNextHandshakeBegins(t *testing.T) {
	received := make(chan string, 2)
	host := startGuest(t, linktest.Noticed, recordingEcho(received)).connect()
	records := host.shakeHands()
	records.outTag[0] ^= 1
	_, err := records.Write(dataFrame(flagSyn, []byte("foreign")))
	check(t, err)
	// On the same connection: the guest itself has gone back to the handshake.
	requireEcho(t, host.openSession(), []byte("next"))
	requireReceived(t, received, "next")
}

func TestHostsThatComeAndGoWithoutAWordLeaveTheLinkAsItWas(t *testing.T) {
	guest := startGuest(t, linktest.Noticed, echo)
	for range 50 {
		guest.connect().leave()
	}
	requireEcho(t, guest.connect().openSession(), []byte("at last"))
}

func TestServeReturnsWhenThePortFails(t *testing.T) {
	reader, writer := io.Pipe()
	broken := errors.New("the device is gone")
	check(t, writer.CloseWithError(broken))
	err := Serve(struct {
		io.Reader
		io.Writer
	}{reader, io.Discard}, echo, NewHost())
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
}

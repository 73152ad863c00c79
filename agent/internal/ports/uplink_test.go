package ports

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/hashicorp/yamux"
)

// muxHost opens streams of a session and notes which port was asked for.
type muxHost struct {
	session *yamux.Session
	asked   chan int
}

func (h *muxHost) Open(_ context.Context, port int) (net.Conn, error) {
	h.asked <- port
	return h.session.Open()
}

// absentHost is never there.
type absentHost struct{}

func (absentHost) Open(context.Context, int) (net.Conn, error) {
	return nil, errors.New("nobody is there")
}

// startUplink returns the port of an uplink that listens, and the host's end of its streams.
func startUplink(t *testing.T) (port int, host *yamux.Session, asked chan int) {
	t.Helper()
	hostEnd, guestEnd := socketPair(t)
	guest, err := yamux.Server(guestEnd, nil)
	check(t, err)
	host, err = yamux.Client(hostEnd, nil)
	check(t, err)
	asked = make(chan int, 100)
	uplink := NewUplink(&muxHost{session: guest, asked: asked})
	port = unusedPort(t)
	check(t, uplink.Listen(port))
	t.Cleanup(func() {
		check(t, uplink.Listen(0))
		_ = guest.Close()
		_ = host.Close()
	})
	return port, host, asked
}

func unusedPort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	check(t, err)
	defer listener.Close()
	return portOf(listener)
}

func dialPort(t *testing.T, port int) *net.TCPConn {
	t.Helper()
	connection, err := net.Dial("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	check(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	check(t, connection.SetDeadline(time.Now().Add(patience)))
	return connection.(*net.TCPConn)
}

func accept(t *testing.T, host *yamux.Session) net.Conn {
	t.Helper()
	stream, err := host.Accept()
	check(t, err)
	check(t, stream.SetDeadline(time.Now().Add(patience)))
	return stream
}

func TestAConnectionIsJoinedToTheHostWithItsEndInBothDirections(t *testing.T) {
	port, host, asked := startUplink(t)
	connection := dialPort(t, port)
	_, err := io.WriteString(connection, "question")
	check(t, err)
	check(t, connection.CloseWrite())
	stream := accept(t, host)
	if asked := <-asked; asked != LLM {
		t.Errorf("asked for port %d", asked)
	}
	question, err := io.ReadAll(stream)
	check(t, err)
	_, err = io.WriteString(stream, "answer to "+string(question))
	check(t, err)
	check(t, stream.Close())
	answer, err := io.ReadAll(connection)
	check(t, err)
	if string(answer) != "answer to question" {
		t.Errorf("%q", answer)
	}
}

func TestNoMoreConnectionsAreJoinedThanTheHostTakes(t *testing.T) {
	port, host, _ := startUplink(t)
	var streams []net.Conn
	connections := make([]*net.TCPConn, maxUplinkConnections+1)
	for i := range connections {
		connections[i] = dialPort(t, port)
		_, err := connections[i].Write([]byte{byte(i)})
		check(t, err)
	}
	for range maxUplinkConnections {
		streams = append(streams, accept(t, host))
	}
	accepted := make(chan net.Conn)
	go func() {
		stream, err := host.Accept()
		if err == nil {
			accepted <- stream
		}
	}()
	select {
	case <-accepted:
		t.Fatal("one more was joined")
	case <-time.After(300 * time.Millisecond):
	}
	check(t, streams[0].Close())
	for _, connection := range connections {
		_ = connection.CloseWrite()
	}
	select {
	case <-accepted: // As soon as there is room.
	case <-time.After(patience):
		t.Fatal("it was forgotten")
	}
}

func TestAStreamThatTheHostResetsEndsItsConnection(t *testing.T) {
	port, host, _ := startUplink(t)
	connection := dialPort(t, port)
	accept(t, host)
	check(t, host.Close())
	if _, err := io.ReadAll(connection); err == nil {
		return // The end of the stream is all that a guest's program need see.
	}
}

func TestWithoutAHostAConnectionIsClosed(t *testing.T) {
	uplink := NewUplink(absentHost{})
	port := unusedPort(t)
	check(t, uplink.Listen(port))
	if rest, err := io.ReadAll(dialPort(t, port)); err == nil && len(rest) > 0 {
		t.Errorf("%q came", rest)
	}
	check(t, uplink.Listen(0))
}

func TestAnUplinkListensAtOnePortOnlyAndOnlyWhenItIsToldTo(t *testing.T) {
	uplink := NewUplink(absentHost{})
	first, second := unusedPort(t), unusedPort(t)
	for _, told := range []int{0, first, first, second, 0} {
		check(t, uplink.Listen(told))
		for _, port := range []int{first, second} {
			connection, err := net.Dial("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			if (port == told) != (err == nil) {
				t.Fatalf("told %d, and at %d: %v", told, port, err)
			}
			if err == nil {
				check(t, connection.Close())
			}
		}
	}
}

func TestAPortThatIsTakenIsAnError(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	check(t, err)
	defer taken.Close()
	uplink := NewUplink(absentHost{})
	if err := uplink.Listen(portOf(taken)); err == nil {
		t.Fatal("it listens beside another")
	}
	check(t, uplink.Listen(unusedPort(t)))
	check(t, uplink.Listen(0))
}

package ports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/yamux"
)

const patience = 60 * time.Second

// FuzzPreface checks that the parser takes exactly one line of at most 32 bytes, leaves what follows, and accepts
// nothing but "CONNECT <port>".
func FuzzPreface(f *testing.F) {
	for _, seed := range []string{
		"CONNECT 49983\n", "CONNECT 65537\nGET / HTTP/1.1\r\n", "CONNECT 0\n", "CONNECT -1\n", "CONNECT +1\n", "CONNECT \n", "CONNECT 1", "connect 1\n",
		"CONNECT 99999999999999999999\n", "CONNECT 1\r\n", "\n", "", strings.Repeat("C", 100), "CONNECT 00000000000000000000001\n", "CONNECT 131073\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		source := bytes.NewReader(input)
		port, err := readPreface(source)
		taken := len(input) - source.Len()
		if taken > maxPrefaceBytes {
			t.Fatalf("%d bytes were taken", taken)
		}
		if err != nil {
			return
		}
		line := input[:taken]
		digits := strings.TrimLeft(strings.TrimSuffix(strings.TrimPrefix(string(line), "CONNECT "), "\n"), "0")
		if bytes.IndexByte(line, '\n') != taken-1 || digits != fmt.Sprint(port) || port > maxPort {
			t.Fatalf("%q gave port %d after %d bytes", input, port, taken)
		}
	})
}

// channel is a yamux session over a real socket pair, with a dispatcher at its guest's end.
func channel(t *testing.T, services map[int]*Listener) *yamux.Session {
	t.Helper()
	host, guest := socketPair(t)
	server, err := yamux.Server(guest, nil)
	check(t, err)
	client, err := yamux.Client(host, nil)
	check(t, err)
	t.Cleanup(func() {
		_ = client.Close()
		_ = server.Close()
	})
	dispatcher := NewDispatcher(services)
	go func() {
		for {
			stream, err := server.Accept()
			if err != nil {
				return
			}
			go dispatcher.Handle(stream)
		}
	}()
	return client
}

func socketPair(t *testing.T) (host, guest net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer listener.Close()
	host, err = net.Dial("tcp", listener.Addr().String())
	check(t, err)
	guest, err = listener.Accept()
	check(t, err)
	return host, guest
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open sends a preface, with more behind it in the same write, and takes the answer.
func open(t *testing.T, session *yamux.Session, port int, more string) (net.Conn, error) {
	t.Helper()
	stream, err := session.Open()
	check(t, err)
	t.Cleanup(func() { _ = stream.Close() })
	check(t, stream.SetDeadline(time.Now().Add(patience)))
	_, err = fmt.Fprintf(stream, "CONNECT %d\n%s", port, more)
	check(t, err)
	answer := make([]byte, len(accepted))
	if _, err := io.ReadFull(stream, answer); err != nil {
		return nil, err
	}
	if string(answer) != accepted {
		t.Fatalf("answer %q", answer)
	}
	return stream, nil
}

func portOf(listener net.Listener) int { return listener.Addr().(*net.TCPAddr).Port }

func TestAStreamReachesAServiceWithoutASocket(t *testing.T) {
	listener := NewListener()
	server := &http.Server{Handler: http.HandlerFunc(func(response http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(response, "served")
	})}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	stream, err := open(t, channel(t, map[int]*Listener{Guest: listener}), Guest, "GET / HTTP/1.0\r\n\r\n")
	check(t, err)
	answer, err := io.ReadAll(stream)
	check(t, err)
	if !strings.HasSuffix(string(answer), "served") {
		t.Errorf("%q", answer)
	}
}

func TestAStreamIsForwardedToALoopbackPortWithItsEndInBothDirections(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		listener, err := net.Listen("tcp", address)
		if errors.Is(err, syscall.EADDRNOTAVAIL) {
			t.Logf("not tried: this host has no %s", address)
			continue
		}
		check(t, err)
		go func() {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			defer connection.Close()
			all, _ := io.ReadAll(connection) // Ends only if the host's end is passed on.
			_, _ = connection.Write(append([]byte("got "), all...))
		}()
		stream, err := open(t, channel(t, nil), portOf(listener), "first ")
		check(t, err)
		_, err = stream.Write([]byte("second"))
		check(t, err)
		check(t, stream.Close()) // Half-closes: yamux still delivers what comes.
		answer, err := io.ReadAll(stream)
		check(t, err)
		if string(answer) != "got first second" {
			t.Errorf("%s: %q", address, answer)
		}
		check(t, listener.Close())
	}
}

func TestAServersResetEndsTheStreamThoughTheHostKeepsItOpen(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer listener.Close()
	host, guest := socketPair(t)
	defer host.Close()
	over := make(chan struct{})
	go func() {
		NewDispatcher(nil).Handle(guest)
		close(over)
	}()
	_, err = fmt.Fprintf(host, "CONNECT %d\n", portOf(listener))
	check(t, err)
	connection, err := listener.Accept()
	check(t, err)
	check(t, connection.(*net.TCPConn).SetLinger(0))
	check(t, connection.Close())
	select {
	case <-over:
	case <-time.After(patience):
		t.Fatal("the stream is still being served")
	}
}

func TestAPortWhereNothingListensClosesTheStreamWithoutAnAnswer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	unused := portOf(listener)
	check(t, listener.Close())
	for _, port := range []int{unused, 65536, Guest} {
		if _, err := open(t, channel(t, nil), port, ""); !errors.Is(err, io.EOF) {
			t.Errorf("port %d: %v", port, err)
		}
	}
}

func TestAClosedListenerClosesWhatIsOffered(t *testing.T) {
	listener := NewListener()
	check(t, listener.Close())
	check(t, listener.Close())
	if _, err := listener.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	stream, err := open(t, channel(t, map[int]*Listener{API: listener}), API, "")
	check(t, err)
	if _, err := stream.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestAServiceThatAnswersEarlyIsReadThoughTheHostSendsOn(t *testing.T) {
	listener := NewListener()
	defer listener.Close()
	go func() {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = io.WriteString(connection, "refused")
		_ = connection.Close()
	}()
	stream, err := open(t, channel(t, map[int]*Listener{Guest: listener}), Guest, "")
	check(t, err)
	written := make(chan error, 1)
	go func() {
		_, err := stream.Write(make([]byte, 8<<20)) // More than any window holds.
		written <- errors.Join(err, stream.Close())
	}()
	answer, err := io.ReadAll(stream)
	check(t, err)
	if string(answer) != "refused" {
		t.Errorf("%q", answer)
	}
	check(t, <-written)
}

package link

import (
	"bytes"
	"crypto/rand"
	"io"
	"net"
	"path/filepath"
	"testing"

	"github.com/hashicorp/yamux"

	"omnirun/agent/internal/link/linktest"
)

// floodBytes of HELLOs complete any record that was left half, with a whole HELLO after it.
const floodBytes = maxRecordBytes + 128

// guest is a link that is served over an emulated port.
type guest struct {
	t    *testing.T
	port *linktest.Port
	host *Host
}

// startGuest serves until the test binary ends: a port has no end.
func startGuest(t *testing.T, departure linktest.Departure, handle func(net.Conn)) *guest {
	t.Helper()
	port := linktest.NewPort(departure)
	served := NewHost()
	go func() { _ = Serve(port, handle, served) }()
	return &guest{t: t, port: port, host: served}
}

// host is the other end of the port. left is closed when the port has noticed that it is gone.
type host struct {
	*net.UnixConn
	t    *testing.T
	left chan struct{}
}

func (g *guest) connect() *host {
	g.t.Helper()
	path := filepath.Join(g.t.TempDir(), "port")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	check(g.t, err)
	defer listener.Close()
	connection, err := net.Dial("unix", path)
	check(g.t, err)
	accepted, err := listener.AcceptUnix()
	check(g.t, err)
	connected := &host{UnixConn: connection.(*net.UnixConn), t: g.t, left: make(chan struct{})}
	go func() {
		defer close(connected.left)
		_ = g.port.Connect(accepted)
	}()
	g.t.Cleanup(connected.leave)
	return connected
}

// leave closes the connection and waits until the port has seen it.
func (h *host) leave() {
	_ = h.Close()
	<-h.left
}

func (h *host) send(messages ...message) {
	h.t.Helper()
	for _, each := range messages {
		_, err := h.Write(each.encode())
		check(h.t, err)
	}
}

// shakeHands does the host's part and returns its end of the records.
func (h *host) shakeHands() *recordConn {
	h.t.Helper()
	return h.shakeHandsIn(version)
}

// shakeHandsIn is the same for a host of some version.
func (h *host) shakeHandsIn(version uint16) *recordConn {
	h.t.Helper()
	own := newNonce(h.t)
	hello := message{version: version, kind: kindHello, nonce: own}.encode()
	_, err := h.Write(bytes.Repeat(hello, floodBytes/messageBytes))
	check(h.t, err)
	input := &scanner{port: h}
	for {
		received, err := input.next()
		check(h.t, err)
		if received.kind == kindEcho && received.nonce == own {
			break
		}
	}
	h.send(message{version: version, kind: kindStart, nonce: own})
	records := newRecordConn(h, input.buffered, own)
	records.inTag, records.outTag = records.outTag, records.inTag
	return records
}

// openSession shakes hands and starts yamux.
func (h *host) openSession() *yamux.Session {
	h.t.Helper()
	return h.openSessionIn(version)
}

func (h *host) openSessionIn(version uint16) *yamux.Session {
	h.t.Helper()
	config := sessionConfig()
	session, err := yamux.Client(h.shakeHandsIn(version), config)
	check(h.t, err)
	return session
}

func newNonce(t *testing.T) nonce {
	t.Helper()
	var made nonce
	_, err := rand.Read(made[:])
	check(t, err)
	return made
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// echo sends everything back and closes.
func echo(stream net.Conn) {
	defer stream.Close()
	_, _ = io.Copy(stream, stream)
}

func requireEcho(t *testing.T, session *yamux.Session, sent []byte) {
	t.Helper()
	stream, err := session.Open()
	check(t, err)
	go func() {
		_, _ = stream.Write(sent)
		_ = stream.Close()
	}()
	received, err := io.ReadAll(stream)
	check(t, err)
	if !bytes.Equal(received, sent) {
		t.Fatalf("sent %d bytes, %d others came back", len(sent), len(received))
	}
}

// Package endingtest shows tests in which pieces a server sends its answers.
package endingtest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
)

// Pieces are what a server has written to its connections, a text for each write.
type Pieces struct {
	mutex sync.Mutex
	sent  []string
}

// Serve starts a server that keeps what it writes. The caller closes it.
func Serve(handler http.Handler) (*httptest.Server, *Pieces) {
	pieces := &Pieces{}
	server := httptest.NewUnstartedServer(handler)
	server.Listener = listener{server.Listener, pieces}
	server.Start()
	return server, pieces
}

// Sent returns what was written by now.
func (p *Pieces) Sent() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return slices.Clone(p.sent)
}

type listener struct {
	net.Listener
	pieces *Pieces
}

func (l listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	return connection{accepted, l.pieces}, err
}

type connection struct {
	net.Conn
	pieces *Pieces
}

func (c connection) Write(data []byte) (int, error) {
	c.pieces.mutex.Lock()
	c.pieces.sent = append(c.pieces.sent, string(data))
	c.pieces.mutex.Unlock()
	return c.Conn.Write(data)
}

package main

import (
	"net"
	"testing"

	"github.com/mdlayher/vsock"
)

// queue is a listener to which connections have come already.
type queue struct {
	net.Listener
	waiting []net.Conn
}

func (q *queue) Accept() (net.Conn, error) {
	if len(q.waiting) == 0 {
		return nil, net.ErrClosed
	}
	next := q.waiting[0]
	q.waiting = q.waiting[1:]
	return next, nil
}

// caller is a connection that came from somewhere.
type caller struct {
	net.Conn
	address net.Addr
	closed  bool
}

func (c *caller) RemoteAddr() net.Addr { return c.address }

func (c *caller) Close() error {
	c.closed = true
	return nil
}

func TestOnlyTheHostIsLetIn(t *testing.T) {
	guest := &caller{address: &vsock.Addr{ContextID: 3, Port: 49984}}
	local := &caller{address: &vsock.Addr{ContextID: vsock.Local, Port: 49984}}
	other := &caller{address: &net.UnixAddr{}}
	host := &caller{address: &vsock.Addr{ContextID: vsock.Host, Port: 1 << 30}}
	listener := hostListener{&queue{waiting: []net.Conn{guest, local, other, host}}}
	accepted, err := listener.Accept()
	check(t, err)
	if accepted != net.Conn(host) || host.closed {
		t.Errorf("%v was let in", accepted.RemoteAddr())
	}
	if !guest.closed || !local.closed || !other.closed {
		t.Error("somebody else was kept waiting")
	}
	if _, err := listener.Accept(); err == nil {
		t.Error("the end of the listener was not passed on")
	}
}

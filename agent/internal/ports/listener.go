package ports

import (
	"net"
	"sync"
)

// Listener is a net.Listener whose connections are the host's streams.
type Listener struct {
	streams chan net.Conn
	closed  chan struct{}
	close   sync.Once
}

// NewListener returns a listener to give to a Dispatcher and to a server.
func NewListener() *Listener {
	return &Listener{streams: make(chan net.Conn), closed: make(chan struct{})}
}

// offer waits until the server takes the stream, or closes it when the listener is closed.
func (l *Listener) offer(stream net.Conn) {
	select {
	case l.streams <- &serviceConn{Conn: stream}:
	case <-l.closed:
		closeQuietly(stream)
	}
}

// Accept waits for the next stream, whose closing is up to the caller. After Close it fails with net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case stream := <-l.streams:
		return stream, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends the listening; streams that were accepted live on.
func (l *Listener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return nil
}

// Addr returns the name of the channel.
func (l *Listener) Addr() net.Addr { return channelAddress{} }

type channelAddress struct{}

func (channelAddress) Network() string { return "channel" }
func (channelAddress) String() string  { return "host" }

package api

import (
	"fmt"
	"net"
	"sync"
)

// maxSocketConnections bounds what the guest's own processes can make the agent hold.
const maxSocketConnections = 128

// ListenLoopback listens on the guest's loopback for its own processes. Connections beyond a bound wait until others
// have ended. The caller closes the listener.
func ListenLoopback(port int) (net.Listener, error) {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, fmt.Errorf("listen on the loopback: %w", err)
	}
	return &boundedListener{Listener: listener, places: make(chan struct{}, maxSocketConnections)}, nil
}

// boundedListener takes a place for each connection before it accepts it.
type boundedListener struct {
	net.Listener
	places chan struct{}
}

func (l *boundedListener) Accept() (net.Conn, error) {
	l.places <- struct{}{}
	connection, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &placedConnection{Conn: connection, release: sync.OnceFunc(func() { <-l.places })}, nil
}

// placedConnection gives its place back when it is closed.
type placedConnection struct {
	net.Conn
	release func()
}

func (c *placedConnection) Close() error {
	defer c.release()
	return c.Conn.Close()
}

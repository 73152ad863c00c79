package ports

import (
	"io"
	"net"
	"sync"
	"time"
)

// drainTimeout is how long what the host still sends is taken in after the guest is done: long enough for the rest of
// a large upload that was refused at its beginning.
const drainTimeout = 5 * time.Minute

// serviceConn is a stream as a service sees it: closing it ends both directions.
type serviceConn struct {
	net.Conn
	draining sync.Once
}

// Close ends the stream at once for the service; see drain for the host.
func (c *serviceConn) Close() error {
	err := c.Conn.Close()
	c.draining.Do(func() { go drain(c.Conn) })
	return err
}

// drain takes in and drops what the host still sends on a stream that was closed here. A stream can only be closed for
// writing: a host that sends more would wait for room for ever, instead of reading the answer it has been given.
func drain(stream net.Conn) {
	if err := stream.SetReadDeadline(time.Now().Add(drainTimeout)); err != nil {
		return
	}
	if _, err := io.Copy(io.Discard, stream); err != nil {
		return // The host has gone, or takes longer than anybody waits.
	}
}

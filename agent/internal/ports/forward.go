package ports

import (
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	// dialTimeout bounds a connection over the loopback, which is there at once or refused; only a full backlog makes
	// it wait.
	dialTimeout = 10 * time.Second
	// forwardBytes is one read or write: a channel to the host is fastest with hundreds of kilobytes.
	forwardBytes = 256 << 10
)

var forwardBuffers = sync.Pool{New: func() any { return new([forwardBytes]byte) }}

// dialLoopback connects to a port of the guest. Servers that were told to listen on "localhost" may have taken only
// its IPv6 address, so that is tried when nothing listens on the other.
func dialLoopback(port int) (*net.TCPConn, error) {
	var failures []error
	for _, host := range []string{"127.0.0.1", "::1"} {
		connection, err := net.DialTimeout("tcp", net.JoinHostPort(host, strconv.Itoa(port)), dialTimeout)
		if err == nil {
			return connection.(*net.TCPConn), nil
		}
		failures = append(failures, err)
		if !errors.Is(err, syscall.ECONNREFUSED) {
			break
		}
	}
	return nil, errors.Join(failures...)
}

// join copies both ways until both directions are over. The end of one is passed on while the other goes on; a
// failure of one ends both.
func join(stream net.Conn, connection *net.TCPConn) {
	abort := func() {
		expire(stream)
		expire(connection)
	}
	var directions sync.WaitGroup
	directions.Go(func() { forward(connection, stream, connection.CloseWrite, abort) })
	directions.Go(func() { forward(stream, connection, endOfWriting(stream), abort) })
	directions.Wait()
}

// forward copies one direction, then passes its end on, or aborts everything when that or the copying fails.
func forward(destination io.Writer, source io.Reader, closeWrite func() error, abort func()) {
	buffer := forwardBuffers.Get().(*[forwardBytes]byte)
	defer forwardBuffers.Put(buffer)
	// Hiding the other methods keeps io.CopyBuffer on this buffer.
	_, err := io.CopyBuffer(struct{ io.Writer }{destination}, struct{ io.Reader }{source}, buffer[:])
	if err == nil {
		err = closeWrite()
	}
	if err != nil {
		abort()
	}
}

// endOfWriting returns what ends one direction of a stream. Closing a yamux stream is just that: it can be read from
// until the host closes its side.
func endOfWriting(stream net.Conn) func() error {
	if half, able := stream.(interface{ CloseWrite() error }); able {
		return half.CloseWrite
	}
	return stream.Close
}

// expire makes everything that is under way on a connection fail at once, which closing does not do to a reader of a
// yamux stream.
func expire(connection net.Conn) {
	if err := connection.SetDeadline(time.Unix(1, 0)); err != nil {
		return // It is closed, and so has failed already.
	}
}

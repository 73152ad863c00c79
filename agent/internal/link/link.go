// Package link is the guest's end of the byte path to the host: the handshake, the records and the yamux session of
// api/link.md, over a virtio-serial port.
package link

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/hashicorp/yamux"
)

const (
	// acceptBacklog bounds the streams that the host has opened and nobody has taken yet.
	acceptBacklog = 256
	// windowBytes may be under way on a stream before its reader takes some: the port's rate times its delay, twice.
	windowBytes = 1024 * 1024
	// never is long: a paused guest is not dead, so nothing times out.
	never = 100 * 365 * 24 * time.Hour
)

// Port is the opened device. Read blocks while a host is connected and nothing has come, and returns no bytes at once
// while none is. Write blocks until a host is connected.
type Port interface {
	io.Reader
	io.Writer
}

// Serve speaks with one host after another and calls handle, in a goroutine of its own, for each stream that a host
// opens; handle closes it. When a host leaves or breaks the protocol its streams fail and the next one is awaited.
// Serve returns only when the port itself fails.
func Serve(port Port, handle func(net.Conn)) error {
	watched := &watchedPort{port: port}
	for {
		conn, err := awaitHost(watched)
		if err == nil {
			err = serveSession(conn, handle)
		}
		if failure := watched.failure.Load(); failure != nil {
			return fmt.Errorf("the port to the host failed: %w", *failure)
		}
		slog.Info("the host left", "reason", err)
	}
}

// watchedPort remembers the first failure of a port, to tell the end of the port from the end of a host.
type watchedPort struct {
	port    Port
	failure atomic.Pointer[error]
}

func (w *watchedPort) Read(target []byte) (int, error) {
	count, err := w.port.Read(target)
	if err != nil && !errors.Is(err, io.EOF) {
		w.failure.CompareAndSwap(nil, &err)
	}
	return count, err
}

func (w *watchedPort) Write(bytes []byte) (int, error) {
	count, err := w.port.Write(bytes)
	if err != nil {
		w.failure.CompareAndSwap(nil, &err)
	}
	return count, err
}

// awaitHost does the guest's part of the handshake: it says that it is there, which blocks until a host is, and answers
// HELLOs until one is followed by its START.
func awaitHost(port Port) (*recordConn, error) {
	if err := writeAll(port, message{version: version, kind: kindReady}.encode()); err != nil {
		return nil, err
	}
	input := &scanner{port: port}
	var offered nonce
	for {
		received, err := input.next()
		if err != nil {
			return nil, err
		}
		switch {
		case received.kind == kindHello && received.nonce != offered:
			offered = received.nonce
			echo := message{version: min(version, received.version), kind: kindEcho, nonce: offered}
			if err := writeAll(port, echo.encode()); err != nil {
				return nil, err
			}
		case received.kind == kindStart && received.nonce == offered:
			return newRecordConn(port, input.buffered, offered), nil
		}
	}
}

func serveSession(conn *recordConn, handle func(net.Conn)) error {
	config := yamux.DefaultConfig()
	config.AcceptBacklog = acceptBacklog
	config.EnableKeepAlive = false
	config.ConnectionWriteTimeout = never
	config.StreamOpenTimeout = 0
	config.StreamCloseTimeout = never
	config.MaxStreamWindowSize = windowBytes
	config.LogOutput = io.Discard
	session, err := yamux.Server(conn, config)
	if err != nil {
		return err
	}
	for {
		stream, err := session.AcceptStream()
		if err != nil {
			session.Close()
			conn.quiesce()
			return err
		}
		go handle(stream)
	}
}

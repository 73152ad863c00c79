// Package link is the guest's end of the byte path to the host: the handshake, the records and the yamux session of
// api/link.md, over a virtio-serial port, or over a connection that stands in for one.
package link

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync/atomic"
)

// Port is the opened device. Read blocks while a host is connected and nothing has come, and returns no bytes at once
// while none is. Write blocks until a host is connected.
type Port interface {
	io.Reader
	io.Writer
}

// Serve speaks with one host after another and calls handle, in a goroutine of its own, for each stream that a host
// opens; handle closes it. While a host is there, streams to it can be opened. When a host leaves or breaks the protocol
// its streams fail and the next one is awaited. Serve returns only when the port itself fails, always with an error.
func Serve(port Port, handle func(net.Conn), host *Host) error {
	watched := &watchedPort{port: port}
	for {
		err := serveHost(watched, handle, host)
		if failure := watched.failure.Load(); failure != nil {
			return fmt.Errorf("the port to the host failed: %w", *failure)
		}
		slog.Info("the host left", "reason", err)
	}
}

func serveHost(port Port, handle func(net.Conn), host *Host) error {
	input := &scanner{port: port}
	start, err := awaitHost(port, input)
	if err != nil {
		return err
	}
	return serveSession(newRecordConn(port, input.buffered, start.nonce), handle, host, start.version >= guestOpens)
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

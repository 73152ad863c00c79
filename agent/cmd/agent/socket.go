package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"

	"omnirun/agent/internal/link"
)

// serveSocket takes the place of the virtio-serial port: whoever connects is the host, until it leaves and the next
// one is served. It returns when the context is done, and closes the listener.
func serveSocket(ctx context.Context, listener net.Listener, handle func(net.Conn), served *link.Host) error {
	stop := context.AfterFunc(ctx, func() {
		if err := listener.Close(); err != nil {
			log.Printf("close the socket: %v", err)
		}
	})
	defer stop()
	for {
		host, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept: %w", errors.Join(err, listener.Close()))
		}
		closeWithContext := context.AfterFunc(ctx, func() { _ = host.Close() })
		log.Printf("the host left: %v", link.Serve(host, handle, served))
		closeWithContext()
		if err := host.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			log.Printf("close the connection: %v", err)
		}
	}
}

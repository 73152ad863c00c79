package link

import (
	"errors"
	"io"
	"net"
	"time"

	"github.com/hashicorp/yamux"
)

const (
	// acceptBacklog bounds the streams that the host has opened and nobody has taken yet: all it may have.
	acceptBacklog = 256
	// windowBytes may be under way on a stream before its reader takes some: the port's rate times its delay, twice.
	windowBytes = 1024 * 1024
	// never is too long to come: a paused guest is not dead, so no write times out.
	never = 100 * 365 * 24 * time.Hour
)

// serveSession hands on the streams of one session until it breaks. When it returns, the session reads and writes the
// port no more and all its streams have failed.
func serveSession(conn *recordConn, handle func(net.Conn)) error {
	session, err := yamux.Server(conn, sessionConfig())
	if err != nil {
		return err
	}
	for {
		stream, err := session.AcceptStream()
		if err != nil {
			// Close fails the streams and waits for the reader.
			err = errors.Join(err, session.Close())
			conn.awaitQuiet()
			return err
		}
		go handle(stream)
	}
}

func sessionConfig() *yamux.Config {
	config := yamux.DefaultConfig()
	config.AcceptBacklog = acceptBacklog
	config.EnableKeepAlive = false
	config.ConnectionWriteTimeout = never
	config.StreamOpenTimeout = 0
	config.StreamCloseTimeout = 0
	config.MaxStreamWindowSize = windowBytes
	// A host could make it write without end; the reason of the session's end says enough.
	config.LogOutput = io.Discard
	return config
}

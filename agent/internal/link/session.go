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
func serveSession(conn *recordConn, handle func(net.Conn), host *Host, takesStreams bool) error {
	session, err := yamux.Server(conn, sessionConfig())
	if err != nil {
		return err
	}
	host.arrived(session, takesStreams)
	for {
		stream, err := session.AcceptStream()
		if err != nil {
			// At once: what follows may last until the next host is there, and who wants a stream is to wait for that one.
			host.left(session)
			// Close fails the streams and waits for the reader.
			err = errors.Join(err, session.Close())
			conn.awaitQuiet()
			return err
		}
		go handle(sessionStream{Stream: stream, session: session})
	}
}

// errSessionLost is what is read from a stream whose session broke.
var errSessionLost = errors.New("the host was lost")

// sessionStream tells the loss of the host from the end of what the host sends; yamux says io.EOF for both.
type sessionStream struct {
	*yamux.Stream
	session *yamux.Session
}

func (s sessionStream) Read(target []byte) (int, error) {
	count, err := s.Stream.Read(target)
	if errors.Is(err, io.EOF) && s.session.IsClosed() {
		return count, errSessionLost
	}
	return count, err
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

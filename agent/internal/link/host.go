package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/hashicorp/yamux"
)

// ErrTakesNoStreams is what is said of a host of a version in which guests open none.
var ErrTakesNoStreams = errors.New("the host takes no streams")

// Host is the host that is served at the moment, for those in the guest who want something of it. It is safe for
// concurrent use.
type Host struct {
	mu           sync.Mutex
	session      *yamux.Session
	takesStreams bool
	// arrival is closed when there is a session.
	arrival chan struct{}
}

// NewHost returns a host that is not there yet.
func NewHost() *Host { return &Host{arrival: make(chan struct{})} }

func (h *Host) arrived(session *yamux.Session, takesStreams bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session, h.takesStreams = session, takesStreams
	close(h.arrival)
}

// left forgets a session that has ended, unless another one has begun. It may be called more than once.
func (h *Host) left(session *yamux.Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.session == session {
		h.session, h.arrival = nil, make(chan struct{})
	}
}

// Open opens a stream to a port of the host, which the caller closes; a port that the host does not serve, or one stream
// too many, shows as a stream that is reset. A host that is not there is waited for until the context
// ends: after a pause the guest runs a moment before the host has come back.
func (h *Host) Open(ctx context.Context, port int) (net.Conn, error) {
	for {
		session, takesStreams, err := h.await(ctx)
		if err != nil {
			return nil, err
		}
		if !takesStreams {
			return nil, ErrTakesNoStreams
		}
		stream, err := open(session, port)
		if !errors.Is(err, yamux.ErrSessionShutdown) {
			return stream, err
		}
		h.left(session)
	}
}

func open(session *yamux.Session, port int) (net.Conn, error) {
	stream, err := session.OpenStream()
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(stream, "CONNECT %d\n", port); err != nil {
		return nil, errors.Join(err, stream.Close())
	}
	return sessionStream{Stream: stream, session: session}, nil
}

func (h *Host) await(ctx context.Context) (*yamux.Session, bool, error) {
	for {
		h.mu.Lock()
		session, takesStreams, arrival := h.session, h.takesStreams, h.arrival
		h.mu.Unlock()
		if session != nil {
			return session, takesStreams, nil
		}
		select {
		case <-arrival:
		case <-ctx.Done():
			return nil, false, errors.Join(errDetached, ctx.Err())
		}
	}
}

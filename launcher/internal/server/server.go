package server

import (
	"errors"
	"log/slog"
	"net"
	"sync"

	"omnirun/launcher/internal/golden"
	"omnirun/launcher/internal/machine"
)

// maxConnections bounds the peer's connections: it needs one for events, one for requests, and some while it reconnects.
const maxConnections = 32

// Server serves the one peer. Make it with its fields set; Serve may be called once.
type Server struct {
	Machines  *machine.Manager
	Goldens   *golden.Store
	Hub       *Hub
	Info      Info
	ServerUID int
	Log       *slog.Logger
}

// Serve accepts connections until the listener is closed, and returns when all connections have ended; those of others than the peer
// are closed without a word.
func (s *Server) Serve(listener *net.UnixListener) error {
	open := connections{current: make(map[*connection]struct{})}
	defer open.dropAll()
	for {
		socket, err := listener.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		if !s.admit(socket) || !open.serve(s.connect(socket)) {
			if err := socket.Close(); err != nil {
				s.Log.Error("a refused connection could not be closed", "error", err)
			}
		}
	}
}

func (s *Server) connect(socket *net.UnixConn) *connection {
	return newConnection(socket, verbs{machines: s.Machines, goldens: s.Goldens, hub: s.Hub, info: s.Info}, s.Log)
}

func (s *Server) admit(socket *net.UnixConn) bool {
	uid, err := peerUID(socket)
	if err != nil || uid != s.ServerUID {
		s.Log.Warn("connection refused", "uid", uid, "error", err)
		return false
	}
	return true
}

// connections are those that are being served.
type connections struct {
	mutex   sync.Mutex
	current map[*connection]struct{}
	running sync.WaitGroup
}

// serve serves a connection in the background, unless there are too many.
func (c *connections) serve(accepted *connection) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.current) >= maxConnections {
		return false
	}
	c.current[accepted] = struct{}{}
	c.running.Go(func() {
		accepted.serve()
		c.mutex.Lock()
		defer c.mutex.Unlock()
		delete(c.current, accepted)
	})
	return true
}

// dropAll ends the connections and waits for the requests that are being worked on.
func (c *connections) dropAll() {
	c.mutex.Lock()
	for open := range c.current {
		open.drop()
	}
	c.mutex.Unlock()
	c.running.Wait()
}

package ports

import (
	"context"
	"errors"
	"log"
	"net"
	"strconv"
	"sync"
	"time"
)

const (
	// LLM is the host's port of its gateway to language models.
	LLM = 49980
	// maxUplinkConnections are joined at a time; more wait to be accepted. The host takes 16, and frees a place a moment after a stream is
	// over here.
	maxUplinkConnections = 12
	// hostTimeout is how long a connection waits for a host that is not there: one comes back soon after a pause.
	hostTimeout = 10 * time.Second
	// acceptPause is made when the kernel has no room for another connection.
	acceptPause = 100 * time.Millisecond
)

// Opener opens streams to ports of the host.
type Opener interface {
	Open(ctx context.Context, port int) (net.Conn, error)
}

// Uplink lets programs in the guest reach the host's LLM gateway: it listens on a port of the loopback and joins each
// connection to a stream of its own. It is safe for concurrent use.
type Uplink struct {
	host     Opener
	mu       sync.Mutex
	port     int
	listener net.Listener
}

// NewUplink returns an uplink that does not listen.
func NewUplink(host Opener) *Uplink { return &Uplink{host: host} }

// Listen makes the uplink listen on a port of 127.0.0.1 and no other one; 0: on none. Connections that are joined live on.
func (u *Uplink) Listen(port int) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if port == u.port {
		return nil
	}
	if u.listener != nil {
		closeQuietly(u.listener)
		u.listener, u.port = nil, 0
	}
	if port == 0 {
		return nil
	}
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	u.listener, u.port = listener, port
	go u.serve(listener)
	return nil
}

func (u *Uplink) serve(listener net.Listener) {
	places := make(chan struct{}, maxUplinkConnections)
	var pace pace
	for {
		places <- struct{}{}
		connection, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			log.Printf("accept a connection to the host: %v", err)
			<-places
			time.Sleep(acceptPause)
			continue
		}
		time.Sleep(pace.next(time.Now()))
		go func() {
			u.join(connection.(*net.TCPConn))
			<-places
		}()
	}
}

// join returns when nothing of the connection is left here nor at the host, which counts its streams.
func (u *Uplink) join(connection *net.TCPConn) {
	ctx, cancel := context.WithTimeout(context.Background(), hostTimeout)
	stream, err := u.host.Open(ctx, LLM)
	cancel()
	if err != nil {
		log.Printf("a connection to the host: %v", err)
		closeQuietly(connection)
		return
	}
	join(stream, connection)
	closeQuietly(connection)
	closeQuietly(stream)
	drain(stream)
}

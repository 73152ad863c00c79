package ports

import (
	"io"
	"log"
	"net"
	"time"
)

const (
	// API is the port of the agent's API, which has a socket in the guest as well.
	API = 49983
	// Guest is the host's own port, of the private service and of the API; it lies beyond TCP's range, so nothing else can name it.
	Guest = 65537
	// maxTCPPort is the last port of TCP.
	maxTCPPort = 65535
	// prefaceTimeout is how long the host may take for the one line it sends at once.
	prefaceTimeout = 30 * time.Second
)

// Dispatcher joins the host's streams to ports.
type Dispatcher struct {
	services map[int]*Listener
}

// NewDispatcher hands streams for the given ports to these listeners, streams for other ports to TCP.
func NewDispatcher(services map[int]*Listener) *Dispatcher { return &Dispatcher{services: services} }

// Handle serves one stream and closes it. For a port of TCP it returns when the connection is over, for a service at
// once. A stream whose preface is wrong, or to whose port nothing listens, is closed without an answer.
func (d *Dispatcher) Handle(stream net.Conn) {
	port, err := d.begin(stream)
	if err != nil {
		log.Printf("a stream of the host: %v", err)
		closeQuietly(stream)
		return
	}
	if listener, isService := d.services[port]; isService {
		d.serve(stream, listener)
		return
	}
	defer func() {
		closeQuietly(stream)
		go drain(stream)
	}()
	if port > maxTCPPort {
		return
	}
	connection, err := dialLoopback(port)
	if err != nil {
		return // Nothing listens: the host sees it by the missing answer.
	}
	defer closeQuietly(connection)
	if _, err := io.WriteString(stream, accepted); err == nil {
		join(stream, connection)
	}
}

func (d *Dispatcher) begin(stream net.Conn) (port int, err error) {
	if err := stream.SetReadDeadline(time.Now().Add(prefaceTimeout)); err != nil {
		return 0, err
	}
	if port, err = readPreface(stream); err != nil {
		return 0, err
	}
	return port, stream.SetReadDeadline(time.Time{})
}

func (d *Dispatcher) serve(stream net.Conn, listener *Listener) {
	if _, err := io.WriteString(stream, accepted); err != nil {
		closeQuietly(stream)
		return
	}
	listener.offer(stream)
}

// closeQuietly closes something that is over either way, or that the other side may have closed already.
func closeQuietly(closer io.Closer) {
	if err := closer.Close(); err != nil {
		return
	}
}

package server

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"omnirun/launcher/internal/wire"
)

// Bounds of one connection.
const (
	// maxAtWork bounds the requests that are worked on at once. Further ones wait unread. A burst of clones is limited by the CPUs.
	maxAtWork = 32
	// maxWaitingLines bounds answers and events that the peer has not read: more than a host's machines can end in one moment.
	maxWaitingLines = 8192
	// writeTimeout is how long the peer may leave a full socket unread before it is taken for stuck.
	writeTimeout = 30 * time.Second
)

// connection is one peer. Its lines are written in the order in which they were offered.
type connection struct {
	socket *net.UnixConn
	verbs  verbs
	log    *slog.Logger

	lines    chan []byte
	finished chan struct{} // closed when no request will add a line any more
	gone     chan struct{}
	once     sync.Once
}

func newConnection(socket *net.UnixConn, verbs verbs, log *slog.Logger) *connection {
	return &connection{
		socket: socket, verbs: verbs, log: log, lines: make(chan []byte, maxWaitingLines),
		finished: make(chan struct{}), gone: make(chan struct{}),
	}
}

// serve blocks until the connection has ended, its requests have been worked on and nothing of it runs any more.
func (c *connection) serve() {
	var running sync.WaitGroup
	running.Go(c.write)
	running.Go(c.read)
	<-c.gone
	c.verbs.hub.unsubscribe(c)
	if err := c.socket.Close(); err != nil {
		c.log.Error("a connection could not be closed", "error", err)
	}
	running.Wait()
}

// offer queues a line unless the queue is full, and never blocks.
func (c *connection) offer(line []byte) bool {
	select {
	case c.lines <- line:
		return true
	default:
		return false
	}
}

// isNear tells whether the peer reads about as fast as lines come.
func (c *connection) isNear() bool { return len(c.lines) < maxWaitingLines/2 }

// drop ends the connection; it may be called often and from anywhere.
func (c *connection) drop() { c.once.Do(func() { close(c.gone) }) }

// write writes lines until the connection is dropped, or until the reader has finished and all its answers are out.
func (c *connection) write() {
	defer c.drop()
	for {
		select {
		case <-c.gone:
			return
		case line := <-c.lines:
			if !c.writeLine(line) {
				return
			}
		case <-c.finished:
			c.writeRest()
			return
		}
	}
}

func (c *connection) writeRest() {
	for {
		select {
		case line := <-c.lines:
			if !c.writeLine(line) {
				return
			}
		default:
			return
		}
	}
}

func (c *connection) writeLine(line []byte) bool {
	err := c.socket.SetWriteDeadline(time.Now().Add(writeTimeout))
	if err == nil {
		_, err = c.socket.Write(line)
	}
	if err != nil {
		c.logUnlessClosed("a connection could not be written to", err)
	}
	return err == nil
}

// read starts a goroutine for each request, and waits for them before it returns.
func (c *connection) read() {
	defer close(c.finished)
	var atWork sync.WaitGroup
	defer atWork.Wait()
	places := make(chan struct{}, maxAtWork)
	// The scanner needs room for the newline as well.
	lines := bufio.NewScanner(c.socket)
	lines.Buffer(make([]byte, 0, 4096), wire.MaxRequestBytes+1)
	for lines.Scan() {
		line := append([]byte(nil), lines.Bytes()...)
		places <- struct{}{}
		atWork.Go(func() {
			defer func() { <-places }()
			c.answer(line)
		})
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		// Where the next request begins cannot be told any more.
		c.refuse(0, wire.Fail(wire.InvalidSpec, "a request is longer than %d bytes", wire.MaxRequestBytes))
	case err != nil:
		c.logUnlessClosed("a connection could not be read", err)
	}
}

// answer works on one request. A line that is not even a request is answered with the id 0.
func (c *connection) answer(line []byte) {
	var request wire.Request
	if err := wire.Decode(line, &request); err != nil {
		c.refuse(0, wire.AsFailure(err))
		return
	}
	answer, err := c.verbs.perform(request)
	if err != nil {
		c.refuse(request.ID, wire.AsFailure(err))
		return
	}
	encoded, err := wire.Success(request.ID, answer)
	if err != nil {
		c.refuse(request.ID, wire.AsFailure(err))
		return
	}
	if request.Verb == subscribeVerb {
		c.verbs.hub.subscribe(c, encoded)
		return
	}
	c.send(encoded)
}

func (c *connection) refuse(id uint64, failure *wire.Failure) {
	c.log.Info("request refused", "id", id, "code", failure.Code, "reason", failure)
	encoded, err := wire.Refusal(id, failure)
	if err != nil {
		c.log.Error("a refusal could not be encoded", "error", err)
		return
	}
	c.send(encoded)
}

func (c *connection) send(line []byte) {
	if !c.offer(line) {
		c.drop()
	}
}

func (c *connection) logUnlessClosed(event string, err error) {
	if !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.EOF) {
		c.log.Warn(event, "error", err)
	}
}

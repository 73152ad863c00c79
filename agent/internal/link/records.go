package link

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

const (
	// maxRecordBytes bounds a record's payload: large enough for the port's best rate, small enough to hold whole.
	maxRecordBytes = 64 * 1024
	lengthBytes    = 4
	tagBytes       = 8

	// Of yamux's frames.
	frameHeaderBytes = 12
	frameData        = 0
)

var errBrokenRecord = errors.New("a record was cut or is not of this session")

type tag [tagBytes]byte

// recordConn is one session's byte stream over the port: records in both directions. A record is handed on only when its
// tag has come, so that no byte of another session ever is. One goroutine reads, any number write.
type recordConn struct {
	port   Port
	source io.Reader
	inTag  tag
	outTag tag
	// pending is what inward holds of a record that is not read yet.
	pending []byte
	inward  []byte

	// writing has one record written at a time, put together in outward of what is held and what comes.
	writing sync.Mutex
	outward []byte
	held    bytes.Buffer
	closing sync.Once
	closed  chan struct{}
}

// newRecordConn makes the stream of a session; buffered holds bytes that were read together with its START.
func newRecordConn(port Port, buffered []byte, session nonce) *recordConn {
	conn := &recordConn{
		port:    port,
		source:  &prefixReader{prefix: buffered, rest: port},
		inward:  make([]byte, maxRecordBytes+tagBytes),
		outward: make([]byte, 0, lengthBytes+maxRecordBytes+tagBytes),
		closed:  make(chan struct{}),
	}
	copy(conn.inTag[:], session[:tagBytes])
	copy(conn.outTag[:], session[tagBytes:])
	return conn
}

func (c *recordConn) Read(target []byte) (int, error) {
	if len(c.pending) == 0 {
		if err := c.readRecord(); err != nil {
			return 0, err
		}
	}
	count := copy(target, c.pending)
	c.pending = c.pending[count:]
	return count, nil
}

func (c *recordConn) readRecord() error {
	var header [lengthBytes]byte
	if err := c.fill(header[:]); err != nil {
		return err
	}
	length := binary.BigEndian.Uint32(header[:])
	if length == 0 || length > maxRecordBytes {
		return fmt.Errorf("%w: length %d", errBrokenRecord, length)
	}
	record := c.inward[:length+tagBytes]
	if err := c.fill(record); err != nil {
		return err
	}
	if tag(record[length:]) != c.inTag {
		return errBrokenRecord
	}
	c.pending = record[:length]
	return nil
}

func (c *recordConn) fill(target []byte) error {
	for len(target) > 0 {
		count, err := c.source.Read(target)
		if count == 0 {
			return detached(err)
		}
		target = target[count:]
	}
	return nil
}

// Write sends the payload in records. A header of a frame that has a body waits for the body, which yamux writes next: one
// write to the port is much cheaper than two.
func (c *recordConn) Write(payload []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.held.Len() == 0 && announcesBody(payload) {
		return c.held.Write(payload)
	}
	written := 0
	for written < len(payload) {
		chunk := payload[written:min(len(payload), written+maxRecordBytes-c.held.Len())]
		if err := c.writeRecord(chunk); err != nil {
			return written, err
		}
		written += len(chunk)
	}
	return written, nil
}

// writeRecord sends what is held and the chunk as one record.
func (c *recordConn) writeRecord(chunk []byte) error {
	select {
	case <-c.closed:
		return net.ErrClosed
	default:
	}
	length := c.held.Len() + len(chunk)
	record := binary.BigEndian.AppendUint32(c.outward[:0], uint32(length))
	record = append(append(record, c.held.Bytes()...), chunk...)
	c.held.Reset()
	return writeAll(c.port, append(record, c.outTag[:]...))
}

// announcesBody tells whether the payload is the header of a yamux data frame that is not empty: version, type, two bytes of
// flags, stream, length.
func announcesBody(payload []byte) bool {
	return len(payload) == frameHeaderBytes && payload[1] == frameData && binary.BigEndian.Uint32(payload[8:]) > 0
}

// Close ends the session's writing; the port stays open. A write that is under way ends by itself, at the latest when the
// next host connects.
func (c *recordConn) Close() error {
	c.closing.Do(func() { close(c.closed) })
	return nil
}

// awaitQuiet returns, after Close, when no write of the session is under way: the next session has the port to itself.
func (c *recordConn) awaitQuiet() {
	c.writing.Lock()
	defer c.writing.Unlock()
}

func writeAll(port io.Writer, message []byte) error {
	for len(message) > 0 {
		count, err := port.Write(message)
		if err != nil {
			return err
		}
		message = message[count:]
	}
	return nil
}

type prefixReader struct {
	prefix []byte
	rest   io.Reader
}

func (r *prefixReader) Read(target []byte) (int, error) {
	if len(r.prefix) > 0 {
		count := copy(target, r.prefix)
		r.prefix = r.prefix[count:]
		return count, nil
	}
	return r.rest.Read(target)
}

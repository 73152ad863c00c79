package link

import (
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

	// writing has one record written at a time; outward is where it is put together.
	writing sync.Mutex
	outward []byte
	closing sync.Once
	closed  chan struct{}
}

// newRecordConn makes the stream of a session; buffered holds bytes that were read together with its START.
func newRecordConn(port Port, buffered []byte, session nonce) *recordConn {
	conn := &recordConn{
		port:    port,
		source:  &prefixReader{prefix: buffered, rest: port},
		inward:  make([]byte, maxRecordBytes+tagBytes),
		outward: make([]byte, lengthBytes+maxRecordBytes+tagBytes),
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

func (c *recordConn) Write(payload []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	written := 0
	for written < len(payload) {
		chunk := payload[written:min(len(payload), written+maxRecordBytes)]
		if err := c.writeRecord(chunk); err != nil {
			return written, err
		}
		written += len(chunk)
	}
	return written, nil
}

func (c *recordConn) writeRecord(chunk []byte) error {
	select {
	case <-c.closed:
		return net.ErrClosed
	default:
	}
	binary.BigEndian.PutUint32(c.outward, uint32(len(chunk)))
	end := lengthBytes + copy(c.outward[lengthBytes:], chunk)
	end += copy(c.outward[end:], c.outTag[:])
	return writeAll(c.port, c.outward[:end])
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

func writeAll(port io.Writer, bytes []byte) error {
	for len(bytes) > 0 {
		count, err := port.Write(bytes)
		if err != nil {
			return err
		}
		bytes = bytes[count:]
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

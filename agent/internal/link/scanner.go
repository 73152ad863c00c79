package link

import (
	"bytes"
	"errors"
	"io"
)

// errDetached means that no host is connected to the port.
var errDetached = errors.New("no host is connected")

// scanBytes is read at a time while looking for a message.
const scanBytes = 4096

// scanner finds control messages in a stream that may begin with anything. Bytes that follow the last message it
// returned stay buffered and belong to what comes after.
type scanner struct {
	port     io.Reader
	buffered []byte
}

// next discards bytes until a whole valid message has come, and returns it.
func (s *scanner) next() (message, error) {
	for {
		if found, ok := s.take(); ok {
			return found, nil
		}
		var chunk [scanBytes]byte
		count, err := s.port.Read(chunk[:])
		if count == 0 {
			return message{}, detached(err)
		}
		s.buffered = append(s.buffered, chunk[:count]...)
	}
}

// take looks at what is buffered; what can no longer be part of a message is dropped.
func (s *scanner) take() (message, bool) {
	for {
		start := bytes.IndexByte(s.buffered, magic[0])
		if start < 0 {
			s.buffered = nil
			return message{}, false
		}
		s.buffered = s.buffered[start:]
		if len(s.buffered) < messageBytes {
			return message{}, false
		}
		if found, ok := decode(s.buffered[:messageBytes]); ok {
			s.buffered = s.buffered[messageBytes:]
			return found, true
		}
		s.buffered = s.buffered[1:]
	}
}

// detached tells the port's own failures from a host that is not there: a virtio-serial port answers a read with
// nothing, and no error, while it is not connected.
func detached(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return errDetached
	}
	return err
}

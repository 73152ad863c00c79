package spool

import (
	"log"
	"os"
	"sync"
)

// Spool holds bytes [start, end) of one output stream, offsets counted from the stream's first byte. One goroutine
// appends, any number read through cursors.
type Spool struct {
	store    *Store
	onChange func()

	mu         sync.RWMutex
	start, end int64
	// content is what is held while there is no file; with a file, byte n is at n modulo capacity.
	content  []byte
	file     *os.File
	closed   bool
	released bool
	cursors  map[*Cursor]struct{}
	// progress tells a waiting writer that a cursor has moved or gone.
	progress chan struct{}
}

// Append adds output, dropping the oldest beyond the capacity. It keeps no reference to data. It blocks only as the
// package comment says. When the disk does not take it, all that is held is dropped and counts as truncated: a full
// disk must not stop the process.
func (s *Spool) Append(data []byte) {
	for len(data) > 0 {
		piece := data[:min(int64(len(data)), s.store.capacity)]
		s.waitForReaders(int64(len(piece)))
		s.appendPiece(piece)
		s.onChange()
		data = data[len(piece):]
	}
}

func (s *Spool) appendPiece(piece []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.hold(piece); err != nil {
		log.Printf("output spool: dropped %d bytes: %v", s.end-s.start+int64(len(piece)), err)
		s.end += int64(len(piece))
		s.dropAll()
		return
	}
	s.end += int64(len(piece))
	s.start = max(s.start, s.end-s.store.capacity)
}

// hold stores the piece behind the present end. With a released spool there is nothing to store it in.
func (s *Spool) hold(piece []byte) error {
	if s.released {
		s.start = s.end + int64(len(piece))
		return nil
	}
	if s.file == nil {
		if len(s.content)+len(piece) <= memoryLimit {
			s.content = append(s.content, piece...)
			return nil
		}
		if err := s.moveToFile(); err != nil {
			return err
		}
	}
	return s.writeRing(piece, s.end)
}

func (s *Spool) moveToFile() error {
	file, err := s.store.newFile()
	if err != nil {
		return err
	}
	s.file = file
	content := s.content
	s.content = nil
	return s.writeRing(content, s.start)
}

func (s *Spool) dropAll() {
	s.start = s.end
	s.content = nil
	if s.file != nil {
		// The space goes back to the disk that was too full. The file is opened anew when there is more.
		if err := s.file.Close(); err != nil {
			log.Printf("output spool: close: %v", err)
		}
		s.file = nil
	}
}

// Close says that no more output will come. What is held stays readable.
func (s *Spool) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.onChange()
}

// Release gives up everything held; readers see it as dropped.
func (s *Spool) Release() {
	s.mu.Lock()
	s.released = true
	s.dropAll()
	s.mu.Unlock()
	s.onChange()
}

// Bounds returns the offsets of the first byte held and behind the last one.
func (s *Spool) Bounds() (start, end int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.start, s.end
}

// Closed reports whether the output is complete.
func (s *Spool) Closed() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.closed
}

// Truncated reports whether output has been dropped.
func (s *Spool) Truncated() bool {
	start, _ := s.Bounds()
	return start > 0
}

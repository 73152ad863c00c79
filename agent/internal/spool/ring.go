package spool

import "fmt"

// writeRing writes data, at most one capacity long, to the file so that its first byte is the stream's byte number
// offset.
func (s *Spool) writeRing(data []byte, offset int64) error {
	for len(data) > 0 {
		position := offset % s.store.capacity
		run := data[:min(int64(len(data)), s.store.capacity-position)]
		if _, err := s.file.WriteAt(run, position); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		data = data[len(run):]
		offset += int64(len(run))
	}
	return nil
}

// readRing fills data from the stream's byte number offset on; all of it must be held.
func (s *Spool) readRing(data []byte, offset int64) error {
	for len(data) > 0 {
		position := offset % s.store.capacity
		run := data[:min(int64(len(data)), s.store.capacity-position)]
		if _, err := s.file.ReadAt(run, position); err != nil {
			return fmt.Errorf("read the output spool: %w", err)
		}
		data = data[len(run):]
		offset += int64(len(run))
	}
	return nil
}

// ReadNewest returns at most limit of the newest bytes held, and the offset of the first of them.
func (s *Spool) ReadNewest(limit int64) (data []byte, offset int64, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	data = make([]byte, min(limit, s.end-s.start))
	offset = s.end - int64(len(data))
	return data, offset, s.read(data, offset)
}

// ReadFrom returns at most limit bytes from offset on, or from the first byte held if that comes later, and the offset
// of the first of them. It is no reader that the writer would wait for.
func (s *Spool) ReadFrom(offset, limit int64) (data []byte, first int64, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	first = min(max(offset, s.start), s.end)
	data = make([]byte, min(limit, s.end-first))
	return data, first, s.read(data, first)
}

// read fills data from offset on, from wherever it is held. The lock must be held.
func (s *Spool) read(data []byte, offset int64) error {
	if s.file != nil {
		return s.readRing(data, offset)
	}
	copy(data, s.content[offset-s.start:])
	return nil
}

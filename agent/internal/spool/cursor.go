package spool

import "time"

// Cursor is one reader's place in a spool. It belongs to one goroutine, which closes it.
type Cursor struct {
	spool *Spool
	// Both are guarded by the spool's lock.
	offset int64
	// stalled cursors are not waited for; one that has caught up with the writer is live again.
	stalled bool
}

// NewCursor returns a reader that starts at offset, or at the end when offset lies beyond it.
func (s *Spool) NewCursor(offset int64) *Cursor {
	s.mu.Lock()
	defer s.mu.Unlock()
	cursor := &Cursor{spool: s, offset: min(offset, s.end)}
	s.cursors[cursor] = struct{}{}
	return cursor
}

// NewCursorAtEnd returns a reader of what is appended from now on.
func (s *Spool) NewCursorAtEnd() *Cursor {
	_, end := s.Bounds()
	return s.NewCursor(end)
}

// Read copies the next bytes before offset limit into buffer, skipping what the spool has dropped, and returns their
// number and the offset of the first one. It does not block; 0 bytes mean that there is nothing yet, or nothing
// before limit.
func (c *Cursor) Read(buffer []byte, limit int64) (count int, offset int64, err error) {
	c.spool.mu.RLock()
	offset = max(c.offset, c.spool.start)
	count = int(max(0, min(int64(len(buffer)), min(limit, c.spool.end)-offset)))
	err = c.spool.read(buffer[:count], offset)
	c.spool.mu.RUnlock()
	if err == nil && count > 0 {
		c.moveTo(offset + int64(count))
	}
	return count, offset, err
}

func (c *Cursor) moveTo(offset int64) {
	c.spool.mu.Lock()
	c.offset = offset
	c.stalled = c.stalled && offset < c.spool.end
	c.spool.mu.Unlock()
	c.spool.noteProgress()
}

// Close takes the reader away; the writer no longer waits for it.
func (c *Cursor) Close() {
	c.spool.mu.Lock()
	delete(c.spool.cursors, c)
	c.spool.mu.Unlock()
	c.spool.noteProgress()
}

func (s *Spool) noteProgress() {
	select {
	case s.progress <- struct{}{}:
	default:
	}
}

// waitForReaders returns when appending size bytes would take nothing from a live reader that it has not read, or after
// the stall limit: readers that have not made room by then are stalled, however little they were still reading.
func (s *Spool) waitForReaders(size int64) {
	if !s.someoneWouldMiss(size) {
		return
	}
	stall := time.NewTimer(s.store.stallLimit)
	defer stall.Stop()
	for s.someoneWouldMiss(size) {
		select {
		case <-s.progress:
		case <-stall.C:
			s.giveUpOnReaders(size)
			return
		}
	}
}

func (s *Spool) someoneWouldMiss(size int64) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for cursor := range s.cursors {
		if s.wouldMiss(cursor, size) {
			return true
		}
	}
	return false
}

func (s *Spool) giveUpOnReaders(size int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for cursor := range s.cursors {
		cursor.stalled = cursor.stalled || s.wouldMiss(cursor, size)
	}
}

func (s *Spool) wouldMiss(cursor *Cursor, size int64) bool {
	return !s.released && !cursor.stalled && max(cursor.offset, s.start) < s.end+size-s.store.capacity
}

package spool

import (
	"math"
	"path/filepath"
	"testing"
	"time"
)

// trickle reads a byte now and then until it is stopped.
func trickle(cursor *Cursor, stop <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_, _, _ = cursor.Read(make([]byte, 1), math.MaxInt64)
		case <-stop:
			return
		}
	}
}

func TestAReaderThatTricklesIsGivenUpUntilItHasCaughtUp(t *testing.T) {
	const stallLimit = 100 * time.Millisecond
	spool := newStore(t, filepath.Join(t.TempDir(), "spool"), stallLimit).New(func() {})
	t.Cleanup(spool.Release)
	cursor := spool.NewCursor(0)
	t.Cleanup(cursor.Close)
	spool.Append(numbered(0, smallCapacity))
	stop, done := make(chan struct{}), make(chan struct{})
	go trickle(cursor, stop, done)
	begun := time.Now()
	spool.Append(numbered(0, smallCapacity))
	if took := time.Since(begun); took < stallLimit || took > 10*stallLimit {
		t.Errorf("the first piece took %v", took)
	}
	close(stop)
	<-done
	begun = time.Now()
	for range 20 {
		_, _, _ = cursor.Read(make([]byte, 1), math.MaxInt64)
		spool.Append(numbered(0, smallCapacity))
	}
	if took := time.Since(begun); took > 10*stallLimit {
		t.Errorf("20 more took %v", took)
	}
	if !cursor.stalled {
		t.Error("it counts though it is behind")
	}
	if _, data := readAll(t, cursor); len(data) == 0 || cursor.stalled {
		t.Errorf("it does not count though it has read the last %d bytes", len(data))
	}
}

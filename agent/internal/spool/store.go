// Package spool keeps the newest output of a process on disk, where any number of readers follow it by offset.
//
// The writer, a pipe that must always be drained, never waits for an absent reader. While a live reader is behind by
// a whole spool, the writer does wait, so that a reader that keeps going misses nothing; one that has not made room for
// one piece of output within StallLimit no longer counts until it has caught up.
package spool

import (
	"fmt"
	"os"
	"time"
)

const (
	// Capacity is how many of the newest bytes a spool keeps.
	Capacity = 16 << 20
	// memoryLimit is how much a spool holds before it needs a file: most processes print less, and then cost no file
	// at all.
	memoryLimit = 16 << 10
	// StallLimit is how long the writer of a piece, 64 KiB at most, waits for readers that are a whole spool behind:
	// longer than any hiccup of the host, short against a process that is blocked by it.
	StallLimit = 5 * time.Second
)

// Store makes spools whose files live in one directory that only its owner can enter.
type Store struct {
	directory  string
	capacity   int64
	stallLimit time.Duration
}

// NewStore creates the directory, emptied of what an earlier run may have left.
func NewStore(directory string) (*Store, error) {
	if err := os.RemoveAll(directory); err != nil {
		return nil, fmt.Errorf("empty the spool directory: %w", err)
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return nil, fmt.Errorf("create the spool directory: %w", err)
	}
	return &Store{directory: directory, capacity: Capacity, stallLimit: StallLimit}, nil
}

// New returns an empty spool. onChange is called, without any lock held, after every change a reader may wait for; it
// must not block. The caller releases the spool with Release.
func (s *Store) New(onChange func()) *Spool {
	return &Spool{store: s, onChange: onChange, cursors: make(map[*Cursor]struct{}), progress: make(chan struct{}, 1)}
}

// newFile returns a file without a name: it goes with its descriptor, whatever happens to the agent.
func (s *Store) newFile() (*os.File, error) {
	file, err := os.CreateTemp(s.directory, "output-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, fmt.Errorf("unlink the spool file: %w (close: %v)", err, file.Close())
	}
	return file, nil
}

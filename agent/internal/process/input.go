package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

// input is where a process reads from. Writers take turns, so that what one sends stays together.
type input struct {
	file *os.File
	// turn holds a token while nobody writes.
	turn chan struct{}
	// terminal files are closed by the pump that reads from them, not by close.
	terminal bool
	close    func() error
}

// newInput takes ownership of a pipe's file, but not of a terminal's.
func newInput(file *os.File, terminal bool) *input {
	in := &input{file: file, turn: make(chan struct{}, 1), terminal: terminal, close: func() error { return nil }}
	if !terminal {
		in.close = sync.OnceValue(file.Close)
	}
	in.turn <- struct{}{}
	return in
}

// write blocks until the process has taken everything, or the context is done: then a part may have been written.
// A process that reads no more is ErrNoInput.
func (in *input) write(ctx context.Context, data []byte) error {
	select {
	case <-in.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { in.turn <- struct{}{} }()
	interrupted := make(chan struct{})
	release := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		in.setDeadline(time.Unix(1, 0)) // In the past: the write returns at once.
	})
	_, err := in.file.Write(data)
	if !release() {
		<-interrupted
		in.setDeadline(time.Time{}) // For the next writer.
	}
	return explainWrite(ctx, err)
}

// setDeadline fails only when the file is closed, and then the write fails too.
func (in *input) setDeadline(deadline time.Time) {
	if err := in.file.SetWriteDeadline(deadline); err != nil {
		return
	}
}

func explainWrite(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ctx.Err()
	case errors.Is(err, os.ErrClosed), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.EIO):
		return ErrNoInput // Closed here, or nobody has the other end of the pipe (EPIPE) or terminal (EIO) any more.
	}
	return fmt.Errorf("write to the process: %w", err)
}

// end closes a pipe, waiting for a writer to finish; the process then reads an end of file. A closed one stays
// closed.
func (in *input) end(ctx context.Context) error {
	if in.terminal {
		return ErrTerminalInput
	}
	select {
	case <-in.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { in.turn <- struct{}{} }()
	return in.close()
}

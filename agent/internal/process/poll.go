package process

import (
	"context"
	"sync"
	"time"
	"unicode/utf8"
)

// poll is the one place up to which a process's output has been given out to whoever asks for what is new. It outlives
// everybody that asks. The zero value is ready.
type poll struct {
	// mu is held by the caller whose turn it is, so that two of them never get the same bytes.
	mu     sync.Mutex
	offset int64
}

// ReadTerminal returns what the process's terminal has shown since the previous call, at most limit bytes of it, or
// waits for the next output. It ends with a whole character of UTF-8 unless nothing more will come. Nothing counts as
// given out once the context is done. ended: the process has exited and this is all that is left. The error is
// ErrNoTerminal, the context's or the spool's.
func (p *Process) ReadTerminal(ctx context.Context, wait time.Duration, limit int) (data []byte, ended bool, err error) {
	if p.Specification.Terminal == nil {
		return nil, false, ErrNoTerminal
	}
	p.polled.mu.Lock()
	defer p.polled.mu.Unlock()
	patience := time.NewTimer(wait)
	defer patience.Stop()
	for {
		changed := p.changed.channel()
		data, ended, err = p.readNew(limit)
		if ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
		if len(data) > 0 || ended || err != nil {
			p.polled.offset += int64(len(data))
			return data, ended, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-patience.C:
			return nil, false, nil
		}
	}
}

// readNew looks at the state before the output, so that an end is reported with all that came before it.
func (p *Process) readNew(limit int) (data []byte, ended bool, err error) {
	state := p.State()
	data, first, err := p.stdout.ReadFrom(p.polled.offset, int64(limit))
	p.polled.offset = first // What lies before it has been dropped.
	_, end := p.stdout.Bounds()
	ended = state.Exited && first+int64(len(data)) == end
	if !ended {
		data = wholeCharacters(data)
	}
	return data, ended, err
}

// wholeCharacters leaves out a character of which only the beginning is there.
func wholeCharacters(data []byte) []byte {
	for back := 1; back < utf8.UTFMax && back <= len(data); back++ {
		if last := data[len(data)-back:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return data[:len(data)-back]
			}
			return data
		}
	}
	return data
}

package process

import (
	"context"
	"math"
	"time"

	wire "omnirun/agent/gen/process"
	"omnirun/agent/internal/ending"
	"omnirun/agent/internal/spool"
)

// Place is where a follower begins: offsets of the next byte wanted of stdout (or the terminal) and stderr, and at most
// how many bytes before the end, if that is not 0.
type Place struct{ Stdout, Stderr, Newest uint64 }

// follower tells one caller what happens to a process. It belongs to one goroutine, which closes it.
type follower struct {
	process *Process
	cursors []*spool.Cursor
	send    func(*wire.ProcessEvent) error
	// endAtExit: the end is reported at exit, though the output may go on.
	endAtExit bool
	// idle is after how long without an event a keep-alive is sent.
	idle       time.Duration
	exitedSent bool
}

// newFollower begins at the given place, or at the present end of the output without one.
func newFollower(p *Process, from *Place) *follower {
	f := &follower{process: p}
	for index, output := range p.outputs() {
		switch {
		case from == nil:
			f.cursors = append(f.cursors, output.NewCursorAtEnd())
		case index == 0:
			f.cursors = append(f.cursors, output.NewCursor(from.offset(from.Stdout, output)))
		default:
			f.cursors = append(f.cursors, output.NewCursor(from.offset(from.Stderr, output)))
		}
	}
	return f
}

func (p *Place) offset(wanted uint64, output *spool.Spool) int64 {
	offset := int64(min(wanted, math.MaxInt64))
	if p.Newest == 0 {
		return offset
	}
	_, end := output.Bounds()
	return max(offset, end-int64(min(p.Newest, math.MaxInt64)))
}

func (f *follower) close() {
	for _, cursor := range f.cursors {
		cursor.Close()
	}
}

// run reports the process until its end has been reported. Errors are those of send, the context's or the spool's.
func (f *follower) run(ctx context.Context) error {
	if err := f.send(startEvent(f.process)); err != nil {
		return err
	}
	idle := time.NewTimer(f.idle)
	defer idle.Stop()
	for {
		changed := f.process.changed.channel()
		over, err := f.report(ctx)
		if over || err != nil {
			return err
		}
		idle.Reset(f.idle)
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-idle.C:
			if err := f.send(keepAliveEvent()); err != nil {
				return err
			}
		}
	}
}

// report sends everything that is known now: the output up to the exit, the exit, later output, the end.
func (f *follower) report(ctx context.Context) (over bool, err error) {
	state := f.process.State()
	if !state.Exited {
		return false, f.sendOutput(f.presentEnds())
	}
	if !f.exitedSent {
		if err := f.sendOutput(state.ExitOffsets); err != nil {
			return false, err
		}
		if f.endAtExit {
			ending.Begin(ctx)
		}
		if err := f.send(exitedEvent(f.process, state.Exit)); err != nil {
			return false, err
		}
		f.exitedSent = true
	}
	if f.endAtExit {
		return true, f.send(endEvent(state.Exit))
	}
	if err := f.sendOutput(f.presentEnds()); err != nil || !state.Over() {
		return false, err
	}
	ending.Begin(ctx)
	return true, f.send(endEvent(state.Exit))
}

// presentEnds bounds one report, so that a process that never stops writing does not keep its follower from looking
// at anything else.
func (f *follower) presentEnds() (ends [2]int64) {
	for index, output := range f.process.outputs() {
		_, ends[index] = output.Bounds()
	}
	return ends
}

// sendOutput sends what there is before the given offsets, the streams in turns so that neither waits for all of the
// other. The buffer is only held meanwhile: most followers wait most of the time.
func (f *follower) sendOutput(limits [2]int64) error {
	buffer := pumpBuffers.Get().(*[pumpBufferBytes]byte)
	defer pumpBuffers.Put(buffer)
	for sent := true; sent; {
		sent = false
		for index, cursor := range f.cursors {
			count, offset, err := cursor.Read(buffer[:], limits[index])
			if err != nil {
				return err
			}
			if count == 0 {
				continue
			}
			sent = true
			if err := f.send(f.dataEvent(index, buffer[:count], offset)); err != nil {
				return err
			}
		}
	}
	return nil
}

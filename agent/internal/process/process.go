package process

import (
	"context"
	"errors"
	"log"
	"sync"
	"syscall"
	"time"

	"omnirun/agent/internal/reaper"
	"omnirun/agent/internal/spool"
)

// Process is one that was started, running or not. It is safe for concurrent use.
type Process struct {
	// Handle is never used again in this guest; the pid may be.
	Handle        uint32
	Specification Specification
	StartedAt     time.Time

	child   *reaper.Child
	stdout  *spool.Spool
	stderr  *spool.Spool // Absent with a terminal, whose only output is stdout.
	pumps   []*pump
	input   *input // Absent without Specification.Input.
	changed changes
	polled  poll

	mu    sync.Mutex
	state State
}

// State is what has become of a process so far.
type State struct {
	// Exited: it has been reaped, and what it wrote before is in the spool up to ExitOffsets.
	Exited      bool
	Exit        Exit
	EndedAt     time.Time
	ExitOffsets [2]int64
	// OutputEnded: nobody can write to its output any more.
	OutputEnded bool
	// signalled: a caller has asked for its end.
	signalled bool
}

// Over reports whether readers are told the end: the output has ended as well, or somebody wanted the end and does
// not wait for children that hold the output open.
func (s State) Over() bool { return s.Exited && (s.OutputEnded || s.signalled) }

// Pid returns the process id, which the kernel may give away once the process has exited.
func (p *Process) Pid() uint32 { return uint32(p.child.Pid()) }

// State returns the present state.
func (p *Process) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// supervise follows the process to its end, and its output to the output's end.
func (p *Process) supervise() {
	timedOut := p.awaitExit()
	p.noteExit(Exit{status: p.child.Status(), TimedOut: timedOut})
	for _, pump := range p.pumps {
		<-pump.done
	}
	p.noteOutputEnd()
}

// awaitExit returns when the process has been reaped, and whether its timeout brought that about.
func (p *Process) awaitExit() (timedOut bool) {
	if p.Specification.Timeout == 0 {
		<-p.child.Done()
		return false
	}
	timer := time.AfterFunc(p.Specification.Timeout, func() {
		if err := p.Signal(syscall.SIGKILL); err != nil {
			log.Printf("time-out of process %d: %v", p.Handle, err)
		}
	})
	<-p.child.Done()
	return !timer.Stop()
}

func (p *Process) noteExit(exit Exit) {
	for _, pump := range p.pumps {
		pump.catchUp()
	}
	p.mu.Lock()
	p.state.Exited = true
	p.state.Exit = exit
	p.state.EndedAt = time.Now()
	for index, output := range p.outputs() {
		_, p.state.ExitOffsets[index] = output.Bounds()
	}
	p.mu.Unlock()
	p.changed.announce()
}

func (p *Process) noteOutputEnd() {
	if p.input != nil {
		if err := p.input.close(); err != nil {
			log.Printf("input of process %d: %v", p.Handle, err)
		}
	}
	p.mu.Lock()
	p.state.OutputEnded = true
	p.mu.Unlock()
	p.changed.announce()
}

func (p *Process) outputs() []*spool.Spool {
	if p.stderr == nil {
		return []*spool.Spool{p.stdout}
	}
	return []*spool.Spool{p.stdout, p.stderr}
}

// Signal sends a signal to the process group. It works while somebody holds the output open, so that what a finished
// command left behind can be ended too; later it is a NotFoundError's case for the caller. A group that has just gone
// is no error.
func (p *Process) Signal(signal syscall.Signal) error {
	p.mu.Lock()
	p.state.signalled = true
	p.mu.Unlock()
	p.changed.announce()
	if err := p.child.SignalGroup(signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// Write sends input to the process; terminal says which kind the caller takes it for. It blocks while the process
// does not read. Errors are ErrNoInput, ErrNoTerminal, the context's, or the system's.
func (p *Process) Write(ctx context.Context, data []byte, terminal bool) error {
	if terminal && p.Specification.Terminal == nil {
		return ErrNoTerminal
	}
	if p.input == nil || terminal != p.input.terminal {
		return ErrNoInput
	}
	return p.input.write(ctx, data)
}

// CloseInput lets the process read the end of its input. Errors are ErrNoInput, ErrTerminalInput or the context's.
func (p *Process) CloseInput(ctx context.Context) error {
	if p.input == nil {
		return ErrNoInput
	}
	return p.input.end(ctx)
}

// Resize changes the size of the process's terminal, or is ErrNoTerminal.
func (p *Process) Resize(size TerminalSize) error {
	if p.Specification.Terminal == nil {
		return ErrNoTerminal
	}
	return resizeTerminal(p.input.file, size)
}

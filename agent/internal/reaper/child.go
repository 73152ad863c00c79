package reaper

import "syscall"

// Child is a process started by Reaper.Start.
type Child struct {
	pid    int
	reaper *Reaper
	done   chan struct{}
	status syscall.WaitStatus
}

// Pid returns the process id. The kernel may give it to another process once Done is closed.
func (c *Child) Pid() int { return c.pid }

// Done is closed when the process has ended and has been reaped.
func (c *Child) Done() <-chan struct{} { return c.done }

// Status returns how the process ended. It may only be called after Done is closed.
func (c *Child) Status() syscall.WaitStatus { return c.status }

// SignalGroup sends a signal to the process group that the child leads; the child must have been started as a leader
// (setsid). Members may outlive the leader, and the kernel does not reuse its pid while the group has members, so
// this is allowed after Done too. A group without members is syscall.ESRCH.
func (c *Child) SignalGroup(signal syscall.Signal) error {
	c.reaper.mu.Lock()
	defer c.reaper.mu.Unlock()
	return syscall.Kill(-c.pid, signal)
}

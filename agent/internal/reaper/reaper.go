// Package reaper starts the agent's child processes and collects the exit status of every process the agent is the
// parent of.
//
// As pid 1 the agent inherits orphans: processes whose parent has ended. Somebody has to reap those without ever
// taking the status of a child that a caller waits for. So there is exactly one waiter in the program, here, and
// every child is started here: os/exec and os.StartProcess wait for themselves and must not be used next to it.
//
// The waiter blocks in waitid(2), so it needs neither SIGCHLD nor polling. It only peeks (WNOWAIT), then takes the
// lock under which children are started, and only then reaps. That order gives two guarantees: a child that ends at
// once is already registered when its status arrives, and a pid that is still registered cannot have been given to
// another process.
package reaper

import (
	"fmt"
	"sync"
	"syscall"
)

// Reaper is the one waiter of this program. It is safe for concurrent use and lives as long as the program.
type Reaper struct {
	mu       sync.Mutex
	children map[int]*Child
	// appeared wakes the waiter when there were no children to wait for. One element is enough: it means "look
	// again".
	appeared chan struct{}
}

// New starts the waiter. There must be only one Reaper in a process: two would take each other's children.
func New() *Reaper {
	reaper := &Reaper{children: make(map[int]*Child), appeared: make(chan struct{}, 1)}
	go reaper.run()
	return reaper
}

// Start forks and executes a program and returns when the exec has succeeded. The files in attributes stay the
// caller's to close. Errors are those of fork(2), of the steps between fork and exec, or of execve(2), as a
// syscall.Errno.
func (r *Reaper) Start(path string, arguments []string, attributes *syscall.ProcAttr) (*Child, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	pid, err := syscall.ForkExec(path, arguments, attributes)
	if err != nil {
		return nil, err
	}
	child := &Child{pid: pid, reaper: r, done: make(chan struct{})}
	r.children[pid] = child
	select {
	case r.appeared <- struct{}{}:
	default:
	}
	return child, nil
}

func (r *Reaper) run() {
	for {
		pid, err := peekEnded()
		switch {
		case err == nil:
			r.reap(pid)
		case err == syscall.ECHILD:
			// Orphans can only come from a child that is reaped later than they are handed over, so while anything of
			// ours lives there is a child to wait for, and without one only Start can change that.
			<-r.appeared
		case err != syscall.EINTR:
			panic(fmt.Sprintf("waitid: %v", err)) // The arguments are constant: no other error is possible.
		}
	}
}

// reap takes the status of one ended process. The status of an unknown process, an orphan or a child whose exec
// failed, is dropped.
func (r *Reaper) reap(pid int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var status syscall.WaitStatus
	reaped, err := syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
	if err != nil || reaped != pid {
		return // A failed ForkExec has collected its own child in the meantime.
	}
	if child, registered := r.children[pid]; registered {
		delete(r.children, pid)
		child.status = status
		close(child.done)
	}
}

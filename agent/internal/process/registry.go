package process

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

const (
	// maxFinished is how many processes whose output has ended are remembered: what a user of a long session still
	// lists.
	maxFinished = 1000
	// maxFinishedBytes bounds the output held for them: an eighth of the smallest writable disk.
	maxFinishedBytes = 256 << 20
)

// registry knows all processes that are remembered.
type registry struct {
	mu         sync.Mutex
	lastHandle uint32
	processes  map[uint32]*Process
	// finished holds those whose output has ended, oldest end first.
	finished []*Process
	// forgotten holds those that go on though nobody finds them any more.
	forgotten map[*Process]struct{}
}

func newRegistry() registry {
	return registry{processes: map[uint32]*Process{}, forgotten: map[*Process]struct{}{}}
}

func (r *registry) nextHandle() uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lastHandle++
	return r.lastHandle
}

func (r *registry) add(process *Process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.processes[process.Handle] = process
}

// finish counts a process as finished and forgets the oldest ones beyond the bounds. One that is forgotten already
// stays so.
func (r *registry) finish(process *Process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, goesOn := r.forgotten[process]; goesOn {
		delete(r.forgotten, process)
		r.forget(process)
	}
	if _, known := r.processes[process.Handle]; !known {
		return
	}
	r.finished = append(r.finished, process)
	held := int64(0)
	keepFrom := len(r.finished)
	for keepFrom > 0 && len(r.finished)-keepFrom < maxFinished {
		held += heldBytes(r.finished[keepFrom-1])
		if held > maxFinishedBytes {
			break
		}
		keepFrom--
	}
	r.drop(keepFrom)
}

// forgetExited drops all that have exited, also those whose output goes on: who was told of an exit must not find the
// process again, and what holds the output may do so for ever.
func (r *registry) forgetExited() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, process := range r.processes {
		if process.State().Exited {
			r.forget(process)
		}
	}
	clear(r.finished)
	r.finished = r.finished[:0]
}

// forgetAll drops all. Those whose output has not ended go on as before, though nobody finds them any more.
func (r *registry) forgetAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(len(r.finished))
	for _, process := range r.processes {
		r.forgotten[process] = struct{}{}
	}
	clear(r.processes)
}

// drop forgets the oldest finished ones. The caller holds the lock.
func (r *registry) drop(count int) {
	for _, old := range r.finished[:count] {
		r.forget(old)
	}
	r.finished = slices.Delete(r.finished, 0, count)
}

// forget makes a process unknown and gives up its output, which is dropped from then on. The caller holds the lock.
func (r *registry) forget(process *Process) {
	delete(r.processes, process.Handle)
	for _, output := range process.outputs() {
		output.Release()
	}
}

func heldBytes(process *Process) (held int64) {
	for _, output := range process.outputs() {
		start, end := output.Bounds()
		held += end - start
	}
	return held
}

// all returns the remembered processes, oldest first.
func (r *registry) all() []*Process {
	r.mu.Lock()
	defer r.mu.Unlock()
	processes := make([]*Process, 0, len(r.processes))
	for _, process := range r.processes {
		processes = append(processes, process)
	}
	slices.SortFunc(processes, func(a, b *Process) int { return int(a.Handle) - int(b.Handle) })
	return processes
}

// allForgotten returns those that go on though they are forgotten.
func (r *registry) allForgotten() []*Process {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.forgotten))
}

// newest returns the process that fits: one that runs before one that has exited, the newest of several. The error is
// a NotFoundError.
func (r *registry) newest(selector string, fits func(*Process) bool) (*Process, error) {
	var found *Process
	for _, process := range slices.Backward(r.all()) {
		if !fits(process) {
			continue
		}
		if !process.State().Exited {
			return process, nil
		}
		if found == nil {
			found = process
		}
	}
	if found == nil {
		return nil, NotFoundError{selector}
	}
	return found, nil
}

func (r *registry) byPid(pid uint32) (*Process, error) {
	return r.newest(fmt.Sprintf("pid %d", pid), func(process *Process) bool { return process.Pid() == pid })
}

func (r *registry) byTag(tag string) (*Process, error) {
	return r.newest("tag "+tag, func(process *Process) bool {
		return process.Specification.Tag != nil && *process.Specification.Tag == tag
	})
}

func (r *registry) byHandle(handle uint32) (*Process, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	process, known := r.processes[handle]
	if !known {
		return nil, NotFoundError{fmt.Sprintf("handle %d", handle)}
	}
	return process, nil
}

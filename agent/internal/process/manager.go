package process

import (
	"errors"
	"os"
	"syscall"
	"time"

	"omnirun/agent/internal/identity"
	"omnirun/agent/internal/reaper"
	"omnirun/agent/internal/spool"
)

// Manager starts processes and remembers them. It is safe for concurrent use.
type Manager struct {
	reaper   *reaper.Reaper
	spools   *spool.Store
	identity *identity.Store
	registry registry
}

// NewManager returns a manager that knows no process yet. All that it is given stays the caller's and must outlive
// it.
func NewManager(reaper *reaper.Reaper, spools *spool.Store, identity *identity.Store) *Manager {
	return &Manager{reaper: reaper, spools: spools, identity: identity, registry: newRegistry()}
}

// Start runs a command and returns once it executes; it ends by itself, by a signal or by its timeout, never because
// the caller has left. Errors are an InvalidError, or an error of the system.
func (m *Manager) Start(specification Specification) (*Process, error) {
	if err := specification.check(); err != nil {
		return nil, err
	}
	directory, err := specification.resolveDirectory()
	if err != nil {
		return nil, err
	}
	files, err := openStreams(&specification)
	if err != nil {
		return nil, err
	}
	child, err := m.execute(&specification, directory, files)
	if err != nil {
		files.closeAll()
		return nil, startError(specification.Command, err)
	}
	files.closeChildEnds()
	started := m.track(specification, child, files)
	go func() {
		started.supervise()
		m.registry.finish(started)
	}()
	return started, nil
}

func (m *Manager) execute(specification *Specification, directory string, files *streams) (*reaper.Child, error) {
	environment := specification.environment(m.identity.Load())
	program, err := findProgram(specification.Command, valueOf("PATH", environment), directory)
	if err != nil {
		return nil, err
	}
	attributes := &syscall.ProcAttr{
		Dir:   directory,
		Env:   environment,
		Files: []uintptr{files.child[0].Fd(), files.child[1].Fd(), files.child[2].Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true, Setctty: specification.Terminal != nil, Credential: credential(specification)},
	}
	arguments := append([]string{specification.Command}, specification.Arguments...)
	return m.reaper.Start(program, arguments, attributes)
}

// credential is absent where the agent runs as that user already, which is how a test without root can start
// anything.
func credential(specification *Specification) *syscall.Credential {
	user := specification.User
	if os.Geteuid() != 0 && uint32(os.Geteuid()) == user.UID {
		return nil
	}
	return &syscall.Credential{Uid: user.UID, Gid: user.GID, Groups: user.Groups}
}

// track takes over the agent's ends of the files.
func (m *Manager) track(specification Specification, child *reaper.Child, files *streams) *Process {
	process := &Process{
		Handle:        m.registry.nextHandle(),
		Specification: specification,
		StartedAt:     time.Now(),
		child:         child,
	}
	if files.input != nil {
		process.input = newInput(files.input, specification.Terminal != nil)
	}
	process.stdout = m.spools.New(process.changed.announce)
	process.pumps = append(process.pumps, startPump(files.output, process.stdout))
	if files.errors != nil {
		process.stderr = m.spools.New(process.changed.announce)
		process.pumps = append(process.pumps, startPump(files.errors, process.stderr))
	}
	m.registry.add(process)
	return process
}

// All returns the remembered processes, oldest first.
func (m *Manager) All() []*Process { return m.registry.all() }

// ByHandle finds a process by its handle, or returns a NotFoundError.
func (m *Manager) ByHandle(handle uint32) (*Process, error) { return m.registry.byHandle(handle) }

// ForgetFinished drops the processes that have exited, with their output, and waits for nothing: children that they have
// left run on, and what those write is dropped.
func (m *Manager) ForgetFinished() { m.registry.forgetExited() }

// ForgetAll drops the processes that have ended, with their output, and those that run: they go on, their output is
// taken and not kept for anybody, and only KillAll still reaches them.
func (m *Manager) ForgetAll() { m.registry.forgetAll() }

// KillAll ends every process that is remembered or was forgotten while it ran, and what it has left behind in its
// group. Errors are joined.
func (m *Manager) KillAll() error {
	var failures []error
	for _, process := range append(m.registry.all(), m.registry.allForgotten()...) {
		if !process.State().OutputEnded {
			failures = append(failures, process.Signal(syscall.SIGKILL))
		}
	}
	return errors.Join(failures...)
}

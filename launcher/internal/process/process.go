package process

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Process is one process, alive or dead, watched through its pidfd. Close it when it has ended and nobody needs it any more; until
// then Kill and Wait may be called from any goroutine.
type Process struct {
	PID       int
	StartTime uint64

	pidfd   *os.File
	isChild bool
}

// Exit is how a process ended. ExitCode and Signal mean nothing unless StatusKnown: the kernel tells only the parent.
type Exit struct {
	StatusKnown bool
	ExitCode    int
	Signal      int
}

// ErrGone says that the process that was to be adopted does not exist any more; another one may have its pid.
var ErrGone = errors.New("the process is gone")

// OfChild takes over a child of this process from the pidfd that its creation gave. From then on nothing else may wait for the child.
// The pidfd belongs to the result, and is closed if there is none.
func OfChild(pid, pidfd int) (*Process, error) {
	if err := unix.SetNonblock(pidfd, true); err != nil {
		return nil, errors.Join(fmt.Errorf("the pidfd of %d: %w", pid, err), unix.Close(pidfd))
	}
	file := os.NewFile(uintptr(pidfd), fmt.Sprintf("pidfd of %d", pid))
	startTime, err := StartTime(pid)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the start time of %d: %w", pid, err), file.Close())
	}
	return &Process{PID: pid, StartTime: startTime, pidfd: file, isChild: true}, nil
}

// Adopt takes over a process that somebody else started, if it still is the one that started then. Otherwise the error is ErrGone.
func Adopt(pid int, startTime uint64) (*Process, error) {
	pidfd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("the pidfd of %d: %w", pid, err)
	}
	adopted := &Process{PID: pid, StartTime: startTime, pidfd: os.NewFile(uintptr(pidfd), fmt.Sprintf("pidfd of %d", pid))}
	// What /proc says belongs to the process behind the pidfd only if that one is alive afterwards: its pid was not free in between.
	if now, err := StartTime(pid); err != nil || now != startTime || adopted.hasEnded() {
		return nil, errors.Join(ErrGone, adopted.Close())
	}
	return adopted, nil
}

// Kill sends SIGKILL. A process that has ended is no error.
func (p *Process) Kill() error {
	err := p.WithDescriptor(func(pidfd int) error { return unix.PidfdSendSignal(pidfd, unix.SIGKILL, nil, 0) })
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}

// Wait blocks until the process has ended, without holding a thread, and reaps it if it is a child. It must be called once.
func (p *Process) Wait() (Exit, error) {
	connection, err := p.pidfd.SyscallConn()
	if err != nil {
		return Exit{}, err
	}
	var exit Exit
	var waitErr error
	readErr := connection.Read(func(pidfd uintptr) bool {
		var ended bool
		exit, ended, waitErr = p.examine(int(pidfd))
		return ended
	})
	return exit, errors.Join(readErr, waitErr)
}

// Close releases the pidfd.
func (p *Process) Close() error { return p.pidfd.Close() }

func (p *Process) examine(pidfd int) (Exit, bool, error) {
	if !isReadable(pidfd) {
		return Exit{}, false, nil
	}
	if !p.isChild {
		return Exit{}, true, nil
	}
	exit, err := reap(p.PID)
	return exit, true, err
}

// reap collects the status of a child that has ended. Nobody else waits for it, so its pid is still its own.
func reap(pid int) (Exit, error) {
	for {
		var status unix.WaitStatus
		_, err := unix.Wait4(pid, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return Exit{}, fmt.Errorf("the child %d cannot be reaped: %w", pid, err)
		case status.Signaled():
			return Exit{StatusKnown: true, Signal: int(status.Signal())}, nil
		default:
			return Exit{StatusKnown: true, ExitCode: status.ExitStatus()}, nil
		}
	}
}

func (p *Process) hasEnded() bool {
	ended := true
	// A pidfd that cannot be asked is treated as that of a process that has ended: nothing else can be done with it.
	_ = p.WithDescriptor(func(pidfd int) error { ended = isReadable(pidfd); return nil })
	return ended
}

func isReadable(pidfd int) bool {
	polled := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	count, err := unix.Poll(polled, 0)
	return err == nil && count == 1
}

func (p *Process) WithDescriptor(action func(pidfd int) error) error {
	connection, err := p.pidfd.SyscallConn()
	if err != nil {
		return err
	}
	var actionErr error
	if err := connection.Control(func(pidfd uintptr) { actionErr = action(int(pidfd)) }); err != nil {
		return err
	}
	return actionErr
}

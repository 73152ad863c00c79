package jail

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/process"
)

// Command is the argument that makes the launcher's binary the child: main must call Run then.
const Command = "jail"

// Arguments is the command line of a child that has not yet become the VMM.
func Arguments() []string { return []string{"omnirun-launcher", Command} }

// enterTimeout bounds how long the child may take to become the VMM. It needs some 10 ms; on a host this slow the machine is of no use.
const enterTimeout = 30 * time.Second

// maxReportBytes bounds the child's error text.
const maxReportBytes = 4096

// namespaces are those that a VMM gets anew. There is no user namespace: the VMM has a uid of its own and no capability in any.
const namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWNET

// Waiting is a child that waits for its plan. Either Enter or Abandon must be called.
type Waiting struct {
	Process *process.Process

	plan   *os.File
	report *os.File
}

// Start starts a child with the files open under the given numbers, none below 5, and log as its standard output and error. The files
// stay the caller's. The child belongs to the result's Process.
func Start(files map[int]*os.File, log *os.File) (*Waiting, error) {
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	planRead, planWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer planRead.Close()
	reportRead, reportWrite, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, planWrite.Close())
	}
	defer reportWrite.Close()
	all := map[int]*os.File{0: null, 1: log, 2: log, planDescriptor: planRead, reportDescriptor: reportWrite}
	for number, file := range files {
		all[number] = file
	}
	child, err := fork(numbered(all, null))
	if err != nil {
		return nil, errors.Join(err, planWrite.Close(), reportRead.Close())
	}
	return &Waiting{Process: child, plan: planWrite, report: reportRead}, nil
}

// Detach makes a mount of an open file or directory that a child can attach in its own mount namespace. No path is named, so nobody can put
// another one in its place. The caller closes the result, with which the mount goes unless it has been attached.
func Detach(file *os.File) (*os.File, error) {
	const flags = unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC | unix.AT_EMPTY_PATH
	mount, err := unix.OpenTree(int(file.Fd()), "", flags)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be detached: %w", file.Name(), err)
	}
	return os.NewFile(uintptr(mount), file.Name()), nil
}

// numbered puts each file at the index of its number, and the filler at those in between and one above: the child's runtime must not
// take a number that the tap will be given.
func numbered(files map[int]*os.File, filler *os.File) []uintptr {
	highest := 0
	for number := range files {
		highest = max(highest, number)
	}
	descriptors := make([]uintptr, highest+1)
	for number := range descriptors {
		descriptors[number] = filler.Fd()
	}
	for number, file := range files {
		descriptors[number] = file.Fd()
	}
	return descriptors
}

func fork(descriptors []uintptr) (*process.Process, error) {
	pidfd := -1
	pid, err := syscall.ForkExec("/proc/self/exe", Arguments(), &syscall.ProcAttr{
		Dir:   "/",
		Env:   []string{},
		Files: descriptors,
		Sys:   &syscall.SysProcAttr{Cloneflags: namespaces, Setsid: true, PidFD: &pidfd},
	})
	if err != nil {
		return nil, fmt.Errorf("the jail cannot be started: %w", err)
	}
	return process.OfChild(pid, pidfd)
}

// Prepare gives the child its plan and returns: the child builds its jail and becomes the VMM meanwhile.
func (w *Waiting) Prepare(plan Plan) error { return writePlan(w.plan, plan) }

// Enter waits until a child that was given its plan has become the VMM, or the jailer that does. If it could not, the error says why, and the
// child is ended and reaped.
func (w *Waiting) Enter() error {
	err := w.report.SetReadDeadline(time.Now().Add(enterTimeout))
	if err == nil {
		err = w.awaitEntry()
	}
	if err != nil {
		return errors.Join(err, w.Abandon())
	}
	return w.report.Close()
}

func (w *Waiting) awaitEntry() error {
	report, err := io.ReadAll(io.LimitReader(w.report, maxReportBytes))
	if err != nil {
		return fmt.Errorf("the jail does not answer: %w", err)
	}
	problem := strings.TrimPrefix(string(report), readyMarker)
	switch {
	case problem != "":
		return fmt.Errorf("the jail: %s", problem)
	case len(report) == 0:
		return errors.New("the jail died before it started the VMM")
	default:
		return nil
	}
}

// Abandon kills the child and reaps it.
func (w *Waiting) Abandon() error {
	// The pipe of the plan may have been closed with the plan.
	if err := w.plan.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	killErr := w.Process.Kill()
	_, waitErr := w.Process.Wait()
	return errors.Join(killErr, waitErr, w.report.Close(), w.Process.Close())
}

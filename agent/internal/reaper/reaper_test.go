package reaper

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	roleVariable       = "OMNIRUN_REAPER_TEST_ROLE"
	concurrentChildren = 200
	patience           = 60 * time.Second
)

// The waiter would take the children of the test's own os/exec, so everything that needs one runs in a copy of this
// binary.
func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "concurrent":
		concurrentChildrenRole()
	case "orphans":
		orphansRole()
	default:
		os.Exit(m.Run())
	}
}

func TestTwoHundredConcurrentChildrenEachGetTheirOwnStatus(t *testing.T) {
	runRole(t, "concurrent")
}

func TestOrphansAreReapedAndNeverTakeAChildsStatus(t *testing.T) {
	runRole(t, "orphans")
}

func runRole(t *testing.T, role string) {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), roleVariable+"="+role)
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "all well") {
		t.Fatalf("role %s: %v\n%s", role, err, output)
	}
}

func concurrentChildrenRole() {
	reaper := New()
	var group sync.WaitGroup
	for number := range concurrentChildren {
		group.Go(func() {
			wanted := number % 100
			child := mustStart(reaper, fmt.Sprintf("exit %d", wanted), nil)
			mustEnd(child, wanted)
			if _, err := reaper.Start("/nonexistent", []string{"x"}, &syscall.ProcAttr{}); err != syscall.ENOENT {
				fail("start of a missing program: %v", err)
			}
		})
	}
	group.Wait()
	mustHaveNoChildren(reaper)
}

// orphansRole makes itself a subreaper, as pid 1 is by nature, and starts shells that leave a grandchild behind.
func orphansRole() {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		fail("subreaper: %v", err)
	}
	reaper := New()
	var group sync.WaitGroup
	for range concurrentChildren / 4 {
		group.Go(func() { leaveOrphan(reaper) })
	}
	group.Wait()
	mustHaveNoChildren(reaper)
}

// leaveOrphan checks that the shell's own status arrives, then that its orphan, which outlives it, vanishes when it
// is told to end.
func leaveOrphan(reaper *Reaper) {
	input, release := mustPipe()
	output, report := mustPipe()
	child := mustStart(reaper, "(read line; exit 9) <&3 & echo $!; exit 3", []uintptr{0, report.Fd(), 2, input.Fd()})
	input.Close()
	report.Close()
	mustEnd(child, 3)
	var orphan int
	if _, err := fmt.Fscan(bufio.NewReader(output), &orphan); err != nil {
		fail("pid of the orphan: %v", err)
	}
	watch, err := unix.PidfdOpen(orphan, 0)
	if err != nil {
		fail("the orphan ended too early: %v", err)
	}
	release.Close()
	events := []unix.PollFd{{Fd: int32(watch), Events: unix.POLLIN}}
	ready, err := unix.Poll(events, int(patience.Milliseconds()))
	for err == unix.EINTR {
		ready, err = unix.Poll(events, int(patience.Milliseconds()))
	}
	if ready != 1 {
		fail("the orphan did not end: %v", err)
	}
}

func mustStart(reaper *Reaper, script string, files []uintptr) *Child {
	child, err := reaper.Start("/bin/sh", []string{"sh", "-c", script}, &syscall.ProcAttr{Files: files})
	if err != nil {
		fail("start: %v", err)
	}
	return child
}

func mustEnd(child *Child, wanted int) {
	select {
	case <-child.Done():
	case <-time.After(patience):
		fail("no status of pid %d", child.Pid())
	}
	if child.Status().ExitStatus() != wanted {
		fail("exit status %d, wanted %d", child.Status().ExitStatus(), wanted)
	}
}

// mustHaveNoChildren starts one more child, whose end proves that the waiter is alive, and then blocks until the
// kernel has none left.
func mustHaveNoChildren(reaper *Reaper) {
	mustEnd(mustStart(reaper, "exit 0", nil), 0)
	for {
		if _, err := peekEnded(); err == syscall.ECHILD {
			fmt.Println("all well")
			os.Exit(0)
		}
	}
}

func mustPipe() (*os.File, *os.File) {
	reader, writer, err := os.Pipe()
	if err != nil {
		fail("pipe: %v", err)
	}
	return reader, writer
}

func fail(format string, arguments ...any) {
	fmt.Printf(format+"\n", arguments...)
	os.Exit(1)
}

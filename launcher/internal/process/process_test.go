package process

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func TestMain(m *testing.M) {
	// As a child of its own tests, this program waits to be killed.
	if len(os.Args) == 2 && os.Args[1] == "wait-for-kill" {
		select {}
	}
	os.Exit(m.Run())
}

// startChild starts a program and takes it over as a child.
func startChild(t *testing.T, arguments ...string) *Process {
	t.Helper()
	var pidfd int
	path, err := exec.LookPath(arguments[0])
	must(t, err)
	pid, err := syscall.ForkExec(path, arguments, &syscall.ProcAttr{Sys: &syscall.SysProcAttr{PidFD: &pidfd}})
	must(t, err)
	child, err := OfChild(pid, pidfd)
	must(t, err)
	t.Cleanup(func() { must(t, child.Close()) })
	return child
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAChildsExitCodeIsLearnt(t *testing.T) {
	exit, err := startChild(t, "sh", "-c", "exit 7").Wait()
	must(t, err)
	if exit != (Exit{StatusKnown: true, ExitCode: 7}) {
		t.Fatalf("got %+v", exit)
	}
}

func TestAKilledChildsSignalIsLearntAndKillingItAgainIsNoError(t *testing.T) {
	child := startChild(t, "sleep", "1000")
	must(t, child.Kill())
	exit, err := child.Wait()
	must(t, err)
	if exit != (Exit{StatusKnown: true, Signal: int(syscall.SIGKILL)}) {
		t.Fatalf("got %+v", exit)
	}
	must(t, child.Kill())
}

func TestAnAdoptedProcessIsWatchedWithoutBeingAChild(t *testing.T) {
	child := startChild(t, "sleep", "1000")
	adopted, err := Adopt(child.PID, child.StartTime)
	must(t, err)
	defer adopted.Close()
	must(t, adopted.Kill())
	exit, err := adopted.Wait()
	must(t, err)
	if exit.StatusKnown {
		t.Fatalf("a status was invented: %+v", exit)
	}
	if exit, err = child.Wait(); err != nil || exit.Signal != int(syscall.SIGKILL) {
		t.Fatalf("the parent's status was taken: %+v, %v", exit, err)
	}
}

func TestAProcessWithAnotherStartTimeIsNotAdopted(t *testing.T) {
	child := startChild(t, "sleep", "1000")
	if _, err := Adopt(child.PID, child.StartTime+1); !errors.Is(err, ErrGone) {
		t.Fatalf("got %v", err)
	}
	must(t, child.Kill())
	_, err := child.Wait()
	must(t, err)
	if _, err := Adopt(child.PID, child.StartTime); !errors.Is(err, ErrGone) {
		t.Fatalf("a reaped process was adopted: %v", err)
	}
}

func TestTheStartTimeIsReadBehindACommandWithParenthesesAndBlanks(t *testing.T) {
	own, err := os.Executable()
	must(t, err)
	odd := t.TempDir() + "/a) R 1 (b"
	must(t, os.Symlink(own, odd))
	child := startChild(t, odd, "wait-for-kill")
	ownTime, err := StartTime(os.Getpid())
	must(t, err)
	if child.StartTime < ownTime {
		t.Fatalf("the child started at %d, before this test at %d", child.StartTime, ownTime)
	}
	must(t, child.Kill())
	_, err = child.Wait()
	must(t, err)
}

package command

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	serverID    = 61017 // uid and gid that stand for the server's
	uidBase     = 700_000
	goldenName  = "00000000000000aa"
	imageName   = "00000000000000bb"
	kernelName  = "00000000000000cc"
	goldenBytes = 64 << 20
)

// host is a launcher of its own, with its directories, that the test's end removes.
type host struct {
	t         testing.TB
	directory string
	instance  string
	qemu      string
	network   string // none if empty
	apart     bool   // the launcher has a network of its own in place of the host's
	jailer    string // what starts Firecracker, if anything does
	entry     string // what that starts
	memory    string // where Firecracker's machines have theirs; without it there is no Firecracker
	daemon    *exec.Cmd
	log       *logBuffer
}

// newHost makes a host whose VMM is the probe.
func newHost(t testing.TB) *host {
	t.Helper()
	return newHostWith(t, "")
}

// newHostWith makes a host with a QEMU binary, or with the probe.
func newHostWith(t testing.TB, qemu string) *host {
	t.Helper()
	h := layOutHost(t, qemu)
	h.start()
	return h
}

// layOutHost makes a host whose launcher is still to be started.
func layOutHost(t testing.TB, qemu string) *host {
	t.Helper()
	// Not the test's own directory: its path is too long for a socket's.
	directory, err := os.MkdirTemp("", "ol")
	must(t, err)
	h := &host{t: t, directory: directory, instance: "t" + strings.ToLower(rand.Text()[:12]), qemu: qemu, log: &logBuffer{}}
	t.Cleanup(h.remove)
	must(t, os.Chmod(directory, 0o711))
	for _, path := range []string{"state/machines", "cache/golden/" + goldenName, "cache/images/" + imageName, "cache/kernels/" + kernelName} {
		must(t, os.MkdirAll(h.path(path), 0o700))
	}
	for path, size := range map[string]int64{
		"golden/" + goldenName + "/ram": goldenBytes, "golden/" + goldenName + "/state": 100,
		"images/" + imageName + "/base.img": 1 << 20, "kernels/" + kernelName + "/vmlinuz": 5000, "kernels/" + kernelName + "/initrd": 5000,
	} {
		must(t, os.WriteFile(h.path("cache/"+path), []byte("content"), 0o600))
		must(t, os.Truncate(h.path("cache/"+path), size))
	}
	h.giveToServer("state")
	h.giveToServer("cache")
	if h.qemu == "" {
		h.qemu = h.path("vmm")
		must(t, os.Link(probePath, h.qemu))
	}
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *host) path(relative string) string { return filepath.Join(h.directory, relative) }

func (h *host) machinePath(machine, file string) string {
	return h.path(filepath.Join("state/machines", machine, file))
}

// giveToServer changes the owner of a whole tree.
func (h *host) giveToServer(relative string) {
	h.t.Helper()
	must(h.t, filepath.WalkDir(h.path(relative), func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, serverID, serverID)
	}))
}

// newMachine makes a machine's directory as the server does, and returns its name.
func (h *host) newMachine() string {
	h.t.Helper()
	machine := "m-" + strings.ToLower(rand.Text()[:20])
	must(h.t, os.Mkdir(h.machinePath(machine, ""), 0o700))
	must(h.t, os.WriteFile(h.machinePath(machine, "disk.img"), make([]byte, 4096), 0o600))
	h.giveToServer("state/machines/" + machine)
	return machine
}

func (h *host) arguments() []string {
	arguments := []string{
		"serve", "--socket", h.path("l.sock"), "--server-uid", fmt.Sprint(serverID), "--server-gid", fmt.Sprint(serverID),
		"--state-dir", h.path("state"), "--cache-dir", h.path("cache"), "--run-dir", h.path("run"),
		"--instance", h.instance, "--uid-base", fmt.Sprint(uidBase), "--qemu", h.qemu,
	}
	if h.memory != "" {
		arguments = append(arguments, "--firecracker", h.path(firecrackerProbe), "--memory-dir", h.memory)
	}
	if h.jailer != "" {
		arguments = append(arguments, "--jailer", h.jailer)
	}
	if h.entry != "" {
		arguments = append(arguments, "--jailer-entry", h.entry)
	}
	if h.network != "" {
		arguments = append(arguments, "--network", h.network)
	}
	return arguments
}

// launcher is this binary as the launcher. The race detector would have each of them wait for a second at its end.
func launcher(deadline context.Context, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(deadline, "/proc/self/exe", arguments...)
	command.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	return command
}

// runLauncher runs it to its end, which must come by itself, and returns what it printed.
func runLauncher(arguments ...string) (string, error) {
	deadline, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	output, err := launcher(deadline, arguments...).CombinedOutput()
	return string(output), errors.Join(err, deadline.Err())
}

// start starts the launcher and waits until it serves.
func (h *host) start() {
	h.t.Helper()
	h.daemon = launcher(context.Background(), h.arguments()...)
	if h.apart {
		h.daemon.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	}
	output, err := h.daemon.StderrPipe()
	must(h.t, err)
	must(h.t, h.daemon.Start())
	serving := make(chan bool, 1)
	go h.log.follow(bufio.NewScanner(output), serving)
	if !<-serving {
		h.t.Fatalf("the launcher does not serve:\n%s", h.log)
	}
}

// kill ends the launcher with a signal and reaps it.
func (h *host) kill(signal syscall.Signal) error {
	h.t.Helper()
	must(h.t, h.daemon.Process.Signal(signal))
	err := h.daemon.Wait()
	h.daemon = nil
	return err
}

// sweep runs the launcher's sub-command of that name.
func (h *host) sweep() (string, error) {
	return runLauncher("sweep", "--instance", h.instance, "--run-dir", h.path("run"))
}

func (h *host) remove() {
	if h.daemon != nil {
		must(h.t, h.daemon.Process.Kill())
		_ = h.daemon.Wait() // it was killed, and says so
	}
	if output, err := h.sweep(); err != nil {
		h.t.Errorf("the sweep fails: %v\n%s", err, output)
	}
	if h.t.Failed() {
		h.t.Logf("the launcher's log:\n%s", h.log)
	}
	must(h.t, os.RemoveAll(h.directory))
}

// groupDirectories finds the control groups of a machine, whatever version the host has.
func (h *host) groupDirectories(machine string) []string {
	h.t.Helper()
	var found []string
	for _, pattern := range []string{"/sys/fs/cgroup/%s/%s", "/sys/fs/cgroup/*/%s/%s", "/sys/fs/cgroup/*/*/%s/%s"} {
		matches, err := filepath.Glob(fmt.Sprintf(pattern, "omnirun/"+h.instance, machine))
		must(h.t, err)
		found = append(found, matches...)
	}
	return found
}

// asServer runs an action on a thread that is the server's user.
func asServer(t testing.TB, action func() error) error {
	t.Helper()
	result := make(chan error, 1)
	go func() {
		// The thread is never unlocked, hence ends with the goroutine, and nobody else is the server by mistake.
		lockForever()
		const keep = ^uintptr(0)
		if _, _, failure := unix.RawSyscall(unix.SYS_SETRESUID, keep, serverID, keep); failure != 0 {
			result <- failure
			return
		}
		result <- action()
	}()
	return <-result
}

// logBuffer collects the launcher's log for a failing test.
type logBuffer struct {
	mutex sync.Mutex
	lines bytes.Buffer
}

func (l *logBuffer) follow(source *bufio.Scanner, serving chan<- bool) {
	defer close(serving)
	for source.Scan() {
		l.mutex.Lock()
		fmt.Fprintln(&l.lines, source.Text())
		l.mutex.Unlock()
		if strings.Contains(source.Text(), "msg=serving") {
			serving <- true
		}
	}
}

func (l *logBuffer) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.lines.String()
}

package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/process"
	"omnirun/launcher/internal/qemu"
	"omnirun/launcher/internal/wire"
)

func TestTheServerLearnsHowAMachineEnded(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.call("events.subscribe", fields{}, nil)
	machine, _ := h.clone(c, nil)
	h.tell(machine, order{Do: "exit", Number: 3})
	if end := c.event(); end != (wire.Exited{Event: "machine.exited", Machine: machine, ExitCode: 3, StatusKnown: true}) {
		t.Fatalf("got %+v", end)
	}
}

func TestKillingIsDoneOnceAndMayBeAskedForAgain(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.call("events.subscribe", fields{}, nil)
	machine, begun := h.clone(c, nil)
	c.call("machine.kill", fields{"machine": machine}, nil)
	if err := unix.Kill(begun.PID, 0); !errors.Is(err, unix.ESRCH) {
		t.Fatalf("the process is still there: %v", err)
	}
	if end := c.event(); end.Machine != machine || end.Signal != int(syscall.SIGKILL) || end.OOMKilled {
		t.Fatalf("got %+v", end)
	}
	c.call("machine.kill", fields{"machine": machine}, nil)
	c.call("machine.kill", fields{"machine": "m-neverknownneverknown"}, nil)
}

func TestTheEndOfAMachineLeavesNothingBehind(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	machine, begun := h.clone(c, nil)
	namespaces := namespacesOf(t, begun.PID)
	holdNamespaces(t, begun.PID)
	if len(h.groupDirectories(machine)) == 0 || !exists(t, h.path("run/machines/"+machine+".json")) {
		t.Fatal("the machine has no group or no record while it lives, so this test would show nothing")
	}
	c.call("machine.kill", fields{"machine": machine}, nil)
	h.wantNothingLeftOf(machine)
	for _, pid := range processes(t) {
		for name, namespace := range namespacesOf(t, pid) {
			if namespaces[name] == namespace {
				t.Errorf("process %d is in the machine's %s namespace", pid, name)
			}
		}
	}
}

// wantNothingLeftOf checks the host for a machine that has ended.
func (h *host) wantNothingLeftOf(machine string) {
	h.t.Helper()
	if groups := h.groupDirectories(machine); len(groups) != 0 {
		h.t.Errorf("groups are left: %v", groups)
	}
	records, err := os.ReadDir(h.path("run/machines"))
	must(h.t, err)
	for _, record := range records {
		if strings.HasPrefix(record.Name(), machine) {
			h.t.Errorf("a record is left: %s", record.Name())
		}
	}
	mounts, err := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", h.daemon.Process.Pid))
	must(h.t, err)
	if strings.Contains(string(mounts), h.directory) {
		h.t.Errorf("mounts are left:\n%s", mounts)
	}
	for _, mountPoint := range qemu.MountPoints.Directories {
		found, err := filepath.Glob(h.path("run/vmm-*/" + mountPoint + "/*"))
		must(h.t, err)
		if len(found) != 0 {
			h.t.Errorf("the jails' root holds %v", found)
		}
	}
}

// holdNamespaces keeps the kernel from giving a namespace's number to a new one before the test has compared it.
func holdNamespaces(t *testing.T, pid int) {
	t.Helper()
	for name := range namespacesOf(t, pid) {
		held, err := os.Open(fmt.Sprintf("/proc/%d/ns/%s", pid, name))
		must(t, err)
		t.Cleanup(func() { must(t, held.Close()) })
	}
}

func namespacesOf(t *testing.T, pid int) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, name := range []string{"mnt", "pid", "ipc", "uts", "net"} {
		target, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, name))
		if err == nil { // otherwise the process has ended in the meantime
			found[name] = target
		}
	}
	return found
}

func processes(t *testing.T) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	must(t, err)
	var pids []int
	for _, entry := range entries {
		var pid int
		if _, err := fmt.Sscanf(entry.Name(), "%d", &pid); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Lstat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

func TestALauncherThatWasKilledFindsItsMachineAgainAndReportsItsEnd(t *testing.T) {
	h := newHost(t)
	machine, begun := h.clone(h.connect(), nil)
	if err := h.kill(syscall.SIGKILL); err == nil {
		t.Fatal("the launcher was not killed")
	}
	if result := ask[string](h, machine, order{Do: "take memory", Number: 1}); result != "took it" {
		t.Fatalf("the machine did not survive: %s", result)
	}
	h.start()
	c := h.connect()
	c.call("events.subscribe", fields{}, nil)
	found := c.list().Machines
	if len(found) != 1 || found[0].Machine != machine || found[0].PID != begun.PID || found[0].StartTime != begun.StartTime ||
		found[0].Golden != goldenName {
		t.Fatalf("found %+v", found)
	}
	must(t, unix.Kill(begun.PID, unix.SIGKILL))
	if end := c.event(); end.Machine != machine || end.StatusKnown {
		t.Fatalf("got %+v", end)
	}
	h.wantNothingLeftOf(machine)
}

func TestAMachineFoundAgainCanBeKilledAndItsUserIsNotGivenAway(t *testing.T) {
	h := newHost(t)
	machine, begun := h.clone(h.connect(), nil)
	_ = h.kill(syscall.SIGKILL) // the error says that it was killed
	h.start()
	c := h.connect()
	_, second := h.clone(c, nil)
	if owner(t, begun.PID) == owner(t, second.PID) {
		t.Fatal("two machines run as one user")
	}
	c.call("machine.kill", fields{"machine": machine}, nil)
	h.wantNothingLeftOf(machine)
}

func TestWhatDiedWhileNoLauncherRanIsClearedUpAtTheNextStart(t *testing.T) {
	h := newHost(t)
	machine, begun := h.clone(h.connect(), nil)
	_ = h.kill(syscall.SIGKILL) // the error says that it was killed
	vmm, err := process.Adopt(begun.PID, begun.StartTime)
	must(t, err)
	defer vmm.Close()
	must(t, vmm.Kill())
	_, err = vmm.Wait()
	must(t, err)
	h.start()
	if found := h.connect().list().Machines; len(found) != 0 {
		t.Fatalf("found %+v", found)
	}
	h.wantNothingLeftOf(machine)
}

func TestARecordThatNamesAStrangerHarmsNobody(t *testing.T) {
	h := newHost(t)
	machine, begun := h.clone(h.connect(), nil)
	_ = h.kill(syscall.SIGKILL) // the error says that it was killed
	stranger := exec.Command("sleep", "1000")
	must(t, stranger.Start())
	startTime, err := process.StartTime(stranger.Process.Pid)
	must(t, err)
	path := h.path("run/machines/" + machine + ".json")
	content, err := os.ReadFile(path)
	must(t, err)
	own := fmt.Sprintf(`"pid":%d,"startTime":%d`, begun.PID, begun.StartTime)
	forged := strings.Replace(string(content), own, fmt.Sprintf(`"pid":%d,"startTime":%d`, stranger.Process.Pid, startTime), 1)
	must(t, os.WriteFile(path, []byte(forged), 0o600))
	h.start()
	if found := h.connect().list().Machines; len(found) != 0 {
		t.Errorf("a stranger was adopted: %+v", found)
	}
	// The VMM that nobody has a record of is gone with its group.
	h.wantNothingLeftOf(machine)
	must(t, stranger.Process.Signal(syscall.SIGTERM))
	if err := stranger.Wait(); err == nil || !strings.Contains(err.Error(), "terminated") {
		t.Fatalf("the stranger ended with %v", err)
	}
}

// A launcher that is killed between the start of a VMM and its control groups leaves a record and a process outside of them.
func TestAVMMThatWasNotYetInItsGroupIsEndedAtTheNextStart(t *testing.T) {
	h := newHost(t)
	machine, begun := h.clone(h.connect(), nil)
	_ = h.kill(syscall.SIGKILL) // the error says that it was killed
	for _, directory := range h.groupDirectories(machine) {
		must(t, os.WriteFile(filepath.Join(filepath.Dir(filepath.Dir(directory)), "cgroup.procs"), []byte(fmt.Sprint(begun.PID)), 0))
	}
	h.start()
	if found := h.connect().list().Machines; len(found) != 0 {
		t.Errorf("found %+v", found)
	}
	if _, err := process.Adopt(begun.PID, begun.StartTime); !errors.Is(err, process.ErrGone) {
		t.Errorf("the machine lives on: %v", err)
	}
	h.wantNothingLeftOf(machine)
}

func TestATerminatedLauncherLeavesItsMachinesRunningAndTheSweepEndsThem(t *testing.T) {
	h := newHost(t)
	machine, begun := h.clone(h.connect(), nil)
	if err := h.kill(syscall.SIGTERM); err != nil {
		t.Fatalf("it did not end orderly: %v", err)
	}
	if exists(t, h.path("l.sock")) {
		t.Error("the socket is left")
	}
	if result := ask[string](h, machine, order{Do: "take memory", Number: 1}); result != "took it" {
		t.Fatalf("the machine did not survive: %s", result)
	}
	output, err := h.sweep()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if _, err := process.Adopt(begun.PID, begun.StartTime); !errors.Is(err, process.ErrGone) {
		t.Errorf("the machine survived the sweep: %v", err)
	}
	if groups := h.groupDirectories(""); len(groups) != 0 {
		t.Errorf("groups are left: %v", groups)
	}
}

func TestTheSweepLeavesARunningLauncherAlone(t *testing.T) {
	h := newHost(t)
	if output, err := h.sweep(); err == nil || !strings.Contains(output, "another launcher uses") {
		t.Fatalf("%v: %s", err, output)
	}
}

func TestAStartThatFailsSaysWhyAndLeavesNothingBehind(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.call("golden.hold", fields{"golden": goldenName}, nil)
	machine := h.newMachine()
	copies, err := filepath.Glob(h.path("run/vmm-*/" + h.path("vmm")))
	must(t, err)
	must(t, os.Rename(copies[0], copies[0]+"-away"))
	if message := c.refused(wire.Internal, "machine.clone", cloneSpec(machine, nil)); !strings.Contains(message, "cannot be executed: no such file") {
		t.Fatalf("got %q", message)
	}
	h.wantNothingLeftOf(machine)
	if found := c.list().Machines; len(found) != 0 {
		t.Fatalf("it is listed: %+v", found)
	}
	must(t, os.Rename(copies[0]+"-away", copies[0]))
	c.call("machine.clone", cloneSpec(machine, nil), nil)
}

func TestMachinesStartedAtOnceAllComeUpAsDifferentUsers(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.call("golden.hold", fields{"golden": goldenName}, nil)
	const count = 12
	for range count {
		c.send("machine.clone", cloneSpec(h.newMachine(), nil))
	}
	for range count {
		if line := c.next(); line.Error != nil {
			t.Fatal(line.Error.Message)
		}
	}
	var owners []uint32
	for _, machine := range c.list().Machines {
		owners = append(owners, owner(t, machine.PID))
	}
	slices.Sort(owners)
	if len(slices.Compact(owners)) != count {
		t.Fatalf("the users are %v", owners)
	}
}

func TestABootHasItsOwnFilesAndReadsAKernelThatOnlyTheServerCould(t *testing.T) {
	h := newHost(t)
	machine := h.newMachine()
	c := h.connect()
	var begun started
	c.call("machine.boot", bootSpec(machine), &begun)
	seen := ask[sight](h, machine, order{Do: "look"})
	for number, want := range map[string]string{
		"9": "/ram", "11": "/console.log", "12": "/memfd:vmlinuz (deleted)", "13": "/memfd:initrd (deleted)",
	} {
		if !strings.HasSuffix(seen.Descriptors[number], want) {
			t.Errorf("descriptor %s is %q, want %q", number, seen.Descriptors[number], want)
		}
	}
	if _, has := seen.Descriptors["10"]; has {
		t.Error("a boot has a state to load")
	}
	if !slices.Contains(seen.Arguments, "console=ttyS0") {
		t.Errorf("the arguments are %v", seen.Arguments)
	}
	for name, size := range map[string]int64{"ram": goldenBytes, "console.log": 0, "vmm.log": 0} {
		h.wantServersFile(machine, name, size)
	}
}

func (h *host) wantServersFile(machine, name string, size int64) {
	h.t.Helper()
	var status unix.Stat_t
	must(h.t, unix.Lstat(filepath.Join(h.machinePath(machine, ""), name), &status))
	if status.Uid != serverID || status.Mode&0o7 != 0 || status.Size != size {
		h.t.Errorf("%s: uid %d, mode %o, %d bytes", name, status.Uid, status.Mode, status.Size)
	}
}

// Distributions mount /run so.
func TestAVMMStartsFromARunDirectoryFromWhichNothingMayBeExecuted(t *testing.T) {
	h := newHost(t)
	must(t, h.kill(syscall.SIGTERM))
	must(t, unix.Mount("tmpfs", h.path("run"), "tmpfs", unix.MS_NOEXEC|unix.MS_NOSUID|unix.MS_NODEV, "mode=0700"))
	t.Cleanup(func() { must(t, unix.Unmount(h.path("run"), unix.MNT_DETACH)) })
	h.start()
	c := h.connect()
	machine, _ := h.clone(c, nil)
	if seen := ask[sight](h, machine, order{Do: "look"}); seen.PID != 1 {
		t.Errorf("it is process %d", seen.PID)
	}
	c.call("machine.kill", fields{"machine": machine}, nil)
	must(t, h.kill(syscall.SIGTERM))
}

func TestTheSweepRemovesTheFilesOfVMMs(t *testing.T) {
	h := newHost(t)
	h.clone(h.connect(), nil)
	must(t, h.kill(syscall.SIGTERM))
	if output, err := h.sweep(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if found, err := filepath.Glob(h.path("run/vmm-*")); err != nil || len(found) != 0 {
		t.Errorf("left: %v, %v", found, err)
	}
}

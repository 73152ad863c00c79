package command

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"omnirun/launcher/internal/firecracker"
)

// jailed are the static programs that a jailer needs, which this test's own binary is not where it looks for races.
var jailed = sync.OnceValue(func() (built struct {
	jailer, entry, probe string
	err                  error
}) {
	directory := filepath.Dir(probePath) // goes with the tests
	built.jailer, built.entry = filepath.Join(directory, "jailer"), filepath.Join(directory, firecracker.Entry)
	built.probe = filepath.Join(directory, firecrackerProbe)
	for _, arguments := range [][]string{
		{"build", "-ldflags", "-X main.version=1.15.1", "-o", built.jailer, "omnirun/server/testkit/src/main/go/jailer"},
		{"build", "-o", built.entry, "omnirun/launcher/cmd/omnirun-firecracker"},
		{"test", "-c", "-o", built.probe, "."},
	} {
		command := exec.Command("go", arguments...)
		command.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := command.CombinedOutput(); err != nil {
			built.err = errors.Join(built.err, fmt.Errorf("go %v: %w\n%s", arguments, err, output))
		}
	}
	return built
})

// newJailerHost makes a host whose Firecracker is the probe, which a FAKE jailer starts.
func newJailerHost(t *testing.T) *host {
	t.Helper()
	h := layOutJailerHost(t)
	h.start()
	return h
}

func layOutJailerHost(t testing.TB) *host {
	t.Helper()
	h := layOutStaticFirecrackerHost(t)
	h.jailer, h.entry = h.path("jailer"), h.path(firecracker.Entry)
	must(t, errors.Join(os.Link(jailed().jailer, h.jailer), os.Link(jailed().entry, h.entry)))
	return h
}

// layOutStaticFirecrackerHost makes one whose probe a jailer could start.
func layOutStaticFirecrackerHost(t testing.TB) *host {
	t.Helper()
	if !hasKVMNode() {
		t.Skip("the launcher starts Firecracker only where there is a /dev/kvm")
	}
	must(t, jailed().err)
	h := layOutHost(t, "")
	must(t, os.Link(jailed().probe, h.path(firecrackerProbe)))
	h.addFirecrackersFiles()
	return h
}

func TestFirecrackerUnderItsJailerHasTheLaunchersWallsToo(t *testing.T) {
	h := newJailerHost(t)
	machine, begun := h.startFirecracker(h.connect(), fields{"golden": goldenName})
	// There is no /proc in such a jail: the host's shows the same.
	status := statusOf(t, begun.PID)
	for field, want := range map[string]string{
		"Groups": "", "CapInh": "0000000000000000", "CapPrm": "0000000000000000", "CapEff": "0000000000000000", "CapAmb": "0000000000000000",
		// What the jailer needs, of which its child can get nothing any more.
		"CapBnd": "00000000082000c3", "NoNewPrivs": "1", "Seccomp": "2", "Seccomp_filters": "2",
	} {
		if status[field] != want {
			t.Errorf("%s is %q, want %q", field, status[field], want)
		}
	}
	uid := fmt.Sprint(owner(t, begun.PID))
	if want := strings.Join([]string{uid, uid, uid, uid}, " "); uid < fmt.Sprint(uidBase) || status["Uid"] != want || status["Gid"] != want {
		t.Errorf("its users are %s, its groups %s", status["Uid"], status["Gid"])
	}
	for _, namespace := range []string{"mnt", "pid", "ipc", "uts", "net"} {
		own, err := os.Readlink("/proc/self/ns/" + namespace)
		must(t, err)
		if its, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", begun.PID, namespace)); err != nil || its == own {
			t.Errorf("the namespace %s is the host's, or %v", namespace, err)
		}
	}
	seen := askAt[sight](h, h.machinePath(machine, apiSocket), order{Do: "look"})
	if seen.PID != 1 || seen.HostName != "vmm" || len(seen.Environment) != 0 {
		t.Errorf("it is process %d on %q with %v", seen.PID, seen.HostName, seen.Environment)
	}
	if seen.MaxCore != 0 || seen.MaxFile != 1<<30 || seen.Umask != 0 {
		t.Errorf("cores of %d, files of %d, umask %o", seen.MaxCore, seen.MaxFile, seen.Umask)
	}
	for path, problem := range seen.Read {
		if problem == "" && path != "/run" { // an empty directory of the jailer's
			t.Errorf("%s is visible", path)
		}
	}
	for path, problem := range seen.Write {
		if (problem == "") != slices.Contains([]string{"/x", "/dev/x"}, path) {
			t.Errorf("writing %s: %q", path, problem)
		}
	}
	allowed := []string{"base", "dev", "disk", "golden", "memory", firecracker.Entry + ".pid", "program", "run", "vmm"}
	for _, name := range seen.Root {
		if !slices.Contains(allowed, name) {
			t.Errorf("the root has %s", name)
		}
	}
	if !slices.Equal(seen.Devices, []string{"kvm", "net", "null", "urandom"}) {
		t.Errorf("the devices are %v", seen.Devices)
	}
}

func statusOf(t *testing.T, pid int) map[string]string {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(t, err)
	return fieldsOf(string(content))
}

// TestAFirecrackerUnderItsJailerHasLittleRoomOfItsOwn shows what the root that a jailer makes costs the host at most: the VMM may write there.
func TestAFirecrackerUnderItsJailerHasLittleRoomOfItsOwn(t *testing.T) {
	h := newJailerHost(t)
	machine, _ := h.startFirecracker(h.connect(), nil)
	written := askAt[int](h, h.machinePath(machine, apiSocket), order{Do: "fill the root"})
	entry, err := os.Stat(h.entry)
	must(t, err)
	if bound := int(entry.Size()) + 64<<10; written <= 0 || written > bound {
		t.Errorf("it has written %d bytes, the bound is %d", written, bound)
	}
	if made := askAt[int](h, h.machinePath(machine, apiSocket), order{Do: "make files in the root"}); made <= 0 || made > 64 {
		t.Errorf("it has made %d files", made)
	}
}

func TestWhatAJailerMountsForFirecrackerMayDoNoMoreThanItMust(t *testing.T) {
	h := newJailerHost(t)
	_, begun := h.startFirecracker(h.connect(), fields{"golden": goldenName})
	mounts, err := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", begun.PID))
	must(t, err)
	found := make(map[string]string)
	for line := range strings.Lines(string(mounts)) {
		parts := strings.Fields(line)
		found[parts[4]] = parts[5]
	}
	for path, options := range map[string]string{
		"/": "rw,nosuid", "/vmm": "rw,nosuid,nodev,noexec", "/memory": "rw,nosuid,nodev,noexec", "/disk/disk.img": "rw,nosuid,nodev,noexec",
		"/base/base.img": "ro,nosuid,nodev,noexec", "/golden/state": "ro,nosuid,nodev,noexec", "/golden/mem": "ro,nosuid,nodev,noexec",
		"/program/" + firecrackerProbe: "ro,nosuid,nodev",
	} {
		// What the host's own file systems say of access times follows.
		if its := strings.TrimSuffix(found[path], ",relatime"); its != options {
			t.Errorf("%s is mounted %q, want %q", path, its, options)
		}
		delete(found, path)
	}
	if len(found) > 0 {
		t.Errorf("there are the mounts %v, too", found)
	}
}

// TestNothingThatATakenOverFirecrackerUnderItsJailerTriesGetsItOutOfItsJail aims at the root, in which it may make the files that the test of its room
// bounds, and leaves out the two devices that it has.
func TestNothingThatATakenOverFirecrackerUnderItsJailerTriesGetsItOutOfItsJail(t *testing.T) {
	h := newJailerHost(t)
	c := h.connect()
	neighbour, _ := h.clone(c, nil)
	machine, _ := h.startFirecracker(c, fields{"golden": goldenName})
	aim := h.aim(neighbour)
	inside := aim
	inside.Scratch = "/"
	siege{h.machinePath(machine, apiSocket), aim, inside, []string{"open the tap device", "open KVM", "make a file"}}.lay(t, h)
}

func TestAFirecrackerUnderItsJailerIsKilledAndLeavesNothingBehind(t *testing.T) {
	h := newJailerHost(t)
	c := h.connect()
	machine, begun := h.startFirecracker(c, fields{"golden": goldenName})
	c.call("machine.kill", fields{"machine": machine}, nil)
	if err := exited(begun.PID); err != nil {
		t.Error(err)
	}
	h.wantNothingLeftOf(machine)
}

func TestAJailerThatFailsIsTheEndOfItsMachineWithItsReasonInTheLog(t *testing.T) {
	h := newJailerHost(t)
	trees, err := filepath.Glob(h.path("run/vmm-*" + h.entry))
	if err != nil || len(trees) != 1 {
		t.Fatalf("the entry is at %v, %v", trees, err)
	}
	must(t, os.WriteFile(trees[0], []byte("no program"), 0o755))
	machine := h.newFirecracker()
	var begun started
	h.connect().call("machine.firecracker", firecrackerSpec(machine, nil), &begun)
	for deadline := time.Now().Add(patience); exited(begun.PID) != nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it lives on")
		}
	}
	log, err := os.ReadFile(h.machinePath(machine, "vmm.log"))
	if must(t, err); !strings.Contains(string(log), "Failed to exec into Firecracker") {
		t.Errorf("the log says %q", log)
	}
}

func TestTheHostsJailerIsDescribed(t *testing.T) {
	h := newJailerHost(t)
	var info struct {
		Firecracker struct{ Version, Jailer string }
	}
	h.connect().call("host.info", fields{}, &info)
	if info.Firecracker.Version != "1.15.1" || info.Firecracker.Jailer != "1.15.1" {
		t.Errorf("got %+v", info)
	}
}

func TestAJailerThatCannotStartFirecrackerStopsTheLauncher(t *testing.T) {
	for name, spoiled := range map[string]struct {
		spoil func(*host) error
		says  string
	}{
		"no program":      {func(h *host) error { h.jailer = h.path("state"); return nil }, "--jailer is of no use"},
		"another program": {func(h *host) error { h.jailer = h.path(firecrackerProbe); return nil }, "does not answer as expected"},
		"no entry":        {func(h *host) error { return os.Remove(h.entry) }, firecracker.Entry},
		"another version": {func(h *host) error {
			h.jailer = h.path("newer-jailer")
			return os.WriteFile(h.jailer, []byte("#!/bin/sh\necho Jailer v1.15.2\n"), 0o755)
		}, "it is of version 1.15.2, and --firecracker of 1.15.1"},
		"no Firecracker":           {func(h *host) error { h.memory = ""; return nil }, "--jailer is for a --firecracker"},
		"an entry of another name": {func(h *host) error { h.entry = h.path("vmm"); return nil }, "--jailer-entry must have firecracker in its name"},
		"an entry alone":           {func(h *host) error { h.jailer = ""; return nil }, "--jailer-entry is for a --jailer"},
		"a relative path":          {func(h *host) error { h.jailer = "jailer"; return nil }, "--jailer must be an absolute path"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			h := layOutJailerHost(t)
			must(t, spoiled.spoil(h))
			output, err := runLauncher(h.arguments()...)
			if err == nil || !strings.Contains(output, spoiled.says) {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
}

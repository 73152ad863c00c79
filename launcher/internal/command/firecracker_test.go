package command

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"omnirun/launcher/internal/wire"
)

const vmlinuxName = "00000000000000dd"

// newFirecrackerHost makes a host whose Firecracker is the probe.
func newFirecrackerHost(t *testing.T) *host {
	t.Helper()
	h := layOutFirecrackerHost(t)
	h.start()
	return h
}

// layOutFirecrackerHost makes one whose launcher is still to be started.
func layOutFirecrackerHost(t *testing.T) *host {
	t.Helper()
	if !hasKVMNode() {
		t.Skip("the launcher starts Firecracker only where there is a /dev/kvm")
	}
	h := layOutHost(t, "")
	must(t, os.Link(probePath, h.path(firecrackerProbe)))
	h.addFirecrackersFiles()
	return h
}

// addFirecrackersFiles lays out what its machines are made of.
func (h *host) addFirecrackersFiles() {
	t := h.t
	h.memory = newMemory(t)
	for path, size := range map[string]int64{
		"golden-firecracker/" + goldenName + "/mem": goldenBytes, "golden-firecracker/" + goldenName + "/state": 100,
		"kernels-uncompressed/" + vmlinuxName + "/vmlinux": 5000,
	} {
		must(t, os.MkdirAll(filepath.Dir(h.path("cache/"+path)), 0o700))
		must(t, os.WriteFile(h.path("cache/"+path), []byte("content"), 0o600))
		must(t, os.Truncate(h.path("cache/"+path), size))
	}
	h.giveToServer("cache")
}

// newMemory makes a directory of the server's for machines' memory.
func newMemory(t testing.TB) string {
	t.Helper()
	parent, err := os.MkdirTemp("/dev/shm", "ol")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(parent)) })
	must(t, os.Chmod(parent, 0o711))
	memory := filepath.Join(parent, "memory")
	must(t, os.Mkdir(memory, 0o700))
	must(t, os.Chown(memory, serverID, serverID))
	return memory
}

// newFirecracker lays a machine out as the server does, with a snapshot that the VMM may write.
func (h *host) newFirecracker() string {
	h.t.Helper()
	machine := h.newMachine()
	for _, directory := range []string{"vmm", "disk", "memory"} {
		must(h.t, os.Mkdir(h.machinePath(machine, directory), 0o711))
	}
	must(h.t, os.Rename(h.machinePath(machine, "disk.img"), h.machinePath(machine, "disk/disk.img")))
	own := filepath.Join(h.memory, machine)
	must(h.t, os.Mkdir(own, 0o711))
	for _, directory := range []string{own, h.machinePath(machine, "memory")} {
		must(h.t, os.Chmod(directory, 0o711))
		must(h.t, os.WriteFile(filepath.Join(directory, "mem"), nil, 0o666))
		must(h.t, os.Chmod(filepath.Join(directory, "mem"), 0o666))
	}
	must(h.t, os.Chown(own, serverID, serverID))
	h.giveToServer("state/machines/" + machine)
	return machine
}

func firecrackerSpec(machine string, further fields) fields {
	spec := fields{"machine": machine, "image": imageName, "limits": cloneSpec(machine, nil)["limits"]}
	for name, value := range further {
		spec[name] = value
	}
	return spec
}

// startFirecracker starts one and waits until its socket is there.
func (h *host) startFirecracker(c *client, further fields) (string, started) {
	h.t.Helper()
	machine := h.newFirecracker()
	var begun started
	c.call("machine.firecracker", firecrackerSpec(machine, further), &begun)
	// The launcher answers before its program listens: the server waits by the kernel's events, this test by asking.
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		connection, err := net.Dial("unix", h.machinePath(machine, apiSocket))
		if err == nil {
			must(h.t, connection.Close())
			return machine, begun
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("nobody listens: %v", err)
		}
	}
}

const apiSocket = "vmm/api.sock"

func TestFirecrackerHasTheSameWallsAsQEMU(t *testing.T) {
	h := newFirecrackerHost(t)
	machine, begun := h.startFirecracker(h.connect(), fields{"golden": goldenName})
	seen := askAt[sight](h, h.machinePath(machine, apiSocket), order{Do: "look"})
	for field, want := range map[string]string{
		"Groups": "", "CapInh": "0000000000000000", "CapPrm": "0000000000000000", "CapEff": "0000000000000000",
		"CapBnd": "0000000000000000", "CapAmb": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2",
	} {
		if seen.Status[field] != want {
			t.Errorf("%s is %q, want %q", field, seen.Status[field], want)
		}
	}
	if uid := owner(t, begun.PID); uid < uidBase {
		t.Errorf("it runs as %d", uid)
	}
	if seen.PID != 1 || !slices.Equal(seen.Processes, []string{"1"}) || seen.HostName != "vmm" || len(seen.Environment) != 0 {
		t.Errorf("it is process %d among %v on %q with %v", seen.PID, seen.Processes, seen.HostName, seen.Environment)
	}
	for path, problem := range seen.Read {
		if problem == "" && path != "/tmp" {
			t.Errorf("%s is visible", path)
		}
	}
	for path, problem := range seen.Write {
		if problem == "" {
			t.Errorf("%s is writable", path)
		}
	}
	for _, name := range seen.Root {
		if !slices.Contains([]string{"base", "dev", "disk", "golden", "kernel", "lib", "lib64", "memory", "proc", "tmp", "usr", "vmm"}, name) {
			t.Errorf("the root has %s", name)
		}
	}
	if !slices.Equal(seen.Devices, []string{"kvm", "net", "null", "urandom"}) {
		t.Errorf("the devices are %v", seen.Devices)
	}
	for number, target := range seen.Descriptors {
		if number > "2" && !strings.HasPrefix(target, "anon_inode:[event") { // the probe's own runtime
			t.Errorf("descriptor %s is %s", number, target)
		}
	}
}

// eachFirecrackerHost runs a test in the launcher's own walls, and with a jailer within them.
func eachFirecrackerHost(t *testing.T, test func(*testing.T, *host)) {
	for name, prepared := range map[string]func(*testing.T) *host{"walls": newFirecrackerHost, "jailer": newJailerHost} {
		t.Run(name, func(t *testing.T) { test(t, prepared(t)) })
	}
}

func TestFirecrackerUsesItsMachinesFilesAndNoOthers(t *testing.T) {
	eachFirecrackerHost(t, func(t *testing.T, h *host) {
		machine, _ := h.startFirecracker(h.connect(), fields{"golden": goldenName})
		became := askAt[map[string]string](h, h.machinePath(machine, apiSocket), order{Do: "use Firecracker's files"})
		allowed := []string{
			"read the base image", "read the golden state", "map the golden memory", "write the disk", "write a snapshot", "make a socket",
			"open the tap", "open KVM", "write to /dev/null",
		}
		for what, problem := range became {
			if slices.Contains(allowed, what) != (problem == "") {
				t.Errorf("%s: %q", what, problem)
			}
		}
		if content, err := os.ReadFile(filepath.Join(h.memory, machine, "mem")); err != nil || string(content) != "memory" {
			t.Errorf("the server reads %q, %v", content, err)
		}
		disk, err := os.ReadFile(h.machinePath(machine, "disk/disk.img"))
		if must(t, err); !strings.HasPrefix(string(disk), "changed") {
			t.Errorf("the disk is %q", disk[:min(len(disk), 10)])
		}
	})
}

func TestFirecrackerMakesNothingMoreWhenItsDirectoryWasClosed(t *testing.T) {
	eachFirecrackerHost(t, func(t *testing.T, h *host) {
		machine, _ := h.startFirecracker(h.connect(), nil)
		// As the server does before it lets a guest run.
		must(t, asServer(t, func() error { return os.Chmod(h.machinePath(machine, "vmm"), 0o710) }))
		became := askAt[map[string]string](h, h.machinePath(machine, apiSocket), order{Do: "use Firecracker's files"})
		if became["make a socket"] == "" {
			t.Error("it can make files")
		}
		if became["write the disk"] != "" {
			t.Errorf("the disk: %s", became["write the disk"])
		}
	})
}

func TestTheServerAndNobodyElseReachesFirecrackersSocket(t *testing.T) {
	eachFirecrackerHost(t, func(t *testing.T, h *host) {
		machine, _ := h.startFirecracker(h.connect(), nil)
		must(t, asServer(t, func() error {
			connection, err := net.Dial("unix", h.machinePath(machine, apiSocket))
			return errors.Join(err, closeIf(connection))
		}))
		status, err := os.Stat(h.machinePath(machine, ""))
		if must(t, err); status.Mode().Perm() != 0o700 {
			t.Errorf("others come to it: %v", status.Mode())
		}
	})
}

func closeIf(connection net.Conn) error {
	if connection == nil {
		return nil
	}
	return connection.Close()
}

func TestFirecrackerBootsFromAKernelAndWritesItsSnapshotBesideItsDisk(t *testing.T) {
	h := newFirecrackerHost(t)
	machine, _ := h.startFirecracker(h.connect(), fields{"kernel": kernelName, "vmlinux": vmlinuxName})
	became := askAt[map[string]string](h, h.machinePath(machine, apiSocket), order{Do: "use Firecracker's files"})
	for _, what := range []string{"read the kernel", "write a snapshot"} {
		if became[what] != "" {
			t.Errorf("%s: %s", what, became[what])
		}
	}
	if content, err := os.ReadFile(h.machinePath(machine, "memory/mem")); err != nil || string(content) != "memory" {
		t.Errorf("the server reads %q, %v", content, err)
	}
}

// What a link carries in a second the router bounds by its address, whatever is at the other end: bandwidth_test.go in internal/router.
func TestFirecrackerIsPluggedIntoTheSameRouterAsQEMU(t *testing.T) {
	h := layOutFirecrackerHost(t)
	h.network, h.apart = "100.64.0.0/17", true
	h.start()
	c := h.connect()
	firecracker, _ := h.startFirecracker(c, fields{"golden": goldenName})
	qemu, _ := h.clone(c, nil)
	addresses := []string{h.plug(c, firecracker), h.plug(c, qemu)}
	output, err := exec.Command("nsenter", "--net="+h.path("run/router"), "nft", "list", "table", "inet", "omnirun").CombinedOutput()
	must(t, err)
	rules := string(output)
	for _, address := range addresses {
		if !strings.Contains(rules, ". "+address) {
			t.Errorf("the router does not know %s", address)
		}
	}
	for _, bound := range []string{"@sent { ip saddr limit rate over", "@got { ip daddr limit rate over"} {
		if !strings.Contains(rules, bound) {
			t.Errorf("the router has no %s", bound)
		}
	}
}

// plug gives a machine a link and returns its address.
func (h *host) plug(c *client, machine string) string {
	h.t.Helper()
	var link struct{ Address string }
	c.call("network.plug", fields{"machine": machine, "open": true}, &link)
	if link.Address == "" {
		h.t.Fatalf("%s has no address", machine)
	}
	return link.Address
}

func TestFirecrackerIsKilledAndLeavesNothingBehind(t *testing.T) {
	h := newFirecrackerHost(t)
	c := h.connect()
	machine, begun := h.startFirecracker(c, fields{"golden": goldenName})
	if list := c.list(); len(list.Machines) != 1 || list.Machines[0].PID != begun.PID || list.Machines[0].Golden != goldenName {
		t.Errorf("the list is %+v", list)
	}
	c.call("machine.kill", fields{"machine": machine}, nil)
	if err := exited(begun.PID); err != nil {
		t.Error(err)
	}
	h.wantNothingLeftOf(machine)
}

func exited(pid int) error {
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); !errors.Is(err, fs.ErrNotExist) {
		return errors.New("the process is still there")
	}
	return nil
}

func TestAFirecrackerThatCannotBecomeAMachineIsRefusedAndLeavesNothing(t *testing.T) {
	h := newFirecrackerHost(t)
	c := h.connect()
	for name, refusal := range map[string]struct {
		further fields
		spoil   string // what is taken away of the machine's directory
		code    wire.Code
	}{
		"missing golden snapshot":  {fields{"golden": "00000000000000ff"}, "", wire.NotFound},
		"missing image":            {fields{"image": "00000000000000ff"}, "", wire.NotFound},
		"kernel and snapshot":      {fields{"kernel": kernelName, "vmlinux": vmlinuxName, "golden": goldenName}, "", wire.InvalidSpec},
		"kernel without vmlinux":   {fields{"kernel": kernelName}, "", wire.InvalidSpec},
		"a path":                   {fields{"golden": "../../../../etc/passwd"}, "", wire.InvalidSpec},
		"a binary":                 {fields{"firecracker": "/bin/sh"}, "", wire.InvalidSpec},
		"no directory for the VMM": {nil, "vmm", wire.NotFound},
		"no disk":                  {nil, "disk", wire.NotFound},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			machine := h.newFirecracker()
			if refusal.spoil != "" {
				must(t, os.RemoveAll(h.machinePath(machine, refusal.spoil)))
			}
			c.refused(refusal.code, "machine.firecracker", firecrackerSpec(machine, refusal.further))
			h.wantNothingLeftOf(machine)
		})
	}
}

func TestALauncherWithoutFirecrackerSaysSo(t *testing.T) {
	h := newHost(t)
	h.connect().refused(wire.Unsupported, "machine.firecracker", firecrackerSpec(h.newMachine(), nil))
}

func TestTheHostsFirecrackerIsDescribed(t *testing.T) {
	h := newFirecrackerHost(t)
	var info struct {
		Firecracker struct{ Version, SnapshotVersion, MemoryDirectory string }
	}
	h.connect().call("host.info", fields{}, &info)
	if info.Firecracker.Version != "1.15.1" || info.Firecracker.SnapshotVersion != "v9.0.0" || info.Firecracker.MemoryDirectory != h.memory {
		t.Errorf("got %+v", info)
	}
}

func TestMemoryThatOthersComeToStopsTheLauncher(t *testing.T) {
	spoil := map[string]func(memory string) error{
		"another owner": func(memory string) error { return os.Chown(memory, 0, 0) },
		"a wider mode":  func(memory string) error { return os.Chmod(memory, 0o711) },
		"a link instead": func(memory string) error {
			return errors.Join(os.Rename(memory, memory+"d"), os.Symlink(memory+"d", memory))
		},
	}
	for name, change := range spoil {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			h := layOutHost(t, "")
			must(t, os.Link(probePath, h.path(firecrackerProbe)))
			h.memory = newMemory(t)
			must(t, change(h.memory))
			output, err := runLauncher(h.arguments()...)
			if err == nil || !strings.Contains(output, "--memory-dir is of no use") {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
}

func TestMemoryOnADiskStopsTheLauncher(t *testing.T) {
	h := layOutHost(t, "")
	must(t, os.Link(probePath, h.path(firecrackerProbe)))
	h.memory = h.path("state/machines")
	output, err := runLauncher(h.arguments()...)
	if err == nil || !strings.Contains(output, "must be on a tmpfs") {
		t.Errorf("%v: %s", err, output)
	}
}

package cgroup

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"omnirun/launcher/internal/spec"
)

const machine spec.Machine = "m-0123456789abcdefghij"

var limits = spec.Limits{MemoryMib: 256, CPUPercent: 150, Pids: 20, FileBytes: 1 << 30}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// layout makes files the way the kernel shows them: they exist before they are written.
func layout(t *testing.T, directory string, files map[string]string) {
	t.Helper()
	must(t, os.MkdirAll(directory, 0o755))
	for name, content := range files {
		must(t, os.WriteFile(filepath.Join(directory, name), []byte(content), 0o644))
	}
}

func wantFile(t *testing.T, directory, name, want string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(directory, name))
	must(t, err)
	if string(content) != want {
		t.Errorf("%s holds %q, want %q", name, content, want)
	}
}

func TestVersionTwoHandsItsControllersDownAndTakesTheLimits(t *testing.T) {
	base := t.TempDir()
	instance := filepath.Join(base, "omnirun", "test")
	group := filepath.Join(instance, string(machine))
	layout(t, base, map[string]string{"cgroup.controllers": "cpuset cpu io memory pids\n", "cgroup.subtree_control": ""})
	layout(t, filepath.Dir(instance), map[string]string{"cgroup.subtree_control": ""})
	layout(t, instance, map[string]string{"cgroup.subtree_control": ""})
	layout(t, group, map[string]string{"cpu.max": "", "memory.max": "", "memory.swap.max": "", "memory.oom.group": "", "pids.max": "",
		"io.max": "", "cgroup.procs": "", "memory.events": "low 0\noom 3\noom_kill 2\n"})

	host, err := unifiedHost(base, "test")
	must(t, err)
	if host.Version != 2 || !slices.Equal(host.Controllers, []string{"cpu", "memory", "pids", "io"}) {
		t.Fatalf("got %+v", host)
	}
	host.disk = "8:16"
	for _, directory := range []string{base, filepath.Dir(instance), instance} {
		wantFile(t, directory, "cgroup.subtree_control", "+cpu +memory +pids +io")
	}
	created, err := host.Create(machine, limits)
	must(t, err)
	must(t, created.Add(4711))
	wantFile(t, group, "cpu.max", "150000 100000")
	wantFile(t, group, "memory.max", "268435456")
	wantFile(t, group, "memory.swap.max", "0")
	wantFile(t, group, "pids.max", "20")
	wantFile(t, group, "io.max", "8:16 rbps=536870912 wbps=536870912 riops=20000 wiops=20000")
	wantFile(t, group, "cgroup.procs", "4711")
	if kills, err := created.OutOfMemoryKills(); err != nil || kills != 2 {
		t.Errorf("%d kills, %v", kills, err)
	}
}

func TestVersionTwoWithoutAllControllersIsNotUsed(t *testing.T) {
	base := t.TempDir()
	layout(t, base, map[string]string{"cgroup.controllers": "cpu pids\n"})
	if host, err := unifiedHost(base, "test"); err != nil || host != nil {
		t.Fatalf("got %+v, %v", host, err)
	}
}

func TestAPartitionIsLimitedAsItsDisk(t *testing.T) {
	disk := t.TempDir()
	layout(t, disk, map[string]string{"dev": "8:16\n"})
	layout(t, filepath.Join(disk, "sdb1"), map[string]string{"dev": "8:17\n", "partition": "1\n"})
	for path, want := range map[string]string{disk: "8:16", filepath.Join(disk, "sdb1"): "8:16", filepath.Join(disk, "missing"): ""} {
		if numbers, err := wholeDisk(path); err != nil || numbers != want {
			t.Errorf("%s: %q, %v", path, numbers, err)
		}
	}
}

func TestWithoutADiskTheControllerIsNotUsed(t *testing.T) {
	host := &Host{Version: 2, Controllers: []string{"cpu", "io"}}
	must(t, host.LimitDisk("/proc"))
	if !slices.Equal(host.Controllers, []string{"cpu"}) {
		t.Errorf("got %v", host.Controllers)
	}
}

func TestTheMountsOfBothVersionsAreFound(t *testing.T) {
	found := parseMounts([]byte(strings.Join([]string{
		"30 23 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:5 - cgroup cgroup rw,cpu,cpuacct",
		"31 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
		"32 23 0:28 / /sys/fs/cgroup/unified rw shared:6 master:1 - cgroup2 cgroup2 rw,nsdelegate",
		"33 23 0:29 / /proc rw - proc proc rw",
		"34 23 0:30 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio",
		"35 23 0:31 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices",
		"garbage",
	}, "\n")))
	if found.unified != "/sys/fs/cgroup/unified" || found.legacy["cpu"] != "/sys/fs/cgroup/cpu,cpuacct" ||
		found.legacy["memory"] != "/sys/fs/cgroup/memory" || found.legacy["blkio"] != "/sys/fs/cgroup/blkio" || len(found.legacy) != 3 {
		t.Fatalf("got %+v", found)
	}
	if own := parseOwnGroup([]byte("4:memory:/x\n0::/system.slice/omnirun.service\n")); own != "/system.slice/omnirun.service" {
		t.Fatalf("own group %q", own)
	}
}

func TestWithoutAnyControllerAMachineStillHasAGroupInName(t *testing.T) {
	host, err := legacyHost(nil, "test")
	must(t, err)
	group, err := host.Create(machine, limits)
	must(t, err)
	must(t, group.Add(os.Getpid()))
	if has, err := group.Has(os.Getpid()); err != nil || !has {
		t.Fatalf("%v, %v", has, err)
	}
	must(t, group.Remove())
}

// realHost discovers the host's own control groups under an instance that only this test uses.
func realHost(t *testing.T) *Host {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	host, err := Discover("cgrouptest")
	must(t, err)
	if host.Version == 0 {
		t.Skip("this host has no controllers")
	}
	t.Cleanup(func() { must(t, host.RemoveInstance()) })
	return host
}

func TestAForgottenGroupIsFoundEmptiedAndRemoved(t *testing.T) {
	host := realHost(t)
	group, err := host.Create(machine, limits)
	must(t, err)
	t.Cleanup(func() { must(t, group.Remove()) })
	sleeper := exec.Command("sleep", "1000")
	must(t, sleeper.Start())
	must(t, group.Add(sleeper.Process.Pid))
	if has, err := group.Has(sleeper.Process.Pid); err != nil || !has {
		t.Fatalf("the process is not in its group: %v", err)
	}
	names, err := host.Machines()
	must(t, err)
	if !slices.Equal(names, []spec.Machine{machine}) {
		t.Fatalf("found %v", names)
	}
	must(t, group.KillAll())
	if err := sleeper.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the process ended with %v", err)
	}
	must(t, group.Remove())
	must(t, group.Remove())
}

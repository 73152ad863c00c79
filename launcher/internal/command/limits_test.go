package command

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// requireController skips a test of a limit that this host cannot set. Some controllers have another name on version 1.
func (c *client) requireController(names ...string) {
	c.t.Helper()
	var info struct {
		Cgroup struct {
			Controllers []string `json:"controllers"`
		} `json:"cgroup"`
	}
	c.call("host.info", fields{}, &info)
	if !slices.ContainsFunc(names, func(name string) bool { return slices.Contains(info.Cgroup.Controllers, name) }) {
		c.t.Skipf("this host has no %s controller", names[0])
	}
}

func TestAVMMThatExceedsItsMemoryIsKilledAndTheServerLearnsWhy(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.requireController("memory")
	c.call("events.subscribe", fields{}, nil)
	machine, _ := h.clone(c, fields{"memoryMib": 200})
	h.tell(machine, order{Do: "take memory", Number: 400})
	if end := c.event(); end.Machine != machine || !end.OOMKilled || end.Signal != int(syscall.SIGKILL) || !end.StatusKnown {
		t.Fatalf("got %+v", end)
	}
}

func TestAVMMWithinItsMemoryLives(t *testing.T) {
	h := newHost(t)
	machine, _ := h.clone(h.connect(), fields{"memoryMib": 400})
	if result := ask[string](h, machine, order{Do: "take memory", Number: 100}); result != "took it" {
		t.Fatal(result)
	}
}

func TestAVMMGetsNoMoreThreadsThanItMayHave(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.call("events.subscribe", fields{}, nil)
	machine, _ := h.clone(c, fields{"pids": 40})
	h.tell(machine, order{Do: "make threads", Number: 60})
	if end := c.event(); end.Machine != machine || end.OOMKilled {
		t.Fatalf("got %+v", end)
	}
	log, err := os.ReadFile(h.machinePath(machine, "vmm.log"))
	must(t, err)
	// What Go's runtime says of EAGAIN, without and with the C library.
	if !strings.Contains(string(log), "errno=11") && !strings.Contains(string(log), "pthread_create failed") {
		t.Fatalf("it ended with %s", log)
	}
}

func TestAVMMWithinItsThreadsLives(t *testing.T) {
	h := newHost(t)
	machine, _ := h.clone(h.connect(), fields{"pids": 100})
	if result := ask[string](h, machine, order{Do: "make threads", Number: 60}); result != "made them all" {
		t.Fatal(result)
	}
}

func TestAVMMThatExceedsItsProcessorTimeIsThrottled(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.requireController("cpu")
	machine, _ := h.clone(c, fields{"cpuPercent": 20})
	if result := ask[string](h, machine, order{Do: "use the processor", Number: 300}); result != "used it" {
		t.Fatal(result)
	}
	if h.throttled(machine) == 0 {
		t.Fatal("it was never throttled")
	}
}

// throttled reads how often a machine's group had to wait for its next period.
func (h *host) throttled(machine string) int {
	h.t.Helper()
	for _, directory := range h.groupDirectories(machine) {
		content, err := os.ReadFile(filepath.Join(directory, "cpu.stat"))
		if err != nil {
			continue // the directory of another controller
		}
		for line := range bytes.Lines(content) {
			if count, found := strings.CutPrefix(string(line), "nr_throttled "); found {
				number, err := strconv.Atoi(strings.TrimSpace(count))
				must(h.t, err)
				return number
			}
		}
	}
	h.t.Fatal("no group counts throttling")
	return 0
}

func TestAVMMsUseOfTheDiskHasALimit(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.requireController("io", "blkio")
	machine, _ := h.clone(c, nil)
	if limits := h.diskLimits(machine); !strings.Contains(limits, "536870912") {
		t.Errorf("no group has a limit: %q", limits)
	}
}

func TestAFirecrackersUseOfTheDiskHasTheLimitsOfQEMUs(t *testing.T) {
	h := newFirecrackerHost(t)
	c := h.connect()
	c.requireController("io", "blkio")
	qemu, _ := h.clone(c, nil)
	firecracker, _ := h.startFirecracker(c, fields{"golden": goldenName})
	if got, want := h.diskLimits(firecracker), h.diskLimits(qemu); got != want || !strings.Contains(got, "536870912") {
		t.Errorf("it has %q, and QEMU %q", got, want)
	}
}

// diskLimits is what a machine's groups say of its use of the disk, each way.
func (h *host) diskLimits(machine string) string {
	h.t.Helper()
	var limits strings.Builder
	for _, directory := range h.groupDirectories(machine) {
		for _, name := range []string{
			"io.max", "blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device",
			"blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device",
		} {
			if content, err := os.ReadFile(filepath.Join(directory, name)); err == nil {
				fmt.Fprintf(&limits, "%s %s", name, content)
			}
		}
	}
	return limits.String()
}

package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// requireController skips a test of a limit that this host cannot set.
func (c *client) requireController(name string) {
	c.t.Helper()
	var info struct {
		Cgroup struct {
			Controllers []string `json:"controllers"`
		} `json:"cgroup"`
	}
	c.call("host.info", fields{}, &info)
	for _, controller := range info.Cgroup.Controllers {
		if controller == name {
			return
		}
	}
	c.t.Skipf("this host has no %s controller", name)
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

func TestAVMMThatExceedsItsProcessesGetsEAGAIN(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.requireController("pids")
	machine, _ := h.clone(c, fields{"pids": 40})
	if result := ask[string](h, machine, order{Do: "make processes", Number: 60}); result != syscall.EAGAIN.Error() {
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

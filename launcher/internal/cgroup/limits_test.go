package cgroup

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"omnirun/launcher/internal/spec"
)

// expectedVersion names the version that a host must have, so that a test of one cannot pass on the other.
const expectedVersion = "OMNIRUN_CGROUP_VERSION"

const mebibyte = 1 << 20

// deeds are what this binary does as the process in a group, once it is told to.
var deeds = map[string]func(){
	"take memory": func() {
		for taken := range 128 {
			page := make([]byte, mebibyte)
			for i := 0; i < len(page); i += os.Getpagesize() {
				page[i] = byte(taken)
			}
			kept = append(kept, page)
		}
	},
	"make processes": func() {
		for range 30 {
			if err := exec.Command("sleep", "1000").Start(); err != nil {
				fmt.Println(err)
				return
			}
		}
	},
	"use the processor": func() {
		for begun := time.Now(); time.Since(begun) < time.Second; {
			continue
		}
	},
}

// kept is what nobody collects.
var kept [][]byte

func TestMain(m *testing.M) {
	if deed, found := deeds[os.Getenv("DEED")]; found {
		if _, err := io.ReadFull(os.Stdin, make([]byte, 1)); err == nil {
			deed()
		}
		fmt.Println("done")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// inGroup has this binary do something in a group of its own, and returns what it printed and how it ended.
func inGroup(t *testing.T, limits spec.Limits, deed string) (*Group, string, error) {
	t.Helper()
	host := realHost(t)
	group, err := host.Create(machine, limits)
	must(t, err)
	t.Cleanup(func() {
		must(t, group.KillAll())
		must(t, group.Remove())
	})
	child := exec.Command("/proc/self/exe")
	child.Env = append(os.Environ(), "DEED="+deed)
	var output bytes.Buffer
	child.Stdout, child.Stderr = &output, &output
	begin, err := child.StdinPipe()
	must(t, err)
	must(t, child.Start())
	must(t, group.Add(child.Process.Pid))
	_, err = begin.Write([]byte{1})
	must(t, err)
	err = child.Wait()
	return group, output.String(), err
}

func TestTheHostHasTheVersionThatWasExpected(t *testing.T) {
	wanted := os.Getenv(expectedVersion)
	if wanted == "" {
		t.Skip(expectedVersion + " names none")
	}
	if host := realHost(t); strconv.Itoa(host.Version) != wanted || len(host.Controllers) < len(controllers) {
		t.Errorf("it has %+v", host)
	}
}

func TestAProcessThatTakesMoreMemoryThanItsGroupHasIsKilledAndCounted(t *testing.T) {
	group, output, err := inGroup(t, spec.Limits{MemoryMib: 64, CPUPercent: 100, Pids: 50}, "take memory")
	if err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("it ended with %v, %q", err, output)
	}
	if kills, err := group.OutOfMemoryKills(); err != nil || kills == 0 {
		t.Errorf("%d kills are counted, %v", kills, err)
	}
}

func TestAGroupGetsNoMoreProcessesThanItMayHave(t *testing.T) {
	_, output, err := inGroup(t, spec.Limits{MemoryMib: 128, CPUPercent: 100, Pids: 20}, "make processes")
	// What Go says of EAGAIN, of a process and of a thread of its own.
	if !strings.Contains(output, "resource temporarily unavailable") && !strings.Contains(output, "errno=11") {
		t.Errorf("it ended with %v, %q", err, output)
	}
}

func TestAGroupThatUsesMoreOfTheProcessorThanItMayIsThrottled(t *testing.T) {
	group, output, err := inGroup(t, spec.Limits{MemoryMib: 128, CPUPercent: 20, Pids: 50}, "use the processor")
	must(t, err)
	content, err := os.ReadFile(filepath.Join(group.directory("cpu"), "cpu.stat"))
	must(t, err)
	if strings.Contains(string(content), "nr_throttled 0\n") || !strings.Contains(string(content), "nr_throttled ") {
		t.Errorf("it ended with %q, and its group counts %s", output, content)
	}
}

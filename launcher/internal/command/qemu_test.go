package command

import (
	"encoding/json"
	"net"
	"os"
	"strings"
	"testing"

	"omnirun/launcher/internal/wire"
)

const realQEMU = "/usr/bin/qemu-system-x86_64"

// newRealHost makes a host whose VMM is QEMU. Its golden snapshot is none, which QEMU finds out only when it loads the state.
func newRealHost(t testing.TB) *host {
	t.Helper()
	if _, err := os.Stat(realQEMU); err != nil {
		t.Skip("QEMU is not installed")
	}
	return newHostWith(t, realQEMU)
}

// greeting waits for the first line of a machine's QMP.
func (h *host) greeting(machine string) map[string]any {
	h.t.Helper()
	var document map[string]any
	must(h.t, json.NewDecoder(dial(h.t, h.machinePath(machine, "qmp.sock"))).Decode(&document))
	return document
}

func TestQEMUComesUpInItsJailAndAwaitsAState(t *testing.T) {
	h := newRealHost(t)
	c := h.connect()
	c.call("events.subscribe", fields{}, nil)
	machine, begun := h.clone(c, nil)
	if _, greets := h.greeting(machine)["QMP"]; !greets {
		t.Fatal("no greeting")
	}
	if begun.StateFD != 10 {
		t.Errorf("the state is descriptor %d", begun.StateFD)
	}
	log, err := os.ReadFile(h.machinePath(machine, "vmm.log"))
	must(t, err)
	if len(log) != 0 {
		t.Errorf("QEMU complains: %s", log)
	}
}

func TestAResumedMachineComesUpInItsJailAndAwaitsWhatTheServerSends(t *testing.T) {
	h := newRealHost(t)
	c := h.connect()
	machine := h.newMachine()
	must(t, asServer(t, func() error {
		listener, err := net.Listen("unix", h.machinePath(machine, "state.sock"))
		if err == nil {
			t.Cleanup(func() { listener.Close() })
		}
		return err
	}))
	h.giveToServer("state/machines/" + machine)
	var begun started
	c.call("machine.resume", resumeSpec(machine), &begun)
	if _, greets := h.greeting(machine)["QMP"]; !greets || begun.StateFD != 10 {
		t.Fatalf("no greeting, or %+v", begun)
	}
	c.call("machine.kill", fields{"machine": machine}, nil)
	h.wantNothingLeftOf(machine)
}

func resumeSpec(machine string) fields {
	spec := cloneSpec(machine, nil)
	delete(spec, "golden")
	return spec
}

func TestAMachineIsNotResumedWithoutAServerThatSends(t *testing.T) {
	h := newHost(t)
	machine := h.newMachine()
	h.connect().refused(wire.NotFound, "machine.resume", resumeSpec(machine))
	h.wantNothingLeftOf(machine)
}

func TestWhatQEMUComplainsAboutIsInItsLogAndItsExitIsReported(t *testing.T) {
	h := newRealHost(t)
	c := h.connect()
	c.call("events.subscribe", fields{}, nil)
	machine := h.newMachine()
	c.call("machine.boot", bootSpec(machine), nil) // its kernel is 5,000 bytes of nothing
	if end := c.event(); end.Machine != machine || end.ExitCode != 1 {
		t.Fatalf("got %+v", end)
	}
	log, err := os.ReadFile(h.machinePath(machine, "vmm.log"))
	must(t, err)
	if !strings.Contains(string(log), "kernel") {
		t.Fatalf("the log is %q", log)
	}
}

// BenchmarkCloneToJail ends when the launcher has answered: the jail stands, and the VMM's program has begun.
func BenchmarkCloneToJail(b *testing.B) {
	benchmarkClones(b, func(*host, string) {})
}

// BenchmarkCloneToGreeting ends when QEMU's control socket has greeted: QEMU has made its devices and awaits a state.
func BenchmarkCloneToGreeting(b *testing.B) {
	benchmarkClones(b, func(h *host, machine string) { h.greeting(machine) })
}

func benchmarkClones(b *testing.B, finish func(*host, string)) {
	h := newRealHost(b)
	c := h.connect()
	c.call("golden.hold", fields{"golden": goldenName}, nil)
	for b.Loop() {
		b.StopTimer()
		machine := h.newMachine()
		b.StartTimer()
		c.call("machine.clone", cloneSpec(machine, nil), nil)
		finish(h, machine)
		b.StopTimer()
		c.call("machine.kill", fields{"machine": machine}, nil)
		b.StartTimer()
	}
}

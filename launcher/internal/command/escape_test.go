package command

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// leastProved is how many attempts must have worked outside. The others need what some kernels do not have.
const leastProved = 40

// TestNothingThatATakenOverVMMTriesGetsItOutOfItsJail makes each attempt twice: as root outside, where it works, and in a VMM's place.
func TestNothingThatATakenOverVMMTriesGetsItOutOfItsJail(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	neighbour, _ := h.clone(c, nil)
	machine, _ := h.clone(c, nil)
	aim := h.aim(neighbour)
	siege{h.machinePath(machine, "qmp.sock"), aim, aim, nil}.lay(t, h)
}

// TestNothingThatATakenOverFirecrackerTriesGetsItOutOfItsJail leaves out the two devices that it has.
func TestNothingThatATakenOverFirecrackerTriesGetsItOutOfItsJail(t *testing.T) {
	h := newFirecrackerHost(t)
	c := h.connect()
	neighbour, _ := h.clone(c, nil)
	machine, _ := h.startFirecracker(c, fields{"golden": goldenName})
	aim := h.aim(neighbour)
	siege{h.machinePath(machine, apiSocket), aim, aim, []string{"open the tap device", "open KVM"}}.lay(t, h)
}

// siege is one row of attempts.
type siege struct {
	socket          string   // the probe's in the jail
	outside, inside target   // what each side aims at
	permitted       []string // those that are no attempt there
}

// lay makes the attempts outside of the jail and in it.
func (s siege) lay(t *testing.T, h *host) {
	proved := 0
	for _, each := range attempts {
		if slices.Contains(s.permitted, each.name) {
			continue
		}
		t.Run(strings.ReplaceAll(each.name, " ", "-"), func(t *testing.T) {
			if outside := tryOutside(t, each.name, s.outside); outside != "" {
				t.Skipf("this host cannot show it: outside of the jail %s", outside)
			}
			proved++
			inside := askAt[string](h, s.socket, order{Do: "attempt", Attempt: each.name, Target: s.inside})
			if inside == "" {
				t.Error("it works in the jail")
			}
			t.Logf("outside: works; in the jail: %s", inside)
		})
	}
	if proved < leastProved {
		t.Errorf("only %d attempts were proved", proved)
	}
}

// prey is read by attempts to read the memory of this process.
var prey byte

func (h *host) aim(neighbour string) target {
	h.t.Helper()
	api, err := net.Listen("tcp", "127.0.0.1:0")
	must(h.t, err)
	h.t.Cleanup(func() { api.Close() })
	abstract := "@omnirun-" + h.instance
	unnamed, err := net.Listen("unix", abstract)
	must(h.t, err)
	h.t.Cleanup(func() { unnamed.Close() })
	return target{
		PID: os.Getpid(), Address: uintptr(unsafe.Pointer(&prey)), State: h.path("state"), Launcher: h.path("l.sock"),
		Monitor: h.machinePath(neighbour, "qmp.sock"), Disk: h.machinePath(neighbour, "disk.img"), API: api.Addr().String(),
		Abstract: abstract, Scratch: h.directory, // the probe is there, so that the jail has it, too
	}
}

// tryOutside makes an attempt as root on the host, in a process of its own: in namespaces for mounts and names that go with it, so that it
// leaves nothing behind.
func tryOutside(t *testing.T, name string, aim target) string {
	t.Helper()
	encoded, err := json.Marshal(aim)
	must(t, err)
	deadline, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(deadline, "/proc/self/exe", "attempt", name, string(encoded))
	command.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	command.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS}
	output, err := command.CombinedOutput()
	must(t, err)
	return string(output)
}

// runAttempt is the main function of that process.
func runAttempt(name, encoded string) int {
	var aim target
	if err := json.Unmarshal([]byte(encoded), &aim); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Print(try(name, aim))
	return 0
}

package jail

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAJailerIsKnownByItsMachine(t *testing.T) {
	jailer := Jailer{Program: "/usr/bin/jailer", Entry: "/usr/lib/omnirun-firecracker", Machine: "m-one"}
	line := append([]string{jailer.Program}, jailer.arguments(Plan{Jailer: jailer})...)
	for machine, want := range map[string]bool{"m-one": true, "m-other": false} {
		if IsJailerOf(machine, line) != want {
			t.Errorf("of %s: %t", machine, !want)
		}
	}
	for _, other := range [][]string{nil, Arguments(), {jailer.Program, "--version"}, {"firecracker", "--id", "m-one", "--level", "Off"}} {
		if IsJailerOf("m-one", other) {
			t.Errorf("%q is taken for one", other)
		}
	}
}

func TestWhatAJailerMayTheVMMMayNot(t *testing.T) {
	ofVMMs, ofJailers := vmmFilter(program), jailerFilter()
	for _, call := range jailerCalls {
		if got := judge(t, ofJailers, unix.AUDIT_ARCH_X86_64, call); got != unix.SECCOMP_RET_ALLOW {
			t.Errorf("the jailer's call %d is answered with %#x", call, got)
		}
		if got := judge(t, ofVMMs, unix.AUDIT_ARCH_X86_64, call); got != refused {
			t.Errorf("the VMM's call %d is answered with %#x", call, got)
		}
	}
}

func TestTheEntryBeginsNothingWithRightsThatAJailerHasLeft(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("who runs this has no rights")
	}
	if err := requireNoRights(); err == nil {
		t.Error("root is taken for a machine's user")
	}
}

package jail

import "testing"

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

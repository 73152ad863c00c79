package firecracker

import (
	"strings"
	"testing"
)

func TestWhatAJailerDoesNotStartIsRefusedBeforeAMachineIs(t *testing.T) {
	const withLibraries, missing = "/bin/true", "/missing"
	for _, program := range []string{withLibraries, missing} {
		if _, err := JailerFiles(withLibraries, program, program, 0, 0); err == nil || !strings.Contains(err.Error(), program) {
			t.Errorf("%s: %v", program, err)
		}
	}
}

package firecracker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file of the host's that is no script and has libraries.
const dynamic = "/bin/true"

func TestWhatNoJailerStartsIsRefusedBeforeAMachineIs(t *testing.T) {
	link := filepath.Join(t.TempDir(), "firecracker")
	if err := os.Symlink(dynamic, link); err != nil {
		t.Fatal(err)
	}
	for binary, says := range map[string]string{dynamic: "with firecracker in their names", link: "only static programs"} {
		if _, err := JailerFiles(dynamic, binary, 700_000, 700_000); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", binary, err)
		}
	}
}

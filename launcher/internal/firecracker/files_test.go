package firecracker

import (
	"strings"
	"testing"
)

func TestWhatAJailerDoesNotStartIsRefusedBeforeAMachineIs(t *testing.T) {
	// A loader needs no loader.
	const withLibraries, alone, missing = "/bin/true", "/lib64/ld-linux-x86-64.so.2", "/missing"
	for _, each := range []struct{ entry, binary, refused string }{
		{withLibraries, alone, withLibraries}, {alone, withLibraries, withLibraries}, {missing, alone, missing}, {alone, missing, missing},
	} {
		_, err := JailerFiles(Jailer{Binary: withLibraries, Entry: each.entry}, each.binary, 0, 0)
		if err == nil || !strings.Contains(err.Error(), each.refused) {
			t.Errorf("%+v: %v", each, err)
		}
	}
	if _, err := JailerFiles(Jailer{Binary: alone, Entry: alone}, alone, 0, 0); err != nil {
		t.Error(err)
	}
}

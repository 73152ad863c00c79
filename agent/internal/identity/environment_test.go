package identity

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheEnvironmentIsWrittenWithTheCredentialsLast(t *testing.T) {
	wanted := valid()
	wanted.Environment = map[string]string{"B": "two words", "A": "b=c"}
	wanted.Credentials = credentials(t, map[string]string{"A": "s3cret"})
	system := &recorded{}
	check(t, NewApplier(system, NewStore()).Apply(wanted))
	if system.environment != "A=b=c\x00B=two words\x00A=s3cret\x00" {
		t.Errorf("%q", system.environment)
	}
}

func TestOnlyRootReadsTheEnvironmentAndAClaimReplacesItWhole(t *testing.T) {
	linux := &Linux{root: t.TempDir()}
	path := filepath.Join(linux.root, environmentFile)
	check(t, os.MkdirAll(filepath.Dir(path), 0o755))
	check(t, linux.WriteEnvironment([]byte("A=a longer one\x00")))
	held, err := os.Open(path)
	check(t, err)
	defer held.Close()
	check(t, linux.WriteEnvironment([]byte("A=b\x00")))
	content, err := os.ReadFile(path)
	check(t, err)
	if string(content) != "A=b\x00" {
		t.Errorf("%q", content)
	}
	before, err := os.Stat(path)
	check(t, err)
	if before.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", before.Mode())
	}
	old := make([]byte, 64)
	if count, err := held.Read(old); err != nil || string(old[:count]) != "A=a longer one\x00" {
		t.Errorf("who reads the old one meanwhile sees %q, %v", old[:count], err)
	}
	check(t, linux.WriteEnvironment([]byte("A=b\x00")))
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the same content was written again: %v", err)
	}
}

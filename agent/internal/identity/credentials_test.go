package identity

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// credentials are these, by way of the form in which they come.
func credentials(t *testing.T, values map[string]string) *Credentials {
	t.Helper()
	var block strings.Builder
	for name, value := range values {
		block.WriteString(name + "=" + value + "\x00")
	}
	parsed, err := ParseCredentials(block.String())
	check(t, err)
	return parsed
}

func TestShellsReadTheValuesAsTheyAre(t *testing.T) {
	values := map[string]string{
		"PLAIN": "value", "EMPTY": "", "QUOTES": `'it''s' "quoted" \`, "LINES": "one\ntwo\r\n\n", "EXPANSION": "$HOME `id` $(id) !!",
		"UNICODE": "Grüße 🚀 日本", "LONG": strings.Repeat("x'", 32<<10), "BYTES": "\x01\x7f\xff",
	}
	for _, shell := range []string{"sh", "bash"} {
		script := filepath.Join(t.TempDir(), "env")
		check(t, os.WriteFile(script, credentials(t, values).shellScript(), 0o600))
		command := exec.Command(shell, "-c", ". "+script+"; exec env -0")
		command.Env = []string{"PATH=" + os.Getenv("PATH")}
		output, err := command.Output()
		check(t, err)
		entries := strings.Split(string(output), "\x00")
		for name, value := range values {
			if !slices.Contains(entries, name+"="+value) {
				t.Errorf("%s does not read %s as it is", shell, name)
			}
		}
	}
}

func TestCredentialsAreForRootAloneAndReplaceWhatStandsThere(t *testing.T) {
	system := newRoot(t)
	check(t, os.Mkdir(filepath.Join(system.root, "tmp"), 0o777))
	victim := filepath.Join(system.root, "etc/victim")
	check(t, os.WriteFile(victim, nil, 0o644))
	path := filepath.Join(system.root, credentialsFile)
	check(t, os.Symlink(victim, path))
	check(t, system.WriteCredentials([]byte("export A='b'\n")))
	information, err := os.Lstat(path)
	check(t, err)
	if information.Mode() != 0o600 || system.content(t, credentialsFile) != "export A='b'\n" || system.content(t, "etc/victim") != "" {
		t.Errorf("%v %q", information.Mode(), system.content(t, credentialsFile))
	}
}

func TestCredentialsWinOverTheEnvironmentAndAreWritten(t *testing.T) {
	system, store := &recorded{}, NewStore()
	wanted := valid()
	wanted.Credentials = credentials(t, map[string]string{"A": "secret=", "C": ""})
	check(t, NewApplier(system, store).Apply(wanted))
	if script := system.steps[len(system.steps)-2]; !strings.Contains(script, "export A='secret='\n") || !strings.Contains(script, "export C=''\n") {
		t.Errorf("%q", system.steps)
	}
	if seen := store.Load().Variables(); !maps.Equal(seen, map[string]string{"A": "secret=", "C": ""}) {
		t.Errorf("%v", seen)
	}
}

func TestNothingThatIsPrintedOfCredentialsHoldsAValue(t *testing.T) {
	wanted := valid()
	wanted.Credentials = credentials(t, map[string]string{"A": "s3cret"})
	for _, printed := range []string{fmt.Sprint(wanted.Credentials), fmt.Sprintf("%v", wanted.Credentials), fmt.Sprintf("%+v", wanted)} {
		if strings.Contains(printed, "s3cret") {
			t.Errorf("printed %q", printed)
		}
	}
}

func TestAnEmptyVaultIsWrittenAndNoneIsNot(t *testing.T) {
	system := &recorded{}
	wanted := valid()
	wanted.Credentials = credentials(t, nil)
	check(t, NewApplier(system, NewStore()).Apply(wanted))
	check(t, NewApplier(system, NewStore()).Apply(valid()))
	written := slices.DeleteFunc(system.steps, func(step string) bool { return !strings.HasPrefix(step, "credentials") })
	if len(written) != 1 {
		t.Errorf("%q", written)
	}
}

func TestACredentialThatNoShellCanNameIsRefusedWithoutItsValue(t *testing.T) {
	for _, block := range []string{
		"=s3cret\x00", "A B=s3cret\x00", "1A=s3cret\x00", "A;id=s3cret\x00", "A\n=s3cret\x00", "A=s3cret", "A\x00", "\x00", "A=s3cret\x00\x00",
		"A=s3cret\x00s3cret\x00",
	} {
		if parsed, err := ParseCredentials(block); err == nil || !errors.As(err, new(InvalidError)) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v, %v", block, parsed, err)
		}
	}
}

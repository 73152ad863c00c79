package identity

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestShellsReadTheValuesAsTheyAre(t *testing.T) {
	values := map[string]string{
		"PLAIN": "value", "EMPTY": "", "QUOTES": `'it''s' "quoted" \`, "LINES": "one\ntwo\r\n\n", "EXPANSION": "$HOME `id` $(id) !!",
		"UNICODE": "Grüße 🚀 日本", "LONG": strings.Repeat("x'", 32<<10), "BYTES": "\x01\x7f\xff",
	}
	for _, shell := range []string{"sh", "bash"} {
		script := filepath.Join(t.TempDir(), "env")
		check(t, os.WriteFile(script, shellScript(values), 0o600))
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
	wanted.Credentials = map[string]string{"A": "secret"}
	check(t, NewApplier(system, store).Apply(wanted))
	if !slices.Contains(system.steps, "credentials export A='secret'\n") || store.Load().Environment["A"] != "secret" {
		t.Errorf("%q %v", system.steps, maps.Collect(maps.All(store.Load().Environment)))
	}
}

func TestAnEmptyVaultIsWrittenAndNoneIsNot(t *testing.T) {
	system := &recorded{}
	wanted := valid()
	wanted.Credentials = map[string]string{}
	check(t, NewApplier(system, NewStore()).Apply(wanted))
	check(t, NewApplier(system, NewStore()).Apply(valid()))
	written := slices.DeleteFunc(system.steps, func(step string) bool { return !strings.HasPrefix(step, "credentials") })
	if len(written) != 1 {
		t.Errorf("%q", written)
	}
}

func TestACredentialThatNoShellCanNameIsRefusedWithoutItsValue(t *testing.T) {
	for name, value := range map[string]string{"": "s3cret", "A B": "s3cret", "1A": "s3cret", "A;id": "s3cret", "A\n": "s3cret", "NUL": "s3cret\x00"} {
		system := &recorded{}
		wanted := valid()
		wanted.Credentials = map[string]string{name: value}
		err := NewApplier(system, NewStore()).Apply(wanted)
		if err == nil || strings.Contains(err.Error(), "s3cret") || len(system.steps) != 0 {
			t.Errorf("%q: %v, %q", name, err, system.steps)
		}
	}
}

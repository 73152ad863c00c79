package tree

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// points are a directory of each kind.
var points = MountPoints{Directories: []string{"dev", "proc"}, Files: []string{"base/base.img"}}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	read, err := os.ReadFile(path)
	must(t, err)
	return string(read)
}

func TestATreeHasTheFilesAndMountPointsAndNothingElse(t *testing.T) {
	source, parent := t.TempDir(), t.TempDir()
	file := filepath.Join(source, "deep", "program")
	must(t, os.MkdirAll(filepath.Dir(file), 0o700))
	must(t, os.WriteFile(file, []byte("one"), 0o700))

	made, err := Make(parent, []string{file, file}, points)
	must(t, err)
	if content(t, filepath.Join(made, file)) != "one" {
		t.Error("the copy differs")
	}
	entries, err := os.ReadDir(made)
	must(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if top := strings.Split(source, "/")[1]; !slices.Equal(names, slices.Sorted(slices.Values([]string{"base", "dev", "proc", top}))) {
		t.Errorf("the tree has %v", names)
	}
	status, err := os.Stat(filepath.Dir(filepath.Join(made, file)))
	must(t, err)
	if status.Mode().Perm() != 0o755 {
		t.Errorf("a directory has the mode %v", status.Mode())
	}
}

func TestATreeIsMadeAgainOnlyWhenAFileHasChangedAndTheFormerOneStays(t *testing.T) {
	parent := t.TempDir()
	file := filepath.Join(t.TempDir(), "program")
	must(t, os.WriteFile(file, []byte("one"), 0o600))
	first, err := Make(parent, []string{file}, points)
	must(t, err)
	must(t, os.MkdirAll(filepath.Join(parent, prefix+"new", "half"), 0o700)) // what a launcher that was killed left
	again, err := Make(parent, []string{file}, points)
	must(t, err)
	must(t, os.WriteFile(file, []byte("another"), 0o600))
	second, err := Make(parent, []string{file}, points)
	must(t, err)
	if first != again || first == second {
		t.Errorf("the trees are %s, %s, %s", first, again, second)
	}
	if content(t, filepath.Join(first, file)) != "one" || content(t, filepath.Join(second, file)) != "another" {
		t.Error("the trees do not hold the file as it was")
	}
	must(t, RemoveAll(parent))
	if entries, err := os.ReadDir(parent); err != nil || len(entries) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

func TestTheLoaderListsWhatAProgramNeeds(t *testing.T) {
	const program = "/bin/sh"
	found, err := Libraries(program, nil, uint32(os.Getuid()), uint32(os.Getgid()))
	must(t, err)
	for _, path := range found {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	if !slices.ContainsFunc(found, func(path string) bool { return strings.Contains(path, "libc") }) {
		t.Errorf("no C library among %v", found)
	}
	if _, err := Libraries("/etc/passwd", nil, 0, 0); err == nil {
		t.Error("a text was taken for a program")
	}
}

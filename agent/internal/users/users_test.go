package users

import (
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	passwdTable = "root:x:0:0:root:/root:/bin/bash\nbroken line\ncoder:x:1000:1000::/home/coder:/bin/sh\ncoder:x:7:7::/x:/x\n"
	groupTable  = "root:x:0:\ncoder:x:1000:\nsudo:x:27:coder,other\nadm:x:4:coder\n"
)

func newRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, directory := range []string{"etc", "home", "usr/bin"} {
		if err := os.MkdirAll(filepath.Join(root, directory), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(root, "etc/passwd"), passwdTable)
	writeFile(t, filepath.Join(root, "etc/group"), groupTable)
	return root
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestAUserIsFoundWithItsGroupsAndTheFirstOfTwoLinesCounts(t *testing.T) {
	database := NewDatabase(filepath.Join(newRoot(t), "etc"))
	user, err := database.Lookup("coder")
	if err != nil || user.UID != 1000 || user.Home != "/home/coder" || !slices.Equal(user.Groups, []uint32{4, 27, 1000}) {
		t.Errorf("%+v (%v)", user, err)
	}
	if database.OwnerName(1000) != "coder" || database.GroupName(27) != "sudo" || database.OwnerName(4711) != "4711" {
		t.Error("names of numbers are wrong")
	}
}

func TestAnAccountAddedLaterIsKnownAtOnce(t *testing.T) {
	root := newRoot(t)
	database := NewDatabase(filepath.Join(root, "etc"))
	if _, err := database.Lookup("late"); err == nil || err.Error() != "invalid username: 'late'" {
		t.Fatalf("before: %v", err)
	}
	writeFile(t, filepath.Join(root, "etc/passwd"), passwdTable+"late:x:1001:1001::/home/late:/bin/sh\n")
	if _, err := database.Lookup("late"); err != nil {
		t.Errorf("after: %v", err)
	}
}

func TestTheExplicitNameWinsOverTheBasicUserWhichWinsOverTheDefault(t *testing.T) {
	root := newRoot(t)
	if err := EnsureAccounts(root); err != nil {
		t.Fatal(err)
	}
	database := NewDatabase(filepath.Join(root, "etc"))
	basic := http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("coder:"))}}
	broken := http.Header{"Authorization": {"Basic ###"}}
	for _, example := range []struct {
		explicit string
		header   http.Header
		wanted   string
	}{
		{"root", basic, "root"}, {"", basic, "coder"}, {"", http.Header{}, "user"}, {"root", broken, "root"},
		{"", http.Header{"Authorization": {"Bearer x"}}, "user"},
	} {
		if user, err := database.OfRequest(example.explicit, example.header); err != nil || user.Name != example.wanted {
			t.Errorf("%+v: %s (%v)", example, user.Name, err)
		}
	}
	if _, err := database.OfRequest("", broken); err == nil {
		t.Error("a broken header was accepted")
	}
}

func TestPathsBeginAtTheHome(t *testing.T) {
	user := User{Home: "/home/coder"}
	for path, wanted := range map[string]string{
		"": "/home/coder", "~": "/home/coder", "~/a": "/home/coder/a", "a/../b": "/home/coder/b", "/x//y/": "/x/y", "../../..": "/",
	} {
		if resolved, err := user.Resolve(path); err != nil || resolved != wanted {
			t.Errorf("%q: %q (%v)", path, resolved, err)
		}
	}
	for _, path := range []string{"a\x00b", strings.Repeat("x", 5000)} {
		if _, err := user.Resolve(path); err == nil {
			t.Errorf("%.10q was accepted", path)
		}
	}
}

func TestMissingAccountsAreMadeOnceAndTakeAFreeNumber(t *testing.T) {
	root := newRoot(t)
	writeFile(t, filepath.Join(root, "usr/bin/sudo"), "")
	for range 2 {
		if err := EnsureAccounts(root); err != nil {
			t.Fatal(err)
		}
	}
	passwd, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	if err != nil || !strings.HasSuffix(string(passwd), "user:x:1001:1001::/home/user:/bin/bash\n") || strings.Count(string(passwd), "\nuser:") != 1 {
		t.Errorf("passwd is %q (%v)", passwd, err)
	}
	rule, err := os.ReadFile(filepath.Join(root, "etc/sudoers.d/user"))
	if err != nil || !strings.Contains(string(rule), "NOPASSWD") {
		t.Errorf("sudo rule %q (%v)", rule, err)
	}
	if information, err := os.Stat(filepath.Join(root, "home/user")); err != nil || !information.IsDir() {
		t.Errorf("no home (%v)", err)
	}
}

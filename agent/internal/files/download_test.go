package files

import (
	"net/http"
	"os"
	"strings"
	"testing"
)

func TestADownloadIsTheFilesBytes(t *testing.T) {
	fixture := newFixture(t)
	content := strings.Repeat("0123456789abcdef", 100_000)
	check(t, os.WriteFile(fixture.path("f\u00fcr \"sie\".bin"), []byte(content), 0o644))
	check(t, os.WriteFile(fixture.path("empty"), nil, 0o644))
	response, body := fixture.do(http.MethodGet, fixture.url("f\u00fcr \"sie\".bin", ""), nil, "Accept-Encoding", "gzip, deflate")
	if response.StatusCode != http.StatusOK || body != content || response.Header.Get("Content-Encoding") != "" {
		t.Errorf("%d, %d bytes", response.StatusCode, len(body))
	}
	if !strings.HasPrefix(response.Header.Get("Content-Disposition"), "inline; filename") {
		t.Errorf("disposition %q", response.Header.Get("Content-Disposition"))
	}
	response, body = fixture.do(http.MethodGet, fixture.url("empty", ""), nil)
	if response.StatusCode != http.StatusOK || response.ContentLength != 0 || body != "" {
		t.Errorf("empty: %d %d", response.StatusCode, response.ContentLength)
	}
	if response, body := fixture.do(http.MethodHead, fixture.url("empty", ""), nil); response.StatusCode != 200 || body != "" {
		t.Errorf("HEAD: %d", response.StatusCode)
	}
}

func TestARangeOrNothingNewIsSentWhenAskedFor(t *testing.T) {
	fixture := newFixture(t)
	check(t, os.WriteFile(fixture.path("file"), []byte("0123456789"), 0o644))
	response, body := fixture.do(http.MethodGet, fixture.url("file", ""), nil, "Range", "bytes=2-4")
	if response.StatusCode != http.StatusPartialContent || body != "234" {
		t.Errorf("range: %d %q", response.StatusCode, body)
	}
	behind, _ := fixture.do(http.MethodGet, fixture.url("file", ""), nil, "Range", "bytes=20-")
	if behind.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("range behind the end: %d", behind.StatusCode)
	}
	unchanged, _ := fixture.do(http.MethodGet, fixture.url("file", ""), nil, "If-Modified-Since", response.Header.Get("Last-Modified"))
	if unchanged.StatusCode != http.StatusNotModified {
		t.Errorf("unchanged: %d", unchanged.StatusCode)
	}
}

func TestWhatCannotBeSentSaysWhy(t *testing.T) {
	fixture := newFixture(t)
	check(t, os.WriteFile(fixture.path("secret"), []byte("x"), 0o600))
	check(t, os.WriteFile(fixture.path("file"), []byte("x"), 0o644))
	for _, example := range []struct {
		path, user, accept, message string
		status                      int
	}{
		{"nothing", "", "", "path '" + fixture.path("nothing") + "' does not exist", http.StatusNotFound},
		{"file/below", "", "", "not a directory", http.StatusBadRequest},
		{"", "", "", "is a directory", http.StatusBadRequest},
		{"secret", "", "", "permission denied", http.StatusForbidden},
		{"file", "ghost", "", "invalid username: 'ghost'", http.StatusUnauthorized},
		{"file", "", "gzip, identity;q=0", "identity", http.StatusNotAcceptable},
		{"file", "", "gzip, *;q=0.0", "identity", http.StatusNotAcceptable},
	} {
		response, body := fixture.do(http.MethodGet, fixture.url(example.path, example.user), nil, "Accept-Encoding", example.accept)
		if response.StatusCode != example.status || !strings.Contains(body, example.message) {
			t.Errorf("%+v: %d %s", example, response.StatusCode, body)
		}
	}
	if response, _ := fixture.do(http.MethodGet, fixture.url("secret", "root"), nil); response.StatusCode != http.StatusOK {
		t.Errorf("root: %d", response.StatusCode)
	}
}

func TestFilesThatTheKernelMakesUpAreSentWhole(t *testing.T) {
	fixture := newFixture(t)
	for _, path := range []string{"/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled"} {
		expected, err := os.ReadFile(path)
		if err != nil {
			t.Logf("this system has no %s", path)
			continue
		}
		check(t, os.RemoveAll(fixture.path("link")))
		check(t, os.Symlink(path, fixture.path("link")))
		response, body := fixture.do(http.MethodGet, fixture.url("link", ""), nil)
		if response.StatusCode != http.StatusOK || body != string(expected) || response.ContentLength != int64(len(expected)) {
			t.Errorf("%s: %d %q", path, response.StatusCode, body)
		}
	}
}

func TestAKernelFileWithoutEndIsRefused(t *testing.T) {
	fixture := newFixture(t)
	const log = "/proc/kmsg"
	if _, err := os.Stat(log); err != nil {
		t.Skip(err)
	}
	check(t, os.Symlink(log, fixture.path("link")))
	response, body := fixture.do(http.MethodGet, fixture.url("link", "root"), nil)
	if response.StatusCode == http.StatusOK || response.StatusCode == http.StatusInternalServerError {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

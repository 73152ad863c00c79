package files

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"omnirun/agent/internal/access"
	"omnirun/agent/internal/users"
)

// fixture is the handler behind a real HTTP server; home belongs to the default user.
type fixture struct {
	t      *testing.T
	server *httptest.Server
	home   string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to act as other users")
	}
	directory, err := os.MkdirTemp("/tmp", "omnirun-files-")
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(directory)) })
	check(t, os.Chmod(directory, 0o755))
	home := filepath.Join(directory, "home")
	check(t, os.Mkdir(home, 0o755))
	check(t, os.Chown(home, 1000, 1000))
	accounts := "root:x:0:0::" + home + ":/bin/sh\nuser:x:1000:1000::" + home + ":/bin/sh\n"
	check(t, os.WriteFile(filepath.Join(directory, "passwd"), []byte(accounts), 0o644))
	check(t, os.WriteFile(filepath.Join(directory, "group"), nil, 0o644))
	server := httptest.NewServer(NewHandler(users.NewDatabase(directory)))
	t.Cleanup(server.Close)
	return &fixture{t: t, server: server, home: home}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) url(path, user string) string {
	query := url.Values{"path": {path}}
	if path == "" {
		query.Del("path")
	}
	if user != "" {
		query.Set("username", user)
	}
	return f.server.URL + "/files?" + query.Encode()
}

// do sends a request with headers given as pairs and returns the answer with its whole body.
func (f *fixture) do(method, address string, body io.Reader, headers ...string) (*http.Response, string) {
	f.t.Helper()
	request, err := http.NewRequest(method, address, body)
	check(f.t, err)
	for index := 0; index < len(headers); index += 2 {
		request.Header.Set(headers[index], headers[index+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	check(f.t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	check(f.t, err)
	return response, string(content)
}

func (f *fixture) put(path, user, content string, headers ...string) (int, string) {
	f.t.Helper()
	headers = append([]string{"Content-Type", "application/octet-stream"}, headers...)
	response, body := f.do(http.MethodPost, f.url(path, user), strings.NewReader(content), headers...)
	return response.StatusCode, body
}

func (f *fixture) path(name string) string { return filepath.Join(f.home, name) }

// holds checks a file's content, owner and permissions.
func (f *fixture) holds(path, content string, owner uint32, mode os.FileMode) {
	f.t.Helper()
	found, err := os.ReadFile(path)
	check(f.t, err)
	if !bytes.Equal(found, []byte(content)) {
		f.t.Errorf("%s holds %.40q", path, found)
	}
	information, err := os.Stat(path)
	check(f.t, err)
	if has := information.Sys().(*syscall.Stat_t).Uid; has != owner || information.Mode() != mode {
		f.t.Errorf("%s belongs to %d, mode %v", path, has, information.Mode())
	}
}

// nothingIsLeft checks that a failed upload has cleaned up.
func (f *fixture) nothingIsLeft(directory string) {
	f.t.Helper()
	entries, err := os.ReadDir(directory)
	check(f.t, err)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), access.TemporaryPrefix) {
			f.t.Errorf("%s is left", entry.Name())
		}
	}
}

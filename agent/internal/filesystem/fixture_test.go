package filesystem

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/filesystem"
	"omnirun/agent/gen/filesystem/filesystemconnect"
	"omnirun/agent/internal/users"
)

const patience = 60 * time.Second

// fixture is the service behind a real HTTP server; home belongs to the default user.
type fixture struct {
	t      *testing.T
	ctx    context.Context
	client filesystemconnect.FilesystemClient
	home   string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to act as other users")
	}
	directory, err := os.MkdirTemp("/tmp", "omnirun-filesystem-")
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(directory)) })
	check(t, os.Chmod(directory, 0o755))
	home := filepath.Join(directory, "home")
	check(t, os.Mkdir(home, 0o755))
	check(t, os.Chown(home, 1000, 1000))
	accounts := "root:x:0:0::" + home + ":/bin/sh\nuser:x:1000:1000::" + home + ":/bin/sh\n"
	check(t, os.WriteFile(filepath.Join(directory, "passwd"), []byte(accounts), 0o644))
	check(t, os.WriteFile(filepath.Join(directory, "group"), []byte("crew:x:1000:\n"), 0o644))
	_, handler := filesystemconnect.NewFilesystemHandler(NewService(users.NewDatabase(directory)))
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	client := filesystemconnect.NewFilesystemClient(http.DefaultClient, server.URL, connect.WithProtoJSON())
	return &fixture{t: t, ctx: ctx, client: client, home: home}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) write(name, content string) string {
	f.t.Helper()
	path := filepath.Join(f.home, name)
	check(f.t, os.MkdirAll(filepath.Dir(path), 0o755))
	check(f.t, os.WriteFile(path, []byte(content), 0o644))
	return path
}

// asked makes a request as a user; the default one when nobody is named.
func asked[M any](message *M, user string) *connect.Request[M] {
	request := connect.NewRequest(message)
	if user != "" {
		request.Header().Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":")))
	}
	return request
}

func (f *fixture) list(path string, depth uint32) []string {
	f.t.Helper()
	response, err := f.client.ListDir(f.ctx, asked(&wire.ListDirRequest{Path: path, Depth: depth}, ""))
	check(f.t, err)
	var paths []string
	for _, entry := range response.Msg.GetEntries() {
		paths = append(paths, strings.TrimPrefix(entry.GetPath(), f.home+"/"))
	}
	return paths
}

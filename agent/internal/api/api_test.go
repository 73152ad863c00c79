package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/process"
	"omnirun/agent/gen/process/processconnect"
	"omnirun/agent/internal/ending/endingtest"
	"omnirun/agent/internal/identity"
	"omnirun/agent/internal/process"
	"omnirun/agent/internal/reaper"
	"omnirun/agent/internal/spool"
	"omnirun/agent/internal/users"
)

const token = "0tQG31xiMp0IOQfaz9dcwi72L1CPo8e0"

// fixture is the API behind two real servers, as in a guest.
type fixture struct {
	t               *testing.T
	channel, socket *httptest.Server
	identity        *identity.Store
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to act as other users")
	}
	directory, err := os.MkdirTemp("/tmp", "omnirun-api-")
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(directory)) })
	check(t, os.Chmod(directory, 0o755))
	accounts := "user:x:1000:1000::" + directory + ":/bin/sh\n"
	check(t, os.WriteFile(filepath.Join(directory, "passwd"), []byte(accounts), 0o644))
	check(t, os.WriteFile(filepath.Join(directory, "group"), nil, 0o644))
	check(t, os.WriteFile(filepath.Join(directory, "hello.txt"), []byte("hello"), 0o644))
	check(t, os.Chown(filepath.Join(directory, "hello.txt"), 1000, 1000))
	spools, err := spool.NewStore(filepath.Join(directory, "spool"))
	check(t, err)
	store := identity.NewStore()
	channel, socket := New(Parts{
		Users: users.NewDatabase(directory), Identity: store, Processes: process.NewManager(theReaper, spools, store),
	})
	fixture := &fixture{t: t, identity: store, channel: httptest.NewServer(channel), socket: httptest.NewServer(socket)}
	t.Cleanup(fixture.channel.Close)
	t.Cleanup(fixture.socket.Close)
	return fixture
}

var theReaper = reaper.New()

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) ask(server *httptest.Server, method, path, presented string) (*http.Response, string) {
	f.t.Helper()
	body := ""
	if method == http.MethodPost {
		body = "{}"
	}
	request, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
	check(f.t, err)
	request.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(path, filesPath+"?") {
		request.Header.Set("Content-Type", "application/octet-stream")
	}
	if presented != "" {
		request.Header.Set(tokenHeader, presented)
	}
	response, err := http.DefaultClient.Do(request)
	check(f.t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	check(f.t, err)
	return response, string(content)
}

func TestWhoMayCallWhat(t *testing.T) {
	fixture := newFixture(t)
	type call struct{ method, path string }
	calls := []call{
		{http.MethodGet, "/metrics"}, {http.MethodGet, "/envs"}, {http.MethodGet, "/files?path=hello.txt"},
		{http.MethodPost, "/process.Process/List"}, {http.MethodPost, "/filesystem.Filesystem/ListDir"},
	}
	for _, example := range []struct {
		set, presented      string
		channelOK, socketOK bool
	}{
		{"", "", true, false}, {"", "anything", true, false},
		{token, "", false, false}, {token, "wrong", false, false}, {token, token, true, true},
	} {
		fixture.identity.Replace(identity.Current{AccessToken: example.set})
		for server, allowed := range map[*httptest.Server]bool{fixture.channel: example.channelOK, fixture.socket: example.socketOK} {
			for _, call := range calls {
				response, body := fixture.ask(server, call.method, call.path, example.presented)
				wanted := map[bool]int{true: http.StatusOK, false: http.StatusUnauthorized}[allowed]
				if response.StatusCode != wanted {
					t.Errorf("%+v, %+v: %d %s", example, call, response.StatusCode, body)
				}
			}
			if response, _ := fixture.ask(server, http.MethodGet, healthPath, ""); response.StatusCode != http.StatusNoContent {
				t.Errorf("health: %d", response.StatusCode)
			}
		}
	}
}

func TestARefusalIsE2BsAnswer(t *testing.T) {
	fixture := newFixture(t)
	fixture.identity.Replace(identity.Current{AccessToken: token})
	for path, presented := range map[string]string{"/metrics": "", "/files?path=a": "wrong", "/files": ""} {
		wanted := map[string]string{"/metrics": unauthorized, "/files?path=a": tokenMismatch, "/files": "missing signature query parameter"}[path]
		response, body := fixture.ask(fixture.channel, http.MethodGet, path, presented)
		if body != `{"code":401,"message":"`+wanted+`"}` || response.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s", path, body)
		}
	}
}

func TestASignatureIsWhatE2BsClientsCompute(t *testing.T) {
	if signature := sign("hello.txt", operationRead, "user", token, ""); signature != "v1_gUtH/s9YCJWgCizjfUxuWfhFE4QSydOWEIIvfLwDr6E" {
		t.Error(signature)
	}
}

func TestASignedLinkOpensOneFileForOneOperationUntilItExpires(t *testing.T) {
	fixture := newFixture(t)
	fixture.identity.Replace(identity.Current{AccessToken: token})
	link := func(path, operation, username, expiration string) string {
		query := url.Values{"path": {path}, "signature": {sign("hello.txt", operation, username, token, expiration)}}
		if username != "" {
			query.Set("username", username)
		}
		if expiration != "" {
			query.Set("signature_expiration", expiration)
		}
		return filesPath + "?" + query.Encode()
	}
	later := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	for _, example := range []struct {
		name, method, link, message string
		status                      int
	}{
		{"read", http.MethodGet, link("hello.txt", operationRead, "", ""), "hello", http.StatusOK},
		{"named user", http.MethodGet, link("hello.txt", operationRead, "user", later), "hello", http.StatusOK},
		{"other file", http.MethodGet, link("other.txt", operationRead, "", ""), "invalid signature", http.StatusUnauthorized},
		{"other operation", http.MethodGet, link("hello.txt", operationWrite, "", ""), "invalid signature", http.StatusUnauthorized},
		{"other user", http.MethodGet, link("hello.txt", operationRead, "", "") + "&username=root", "invalid signature", http.StatusUnauthorized},
		{"other time", http.MethodGet, link("hello.txt", operationRead, "", "1") + "0", "invalid signature", http.StatusUnauthorized},
		{"expired", http.MethodGet, link("hello.txt", operationRead, "", "1"), "signature is already expired", http.StatusUnauthorized},
		{"no time", http.MethodGet, link("hello.txt", operationRead, "", "soon"), "invalid signature", http.StatusUnauthorized},
		{"other method", http.MethodDelete, link("hello.txt", operationWrite, "", ""), "unauthorized", http.StatusUnauthorized},
		{"write", http.MethodPost, link("hello.txt", operationWrite, "", later), `"name":"hello.txt"`, http.StatusOK},
	} {
		response, body := fixture.ask(fixture.socket, example.method, example.link, "")
		if response.StatusCode != example.status || !strings.Contains(body, example.message) {
			t.Errorf("%s: %d %s", example.name, response.StatusCode, body)
		}
	}
}

func TestTheEnvironmentAndTheUsageAreShown(t *testing.T) {
	fixture := newFixture(t)
	if _, body := fixture.ask(fixture.channel, http.MethodGet, "/envs", ""); body != "{}\n" {
		t.Errorf("envs %q", body)
	}
	fixture.identity.Replace(identity.Current{Environment: map[string]string{"A": "b"}})
	if _, body := fixture.ask(fixture.channel, http.MethodGet, "/envs", ""); body != "{\"A\":\"b\"}\n" {
		t.Errorf("envs %q", body)
	}
	if _, body := fixture.ask(fixture.channel, http.MethodGet, "/metrics", ""); !strings.Contains(body, `"mem_total_mib":`) {
		t.Errorf("metrics %q", body)
	}
}

func TestBrowsersOfAnyOriginMayAskFirst(t *testing.T) {
	fixture := newFixture(t)
	fixture.identity.Replace(identity.Current{AccessToken: token})
	request, err := http.NewRequest(http.MethodOptions, fixture.channel.URL+"/process.Process/Start", nil)
	check(t, err)
	request.Header.Set("Access-Control-Request-Headers", "authorization,x-access-token")
	response, err := http.DefaultClient.Do(request)
	check(t, err)
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent || response.Header.Get("Access-Control-Allow-Headers") != "authorization,x-access-token" {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
}

func TestAnUnknownPathIsNotFound(t *testing.T) {
	fixture := newFixture(t)
	response, body := fixture.ask(fixture.channel, http.MethodPost, "/init", "")
	if response.StatusCode != http.StatusNotFound || !strings.Contains(body, `"code":404`) {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

func TestAFullLoopbackListenerTakesTheNextConnectionWhenOneEnds(t *testing.T) {
	listener, err := ListenLoopback(0)
	check(t, err)
	defer listener.Close()
	bounded := listener.(*boundedListener)
	for range maxSocketConnections - 1 {
		bounded.places <- struct{}{}
	}
	server := &http.Server{Handler: http.HandlerFunc(serveHealth)}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	for range 5 {
		transport := &http.Transport{DisableKeepAlives: true}
		client := http.Client{Transport: transport, Timeout: time.Minute}
		response, err := client.Get("http://" + listener.Addr().String())
		check(t, err)
		check(t, response.Body.Close())
	}
}

func TestTheEndOfACommandIsSentInOnePiece(t *testing.T) {
	fixture := newFixture(t)
	server, pieces := endingtest.Serve(fixture.channel.Config.Handler)
	defer server.Close()
	client := processconnect.NewProcessClient(http.DefaultClient, server.URL)
	stream, err := client.Start(t.Context(), connect.NewRequest(&wire.StartRequest{
		Process: &wire.ProcessConfig{Cmd: "/bin/true"}, EndAtExit: true,
	}))
	check(t, err)
	defer func() { check(t, stream.Close()) }()
	events := 0
	for stream.Receive() {
		events++
	}
	check(t, stream.Err())
	if sent := pieces.Sent(); events != 3 || len(sent) != 2 {
		t.Errorf("%d events were sent in %d pieces: %q", events, len(sent), sent)
	}
}

package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"omnirun/agent/gen/guestv1"
	"omnirun/agent/gen/guestv1/guestv1connect"
	"omnirun/agent/gen/process"
	"omnirun/agent/gen/process/processconnect"
	"omnirun/agent/internal/identity"
	"omnirun/agent/internal/ports"
)

// serveAgent runs the whole agent on a unix socket and returns the socket's path. It stops with the test.
func serveAgent(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to act as users")
	}
	directory := t.TempDir()
	agent, err := newAgent(identity.Unchanged{}, filepath.Join(directory, "spool"))
	check(t, err)
	agent.serve()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	path := filepath.Join(directory, "link")
	listener, err := net.Listen("unix", path)
	check(t, err)
	go func() { ended <- serveSocket(ctx, listener, agent.dispatcher.Handle, agent.host) }()
	t.Cleanup(func() {
		cancel()
		check(t, <-ended)
		check(t, agent.processes.KillAll())
	})
	return path
}

// The reaper of an agent is the only one of its process, so one agent serves the whole test.
func TestAHostDrivesTheAgentOverTheLinkAndAnotherOneAfterIt(t *testing.T) {
	path := serveAgent(t)
	session := connectHost(t, path)
	guest := guestv1connect.NewGuestClient(clientOf(session, ports.Guest), "http://guest")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := guest.ApplyIdentity(ctx, connect.NewRequest(&guestv1.ApplyIdentityRequest{
		Hostname: "sb-1", MachineId: strings.Repeat("0f", 16), BootId: "01234567-89ab-cdef-0123-456789abcdef", Entropy: make([]byte, 32),
		UnixNs: time.Now().UnixNano(), Envs: map[string]string{"GREETING": "hello"}, AccessToken: "token",
	}))
	check(t, err)
	startsAProcess(t, ctx, clientOf(session, ports.API))
	handle := startsAProcess(t, ctx, clientOf(session, ports.Guest)) // The host's own port wants the token, too.
	movesAFile(t, clientOf(session, ports.API))
	check(t, session.Close())
	replaysIt(t, ctx, clientOf(connectHost(t, path), ports.API), handle)
}

func root() *string {
	name := "root"
	return &name
}

func startsAProcess(t *testing.T, ctx context.Context, client *http.Client) uint32 {
	t.Helper()
	request := connect.NewRequest(&process.StartRequest{
		Process: &process.ProcessConfig{Cmd: "/bin/sh", Args: []string{"-c", "echo $GREETING"}}, User: root(),
	})
	processes := processconnect.NewProcessClient(client, "http://guest")
	stream, err := processes.Start(ctx, request)
	check(t, err)
	if stream.Receive() || connect.CodeOf(stream.Err()) != connect.CodeUnauthenticated {
		t.Fatalf("without the token: %v", stream.Err())
	}
	request.Header().Set("X-Access-Token", "token")
	stream, err = processes.Start(ctx, request)
	check(t, err)
	var handle uint32
	var output string
	for stream.Receive() {
		handle = max(handle, stream.Msg().GetEvent().GetStart().GetHandle())
		output += string(stream.Msg().GetEvent().GetData().GetStdout())
	}
	if stream.Err() != nil || output != "hello\n" {
		t.Fatalf("output %q (%v)", output, stream.Err())
	}
	return handle
}

func movesAFile(t *testing.T, client *http.Client) {
	t.Helper()
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<19)
	address := "http://guest/files?username=root&path=" + filepath.Join(t.TempDir(), "file")
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		request, err := http.NewRequest(method, address, nil)
		check(t, err)
		if method == http.MethodPost {
			request.Body = io.NopCloser(bytes.NewReader(content))
		}
		request.Header.Set("Content-Type", "application/octet-stream")
		request.Header.Set("X-Access-Token", "token")
		response, err := client.Do(request)
		check(t, err)
		body, err := io.ReadAll(response.Body)
		check(t, err)
		check(t, response.Body.Close())
		if response.StatusCode != http.StatusOK || method == http.MethodGet && !bytes.Equal(body, content) {
			t.Fatalf("%s: %d, %d bytes", method, response.StatusCode, len(body))
		}
	}
}

func replaysIt(t *testing.T, ctx context.Context, client *http.Client, handle uint32) {
	t.Helper()
	request := connect.NewRequest(&process.ConnectRequest{
		Process: &process.ProcessSelector{Selector: &process.ProcessSelector_Handle{Handle: handle}}, Replay: &process.Replay{},
	})
	request.Header().Set("X-Access-Token", "token")
	stream, err := processconnect.NewProcessClient(client, "http://guest").Connect(ctx, request)
	check(t, err)
	var output string
	for stream.Receive() {
		output += string(stream.Msg().GetEvent().GetData().GetStdout())
	}
	if stream.Err() != nil || output != "hello\n" {
		t.Errorf("replay %q (%v)", output, stream.Err())
	}
}

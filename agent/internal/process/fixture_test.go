package process

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/process"
	"omnirun/agent/gen/process/processconnect"
	"omnirun/agent/internal/identity"
	"omnirun/agent/internal/reaper"
	"omnirun/agent/internal/spool"
	"omnirun/agent/internal/users"
)

// patience is far more than anything here takes on the slowest machine.
const patience = 60 * time.Second

// theReaper is shared, for a process can only have one.
var theReaper = reaper.New()

// fixture is the service behind a real HTTP server, with accounts of its own.
type fixture struct {
	t        *testing.T
	ctx      context.Context
	client   processconnect.ProcessClient
	manager  *Manager
	identity *identity.Store
	home     string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to run processes as other users")
	}
	directory, err := os.MkdirTemp("/tmp", "omnirun-process-")
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(directory)) })
	check(t, os.Chmod(directory, 0o755))
	home := filepath.Join(directory, "home")
	check(t, os.Mkdir(home, 0o755))
	check(t, os.Chown(home, 1000, 1000))
	accounts := "root:x:0:0::" + home + ":/bin/sh\nuser:x:1000:1000::" + home + ":/bin/sh\n"
	check(t, os.WriteFile(filepath.Join(directory, "passwd"), []byte(accounts), 0o644))
	check(t, os.WriteFile(filepath.Join(directory, "group"), []byte("user:x:1000:\nextra:x:4242:user\n"), 0o644))
	store, err := spool.NewStore(filepath.Join(directory, "spool"))
	check(t, err)
	fixture := &fixture{t: t, identity: identity.NewStore(), home: home}
	fixture.manager = NewManager(theReaper, store, fixture.identity)
	_, handler := processconnect.NewProcessHandler(NewService(fixture.manager, users.NewDatabase(directory)))
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	fixture.ctx = ctx
	fixture.client = processconnect.NewProcessClient(http.DefaultClient, server.URL, connect.WithProtoJSON())
	t.Cleanup(func() { check(t, fixture.manager.KillAll()) })
	return fixture
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func shell(script string) *wire.StartRequest {
	return &wire.StartRequest{Process: &wire.ProcessConfig{Cmd: "/bin/sh", Args: []string{"-c", script}}}
}

// eventSource is what the streams of Start and Connect have in common.
type eventSource interface {
	Receive() bool
	Err() error
	Close() error
}

// report collects a process's events.
type report struct {
	fixture *fixture
	source  eventSource
	event   func() *wire.ProcessEvent

	start                *wire.ProcessEvent_StartEvent
	stdout, stderr       string
	stdoutAtExit         string
	offsets              []uint64
	exited               *wire.ProcessEvent_ExitedEvent
	end                  *wire.ProcessEvent_EndEvent
	keepAlives, received int
}

func (f *fixture) start(request *wire.StartRequest) *report {
	f.t.Helper()
	stream, err := f.client.Start(f.ctx, connect.NewRequest(request))
	check(f.t, err)
	return f.follow(stream, func() *wire.ProcessEvent { return stream.Msg().GetEvent() })
}

func (f *fixture) connect(handle uint32, replay *wire.Replay) *report {
	f.t.Helper()
	request := &wire.ConnectRequest{Process: byHandle(handle), Replay: replay}
	stream, err := f.client.Connect(f.ctx, connect.NewRequest(request))
	check(f.t, err)
	return f.follow(stream, func() *wire.ProcessEvent { return stream.Msg().GetEvent() })
}

func (f *fixture) follow(source eventSource, event func() *wire.ProcessEvent) *report {
	report := &report{fixture: f, source: source, event: event}
	f.t.Cleanup(func() { _ = source.Close() })
	return report
}

func byHandle(handle uint32) *wire.ProcessSelector {
	return &wire.ProcessSelector{Selector: &wire.ProcessSelector_Handle{Handle: handle}}
}

// next takes one event in and reports whether there was one.
func (r *report) next() bool {
	if !r.source.Receive() {
		return false
	}
	r.received++
	switch event := r.event().GetEvent().(type) {
	case *wire.ProcessEvent_Start:
		r.start = event.Start
	case *wire.ProcessEvent_Data:
		r.stdout += string(event.Data.GetStdout()) + string(event.Data.GetPty())
		r.stderr += string(event.Data.GetStderr())
		r.offsets = append(r.offsets, event.Data.GetOffset())
	case *wire.ProcessEvent_Exited:
		r.exited = event.Exited
		r.stdoutAtExit = r.stdout
	case *wire.ProcessEvent_End:
		r.end = event.End
	case *wire.ProcessEvent_Keepalive:
		r.keepAlives++
	}
	return true
}

// until takes events in until the condition holds.
func (r *report) until(condition func() bool) *report {
	r.fixture.t.Helper()
	for !condition() {
		if !r.next() {
			r.fixture.t.Fatalf("the stream ended early: %v; %+v", r.source.Err(), r)
		}
	}
	return r
}

func (r *report) started() *report {
	r.fixture.t.Helper()
	return r.until(func() bool { return r.start != nil })
}

func (r *report) finished() *report {
	r.fixture.t.Helper()
	r.until(func() bool { return r.end != nil })
	if r.next() || r.source.Err() != nil {
		r.fixture.t.Fatalf("something came after the end: %v", r.source.Err())
	}
	return r
}

// failure returns the code of a call that must fail.
func (r *report) failure() *connect.Error {
	r.fixture.t.Helper()
	for r.next() {
	}
	return connectError(r.fixture.t, r.source.Err())
}

func connectError(t *testing.T, err error) *connect.Error {
	t.Helper()
	failure, ok := err.(*connect.Error)
	if !ok {
		t.Fatalf("got %v, no error of the protocol", err)
	}
	return failure
}

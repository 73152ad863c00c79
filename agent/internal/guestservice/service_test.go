package guestservice

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/guestv1"
	"omnirun/agent/gen/guestv1/guestv1connect"
	"omnirun/agent/internal/identity"
	"omnirun/agent/internal/link"
	"omnirun/agent/internal/ports"
	"omnirun/agent/internal/process"
	"omnirun/agent/internal/reaper"
	"omnirun/agent/internal/spool"
	"omnirun/agent/internal/users"
)

const patience = 60 * time.Second

var theReaper = reaper.New()

// fixture is the service behind a real HTTP server; it changes nothing of the machine that runs the tests.
type fixture struct {
	t         *testing.T
	ctx       context.Context
	client    guestv1connect.GuestClient
	processes *process.Manager
	identity  *identity.Store
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	spools, err := spool.NewStore(filepath.Join(t.TempDir(), "spool"))
	check(t, err)
	store := identity.NewStore()
	processes := process.NewManager(theReaper, spools, store)
	_, handler := guestv1connect.NewGuestHandler(New(identity.NewApplier(identity.Unchanged{}, store), processes, ports.NewUplink(link.NewHost())))
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	client := guestv1connect.NewGuestClient(http.DefaultClient, server.URL)
	return &fixture{t: t, ctx: ctx, client: client, processes: processes, identity: store}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func request() *wire.ApplyIdentityRequest {
	return &wire.ApplyIdentityRequest{
		Hostname: "sb-1", MachineId: strings.Repeat("0f", 16), BootId: "01234567-89ab-cdef-0123-456789abcdef", Entropy: make([]byte, 32),
		UnixNs: time.Now().UnixNano(), Envs: map[string]string{"A": "b"}, Mac: "02:00:00:00:00:01", AccessToken: "token",
		Network: &wire.Network{AddressCidr: "10.0.0.2/24", Gateway: "10.0.0.1", Dns: []string{"10.0.0.1"}},
	}
}

func (f *fixture) apply(message *wire.ApplyIdentityRequest) error {
	_, err := f.client.ApplyIdentity(f.ctx, connect.NewRequest(message))
	return err
}

func TestAnIdentityIsAppliedAndAWrongOneRefused(t *testing.T) {
	fixture := newFixture(t)
	check(t, fixture.apply(request()))
	if current := fixture.identity.Load(); current.AccessToken != "token" || current.Environment["A"] != "b" {
		t.Errorf("%+v", current)
	}
	for name, spoil := range map[string]func(*wire.ApplyIdentityRequest){
		"mac":      func(r *wire.ApplyIdentityRequest) { r.Mac = "x" },
		"address":  func(r *wire.ApplyIdentityRequest) { r.Network.AddressCidr = "10.0.0.2" },
		"gateway":  func(r *wire.ApplyIdentityRequest) { r.Network.Gateway = "" },
		"dns":      func(r *wire.ApplyIdentityRequest) { r.Network.Dns = []string{"ns.example"} },
		"hostname": func(r *wire.ApplyIdentityRequest) { r.Hostname = "a b" },
		"llm":      func(r *wire.ApplyIdentityRequest) { r.LlmPort = 65536 },
	} {
		wrong := request()
		spoil(wrong)
		if err := fixture.apply(wrong); connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheGatewaysPortIsOpenWhileTheIdentityHasOne(t *testing.T) {
	fixture := newFixture(t)
	unused, err := net.Listen("tcp4", "127.0.0.1:0")
	check(t, err)
	port := unused.Addr().(*net.TCPAddr).Port
	check(t, unused.Close())
	for _, listens := range []bool{false, true, true, false} {
		message := request()
		if listens {
			message.LlmPort = uint32(port)
		}
		check(t, fixture.apply(message))
		connection, err := net.Dial("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if listens != (err == nil) {
			t.Fatalf("wanted to listen: %v, and: %v", listens, err)
		}
		if err == nil {
			check(t, connection.Close())
		}
	}
}

func TestProcessesAreReadWithTheNewestOfTheirOutput(t *testing.T) {
	fixture := newFixture(t)
	root := users.User{Name: "root", Home: "/", Groups: []uint32{0}}
	for _, script := range []string{"printf 0123456789; printf ab >&2; exit 3", "read line"} {
		started, err := fixture.processes.Start(process.Specification{
			Command: "/bin/sh", Arguments: []string{"-c", script}, User: root, Input: true,
		})
		check(t, err)
		t.Cleanup(func() { _ = started.Signal(9) })
	}
	first := fixture.read(1, 4)[0]
	for first.GetRunning() { // It has just been started; its end comes by itself.
		first = fixture.read(1, 4)[0]
	}
	if string(first.GetStdout()) != "6789" || !first.GetStdoutTruncated() || string(first.GetStderr()) != "ab" || first.GetStderrTruncated() ||
		first.GetExitCode() != 3 || first.GetEndedAtUnixMs() == 0 || first.GetCmd() != "/bin/sh" || first.GetUser() != "root" {
		t.Errorf("%v", first)
	}
	all := fixture.read(0, 1<<40)
	if len(all) != 2 || all[0].GetHandle() != 1 || !all[1].GetRunning() || string(all[0].GetStdout()) != "0123456789" {
		t.Errorf("%v", all)
	}
	_, err := fixture.client.ReadProcesses(fixture.ctx, connect.NewRequest(&wire.ReadProcessesRequest{Handle: 9}))
	if connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("an unknown one: %v", err)
	}
}

func (f *fixture) read(handle uint32, limit uint64) []*wire.ProcessRecord {
	f.t.Helper()
	question := &wire.ReadProcessesRequest{Handle: handle, OutputLimitBytes: limit}
	response, err := f.client.ReadProcesses(f.ctx, connect.NewRequest(question))
	check(f.t, err)
	return response.Msg.GetProcesses()
}

func TestAPausedGuestIsAwakenedAndAWrongMomentRefused(t *testing.T) {
	fixture := newFixture(t)
	moment := &wire.AwakenRequest{Entropy: make([]byte, 32), UnixNs: time.Now().UnixNano()}
	_, err := fixture.client.Awaken(fixture.ctx, connect.NewRequest(moment))
	check(t, err)
	moment.Entropy = nil
	if _, err := fixture.client.Awaken(fixture.ctx, connect.NewRequest(moment)); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Error(err)
	}
}

func TestANetworkIsSetAndAWrongOneRefused(t *testing.T) {
	fixture := newFixture(t)
	for _, network := range []*wire.Network{request().GetNetwork(), nil} {
		_, err := fixture.client.SetNetwork(fixture.ctx, connect.NewRequest(&wire.SetNetworkRequest{Network: network}))
		check(t, err)
	}
	wrong := &wire.SetNetworkRequest{Network: &wire.Network{AddressCidr: "10.0.0.2/24"}}
	if _, err := fixture.client.SetNetwork(fixture.ctx, connect.NewRequest(wrong)); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Error(err)
	}
}

func TestHealthAndMetricsAnswer(t *testing.T) {
	fixture := newFixture(t)
	health, err := fixture.client.Health(fixture.ctx, connect.NewRequest(&wire.HealthRequest{}))
	check(t, err)
	if health.Msg.GetAgentVersion() != Version || health.Msg.GetKernelRelease() == "" || health.Msg.GetUptimeMs() == 0 {
		t.Errorf("%v", health.Msg)
	}
	measured, err := fixture.client.Metrics(fixture.ctx, connect.NewRequest(&wire.MetricsRequest{}))
	check(t, err)
	if measured.Msg.GetMemTotalBytes() == 0 || measured.Msg.GetCpuCount() == 0 || measured.Msg.GetUnixMs() == 0 {
		t.Errorf("%v", measured.Msg)
	}
}

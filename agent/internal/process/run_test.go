package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/process"
	"omnirun/agent/internal/identity"
)

func TestACommandReportsBothOutputsItsExitAndItsEnd(t *testing.T) {
	report := newFixture(t).start(shell("echo out; echo err >&2; exit 3")).finished()
	if report.stdout != "out\n" || report.stderr != "err\n" {
		t.Errorf("output %q, %q", report.stdout, report.stderr)
	}
	if report.exited.GetExitCode() != 3 || report.exited.GetSignal() != 0 || report.exited.GetTimedOut() {
		t.Errorf("exited: %v", report.exited)
	}
	if report.end.GetExitCode() != 3 || !report.end.GetExited() || report.end.GetStatus() != "exit status 3" ||
		report.end.GetError() != "exit status 3" {
		t.Errorf("end: %v", report.end)
	}
	if report.start.GetHandle() == 0 || report.start.GetPid() == 0 {
		t.Errorf("start: %v", report.start)
	}
}

func TestSuccessHasNoErrorText(t *testing.T) {
	report := newFixture(t).start(&wire.StartRequest{Process: &wire.ProcessConfig{Cmd: "true"}}).finished()
	if report.end.Error != nil || report.end.GetStatus() != "exit status 0" || report.end.GetExitCode() != 0 {
		t.Errorf("end: %v", report.end)
	}
}

func TestTheProcessIsItsUserWithAllGroupsInItsHome(t *testing.T) {
	fixture := newFixture(t)
	report := fixture.start(shell("id -u; id -G; pwd; ps -o sid= -p $$ | tr -d ' '; echo $$")).finished()
	lines := strings.Split(report.stdout, "\n")
	if lines[0] != "1000" || lines[1] != "1000 4242" || lines[2] != fixture.home {
		t.Errorf("output %q", report.stdout)
	}
	if lines[3] != lines[4] || lines[4] != fmt.Sprint(report.start.GetPid()) {
		t.Errorf("not the leader of a session of its own: %q, pid %d", report.stdout, report.start.GetPid())
	}
}

func TestTheExplicitUserWins(t *testing.T) {
	request := shell("id -u")
	root := "root"
	request.User = &root
	if report := newFixture(t).start(request).finished(); report.stdout != "0\n" {
		t.Errorf("output %q", report.stdout)
	}
}

func TestTheRequestsVariablesWinOverTheVaultsTheSandboxsAndTheUsers(t *testing.T) {
	fixture := newFixture(t)
	credentials, err := identity.ParseCredentials("A=vault\x00C=vault\x00D=vault\x00")
	if err != nil {
		t.Fatal(err)
	}
	fixture.identity.Replace(identity.Current{
		Environment: map[string]string{"A": "sandbox", "B": "sandbox", "C": "sandbox", "HOME": "/elsewhere"}, Credentials: credentials,
	})
	request := shell(`echo "$A $B $C $D $HOME $USER $LOGNAME $PATH"; env | cut -d= -f1 | grep '^[ABCD]$' | sort | uniq -c | tr -d '\n '`)
	request.Process.Envs = map[string]string{"A": "request"}
	wanted := "request sandbox vault vault /elsewhere user user " + standardPath + "\n1A1B1C1D"
	if report := fixture.start(request).finished(); report.stdout != wanted {
		t.Errorf("output %q", report.stdout)
	}
}

func TestWorkingDirectoriesAreResolvedAgainstTheHome(t *testing.T) {
	fixture := newFixture(t)
	check(t, os.Mkdir(filepath.Join(fixture.home, "sub"), 0o755))
	for directory, wanted := range map[string]string{
		"sub": fixture.home + "/sub", "~/sub": fixture.home + "/sub", "~": fixture.home, "": fixture.home, "/usr": "/usr",
	} {
		request := shell("pwd")
		request.Process.Cwd = &directory
		if report := fixture.start(request).finished(); report.stdout != wanted+"\n" {
			t.Errorf("%q: %q", directory, report.stdout)
		}
	}
}

func command(name string, arguments ...string) *wire.StartRequest {
	return &wire.StartRequest{Process: &wire.ProcessConfig{Cmd: name, Args: arguments}}
}

func TestWhatCannotBeStartedSaysWhy(t *testing.T) {
	fixture := newFixture(t)
	with := func(request *wire.StartRequest, change func(*wire.StartRequest)) *wire.StartRequest {
		change(request)
		return request
	}
	in := func(directory string) *wire.StartRequest {
		return with(command("true"), func(r *wire.StartRequest) { r.Process.Cwd = &directory })
	}
	ghost := with(command("true"), func(r *wire.StartRequest) { r.User = new("ghost") })
	variable := with(command("true"), func(r *wire.StartRequest) { r.Process.Envs = map[string]string{"A=B": "c"} })
	terminal := with(command("true"), func(r *wire.StartRequest) { r.Pty = &wire.PTY{Size: &wire.PTY_Size{Cols: 1 << 20}} })
	for message, example := range map[string]struct {
		request *wire.StartRequest
		code    connect.Code
	}{
		"invalid username: 'ghost'":           {ghost, connect.CodeUnauthenticated},
		"cwd '/no/such' does not exist":       {in("/no/such"), connect.CodeInvalidArgument},
		"cwd '/etc/passwd' is not a":          {in("/etc/passwd"), connect.CodeInvalidArgument},
		"command is empty":                    {&wire.StartRequest{}, connect.CodeInvalidArgument},
		"command 'no-such-program' not found": {command("no-such-program"), connect.CodeInvalidArgument},
		"permission denied":                   {command("/etc/passwd"), connect.CodePermissionDenied},
		"are too large":                       {command("true", strings.Repeat("x", 200<<10)), connect.CodeInvalidArgument},
		"NUL":                                 {command("true", "a\x00b"), connect.CodeInvalidArgument},
		"cannot be set":                       {variable, connect.CodeInvalidArgument},
		"terminal size 1048576 x 0 is too":    {terminal, connect.CodeInvalidArgument},
	} {
		failure := fixture.start(example.request).failure()
		if failure.Code() != example.code || !strings.Contains(failure.Message(), message) {
			t.Errorf("%s: %v", message, failure)
		}
	}
	if processes := fixture.manager.All(); len(processes) != 0 {
		t.Errorf("%d processes are remembered", len(processes))
	}
}

func TestHandlesAreNeverUsedAgainAndFinishedProcessesStayListed(t *testing.T) {
	fixture := newFixture(t)
	first := fixture.start(shell("exit 1")).finished()
	second := fixture.start(shell("read line")).started()
	if first.start.GetHandle() >= second.start.GetHandle() {
		t.Errorf("handles %d, %d", first.start.GetHandle(), second.start.GetHandle())
	}
	running, err := fixture.client.List(fixture.ctx, connect.NewRequest(&wire.ListRequest{}))
	check(t, err)
	if len(running.Msg.GetProcesses()) != 1 || !running.Msg.GetProcesses()[0].GetRunning() {
		t.Errorf("running: %v", running.Msg)
	}
	all, err := fixture.client.List(fixture.ctx, connect.NewRequest(&wire.ListRequest{IncludeFinished: true}))
	check(t, err)
	if len(all.Msg.GetProcesses()) != 2 || all.Msg.GetProcesses()[0].GetExitCode() != 1 || all.Msg.GetProcesses()[0].GetEndedAtUnixMs() == 0 {
		t.Errorf("all: %v", all.Msg)
	}
}

func TestOnlyTheNewestFinishedProcessesAreRemembered(t *testing.T) {
	fixture := newFixture(t)
	oldest := fixture.start(shell("echo oldest")).finished().start.GetHandle()
	registry := &fixture.manager.registry
	process, err := registry.byHandle(oldest)
	check(t, err)
	for range maxFinished {
		// Only its end is counted; starting a thousand programs would add nothing.
		another := &Process{Handle: registry.nextHandle(), child: process.child, stdout: process.stdout}
		registry.add(another)
		registry.finish(another)
	}
	if failure := fixture.connect(oldest, nil).failure(); failure.Code() != connect.CodeNotFound {
		t.Errorf("the oldest: %v", failure)
	}
	if remembered := len(fixture.manager.All()); remembered != maxFinished {
		t.Errorf("%d are remembered", remembered)
	}
}

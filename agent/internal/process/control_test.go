package process

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/process"
	"omnirun/agent/internal/users"
)

func rootOf(fixture *fixture) users.User {
	return users.User{Name: "root", Home: fixture.home, Shell: "/bin/sh", Groups: []uint32{0}}
}

func (f *fixture) send(handle uint32, text string) {
	f.t.Helper()
	check(f.t, f.trySend(handle, &wire.ProcessInput{Input: &wire.ProcessInput_Stdin{Stdin: []byte(text)}}))
}

func (f *fixture) trySend(handle uint32, input *wire.ProcessInput) error {
	_, err := f.client.SendInput(f.ctx, connect.NewRequest(&wire.SendInputRequest{Process: byHandle(handle), Input: input}))
	return err
}

func (f *fixture) signal(handle uint32, signal wire.Signal) error {
	_, err := f.client.SendSignal(f.ctx, connect.NewRequest(&wire.SendSignalRequest{Process: byHandle(handle), Signal: signal}))
	return err
}

func TestInputReachesTheProcessAndItsEndToo(t *testing.T) {
	fixture := newFixture(t)
	report := fixture.start(shell("cat; echo done")).started()
	fixture.send(report.start.GetHandle(), "one ")
	stream := fixture.client.StreamInput(fixture.ctx)
	check(t, stream.Send(&wire.StreamInputRequest{Event: &wire.StreamInputRequest_Start{
		Start: &wire.StreamInputRequest_StartEvent{Process: byHandle(report.start.GetHandle())},
	}}))
	check(t, stream.Send(&wire.StreamInputRequest{Event: &wire.StreamInputRequest_Data{
		Data: &wire.StreamInputRequest_DataEvent{Input: &wire.ProcessInput{Input: &wire.ProcessInput_Stdin{Stdin: []byte("two\n")}}},
	}}))
	_, err := stream.CloseAndReceive()
	check(t, err)
	_, err = fixture.client.CloseStdin(fixture.ctx, connect.NewRequest(&wire.CloseStdinRequest{Process: byHandle(report.start.GetHandle())}))
	check(t, err)
	if report.finished(); report.stdout != "one two\ndone\n" {
		t.Errorf("output %q", report.stdout)
	}
}

func TestWithoutInputAProcessReadsTheEndAtOnceAndInputIsRefused(t *testing.T) {
	fixture := newFixture(t)
	request := shell("cat; echo over; sleep 1000")
	absent := false
	request.Stdin = &absent
	report := fixture.start(request)
	report.until(func() bool { return report.stdout == "over\n" })
	err := fixture.trySend(report.start.GetHandle(), &wire.ProcessInput{Input: &wire.ProcessInput_Stdin{Stdin: []byte("x")}})
	if connect.CodeOf(err) != connect.CodeInternal {
		t.Errorf("input: %v", err)
	}
}

func TestAWriterThatGivesUpLeavesTheInputUsable(t *testing.T) {
	fixture := newFixture(t)
	report := fixture.start(shell("mkfifo go; echo ready; cat go; wc -c"))
	report.until(func() bool { return report.stdout == "ready\n" })
	handle := report.start.GetHandle()
	ctx, cancel := context.WithCancel(fixture.ctx)
	failed := make(chan error, 1)
	go func() { // More than a pipe holds, so it cannot be taken before the process reads.
		_, err := fixture.client.SendInput(ctx, connect.NewRequest(&wire.SendInputRequest{
			Process: byHandle(handle), Input: &wire.ProcessInput{Input: &wire.ProcessInput_Stdin{Stdin: make([]byte, 1<<20)}},
		}))
		failed <- err
	}()
	cancel()
	if err := <-failed; connect.CodeOf(err) != connect.CodeCanceled {
		t.Errorf("the writer that gave up: %v", err)
	}
	_, err := fixture.client.CloseStdin(fixture.ctx, connect.NewRequest(&wire.CloseStdinRequest{Process: byHandle(handle)}))
	check(t, err)
	fixture.start(shell("echo go > go")).finished()
	report.finished()
}

func TestATerminalEchoesResizesAndEndsWithItsShell(t *testing.T) {
	fixture := newFixture(t)
	request := shell("tty >/dev/null && echo yes; stty size; read line; stty size; echo bye >&2; exit 7")
	request.Pty = &wire.PTY{Size: &wire.PTY_Size{Cols: 100, Rows: 30}}
	report := fixture.start(request)
	report.until(func() bool { return strings.Contains(report.stdout, "30 100") })
	handle := report.start.GetHandle()
	_, err := fixture.client.Update(fixture.ctx, connect.NewRequest(&wire.UpdateRequest{
		Process: byHandle(handle), Pty: &wire.PTY{Size: &wire.PTY_Size{Cols: 90, Rows: 20}},
	}))
	check(t, err)
	_, err = fixture.client.CloseStdin(fixture.ctx, connect.NewRequest(&wire.CloseStdinRequest{Process: byHandle(handle)}))
	if connect.CodeOf(err) != connect.CodeUnknown {
		t.Errorf("close of a terminal's input: %v", err)
	}
	check(t, fixture.trySend(handle, &wire.ProcessInput{Input: &wire.ProcessInput_Pty{Pty: []byte("typed\n")}}))
	report.finished()
	for _, wanted := range []string{"yes\r\n", "typed\r\n", "20 90\r\n", "bye\r\n"} {
		if !strings.Contains(report.stdout, wanted) {
			t.Errorf("%q is missing in %q", wanted, report.stdout)
		}
	}
	if report.end.GetExitCode() != 7 || report.stdoutAtExit != report.stdout {
		t.Errorf("end %v, output at exit %q", report.end, report.stdoutAtExit)
	}
}

func TestPipesAreNoTerminal(t *testing.T) {
	fixture := newFixture(t)
	handle := fixture.start(shell("read line")).started().start.GetHandle()
	_, err := fixture.client.Update(fixture.ctx, connect.NewRequest(&wire.UpdateRequest{
		Process: byHandle(handle), Pty: &wire.PTY{Size: &wire.PTY_Size{Cols: 90, Rows: 20}},
	}))
	if connect.CodeOf(err) != connect.CodeInternal {
		t.Errorf("resize: %v", err)
	}
}

func TestAKillReachesTheWholeGroupAndIsReportedAsSuch(t *testing.T) {
	fixture := newFixture(t)
	report := fixture.start(shell("sleep 1000 & echo up; wait"))
	report.until(func() bool { return report.stdout == "up\n" })
	check(t, fixture.signal(report.start.GetHandle(), wire.Signal_SIGNAL_SIGKILL))
	report.finished()
	fixture.awaitOutputEnd(report.start.GetHandle()) // The sleeper held the output: it must have been reached, too.
	if report.exited.GetExitCode() != 137 || report.exited.GetSignal() != 9 {
		t.Errorf("exited: %v", report.exited)
	}
	if report.end.GetExitCode() != -1 || report.end.GetExited() || report.end.GetStatus() != "signal: killed" ||
		report.end.GetError() != "signal: killed" {
		t.Errorf("end: %v", report.end)
	}
}

func (f *fixture) awaitOutputEnd(handle uint32) {
	f.t.Helper()
	process, err := f.manager.ByHandle(handle)
	check(f.t, err)
	for {
		changed := process.changed.channel()
		if process.State().OutputEnded {
			return
		}
		select {
		case <-changed:
		case <-f.ctx.Done():
			f.t.Fatal("somebody still holds the output")
		}
	}
}

func TestNothingReachesAProcessThatHasEnded(t *testing.T) {
	fixture := newFixture(t)
	handle := fixture.start(shell("true")).finished().start.GetHandle()
	input := &wire.ProcessInput{Input: &wire.ProcessInput_Stdin{Stdin: []byte("x")}}
	for name, err := range map[string]error{
		"signal": fixture.signal(handle, wire.Signal_SIGNAL_SIGKILL), "input": fixture.trySend(handle, input),
	} {
		if failure := connectError(t, err); failure.Code() != connect.CodeNotFound {
			t.Errorf("%s: %v", name, failure)
		}
	}
}

func TestTheEndComesAtTheExitOfAKilledProcessThoughAnotherSessionHoldsItsOutput(t *testing.T) {
	fixture := newFixture(t)
	report := fixture.start(shell("setsid sh -c 'echo $$; exec sleep 1000' & wait"))
	report.until(func() bool { return strings.HasSuffix(report.stdout, "\n") })
	var other int
	_, err := fmt.Sscan(report.stdout, &other)
	check(t, err)
	defer func() { check(t, syscall.Kill(other, syscall.SIGKILL)) }()
	check(t, fixture.signal(report.start.GetHandle(), wire.Signal_SIGNAL_SIGTERM))
	report.finished()
	if report.exited.GetSignal() != 15 {
		t.Errorf("exited: %v", report.exited)
	}
}

func TestAnyOtherSignalIsUnimplemented(t *testing.T) {
	fixture := newFixture(t)
	handle := fixture.start(shell("read line")).started().start.GetHandle()
	if err := fixture.signal(handle, wire.Signal_SIGNAL_UNSPECIFIED); connect.CodeOf(err) != connect.CodeUnimplemented {
		t.Error(err)
	}
}

func TestATimeoutKillsTheGroupAndSaysSo(t *testing.T) {
	fixture := newFixture(t)
	request := shell("echo before; sleep 1000 & wait")
	request.TimeoutMs = 300
	report := fixture.start(request).finished()
	if !report.exited.GetTimedOut() || report.exited.GetExitCode() != 137 || report.stdout != "before\n" {
		t.Errorf("exited %v after %q", report.exited, report.stdout)
	}
}

func TestATimeoutIsObeyedThoughTheCallerHasLeft(t *testing.T) {
	fixture := newFixture(t)
	request := shell("sleep 1000 & wait")
	request.TimeoutMs = 300
	request.EndAtExit = true
	report := fixture.start(request).started()
	_ = report.source.Close()
	if again := fixture.connect(report.start.GetHandle(), nil).finished(); !again.exited.GetTimedOut() {
		t.Errorf("exited: %v", again.exited)
	}
}

func TestTheDeadlineOfTheCallKillsToo(t *testing.T) {
	fixture := newFixture(t)
	ctx, cancel := context.WithTimeout(fixture.ctx, 2*time.Second) // The client sends it as Connect-Timeout-Ms.
	defer cancel()
	stream, err := fixture.client.Start(ctx, connect.NewRequest(shell("sleep 1000")))
	check(t, err)
	report := fixture.follow(stream, func() *wire.ProcessEvent { return stream.Msg().GetEvent() })
	if failure := report.failure(); failure.Code() != connect.CodeDeadlineExceeded {
		t.Errorf("the call itself: %v", failure)
	}
	if again := fixture.connect(fixture.manager.All()[0].Handle, nil).finished(); !again.exited.GetTimedOut() {
		t.Errorf("exited: %v", again.exited)
	}
}

func TestProcessesAreFoundByPidAndTag(t *testing.T) {
	fixture := newFixture(t)
	tag := "mine"
	request := shell("read line")
	request.Tag = &tag
	report := fixture.start(request).started()
	for _, selector := range []*wire.ProcessSelector{
		{Selector: &wire.ProcessSelector_Pid{Pid: report.start.GetPid()}},
		{Selector: &wire.ProcessSelector_Tag{Tag: tag}},
	} {
		stream, err := fixture.client.Connect(fixture.ctx, connect.NewRequest(&wire.ConnectRequest{Process: selector}))
		check(t, err)
		found := fixture.follow(stream, func() *wire.ProcessEvent { return stream.Msg().GetEvent() }).started()
		if found.start.GetHandle() != report.start.GetHandle() {
			t.Errorf("%v found %v", selector, found.start)
		}
	}
	unknown := &wire.ConnectRequest{Process: &wire.ProcessSelector{Selector: &wire.ProcessSelector_Pid{Pid: 4194305}}}
	stream, err := fixture.client.Connect(fixture.ctx, connect.NewRequest(unknown))
	check(t, err)
	failure := fixture.follow(stream, func() *wire.ProcessEvent { return stream.Msg().GetEvent() }).failure()
	if failure.Code() != connect.CodeNotFound || failure.Message() != "process with pid 4194305 not found" {
		t.Error(failure)
	}
}

func TestAProcessThatIsForgottenWhileItRunsGoesOnUnlisted(t *testing.T) {
	fixture := newFixture(t)
	fixture.start(shell("echo over")).finished()
	running := fixture.start(shell(`read -r line; [ "$line" = "still here" ]`)).started()
	handle := running.start.GetHandle()
	process, err := fixture.manager.ByHandle(handle)
	check(t, err)
	fixture.manager.ForgetAll()
	if listed := fixture.manager.All(); len(listed) != 0 {
		t.Errorf("%d processes are still listed", len(listed))
	}
	if _, err := fixture.manager.ByHandle(handle); !errors.As(err, new(NotFoundError)) {
		t.Errorf("it is still found: %v", err)
	}
	check(t, process.Write(fixture.ctx, []byte("still here\n"), false))
	if running.finished(); running.exited.GetExitCode() != 0 {
		t.Errorf("it has ended with %v", running.exited)
	}
	next := fixture.start(shell("true")).started()
	if next.start.GetHandle() <= handle {
		t.Errorf("handle %d was given away again", next.start.GetHandle())
	}
	for len(fixture.manager.registry.allForgotten()) > 0 && fixture.ctx.Err() == nil {
		runtime.Gosched()
	}
	check(t, fixture.ctx.Err())
}

func TestKillAllReachesAProcessThatIsForgotten(t *testing.T) {
	fixture := newFixture(t)
	running := fixture.start(shell("sleep infinity")).started()
	fixture.manager.ForgetAll()
	check(t, fixture.manager.KillAll())
	if running.finished(); running.exited.GetSignal() != uint32(syscall.SIGKILL) {
		t.Errorf("exited: %v", running.exited)
	}
}

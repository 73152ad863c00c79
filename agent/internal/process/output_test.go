package process

import (
	"fmt"
	"strings"
	"testing"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/process"
)

// held leaves a child behind that holds the output open until somebody writes to the fifo "go".
const held = "mkfifo go; (cat go; echo late) & echo early; exit 4"

func TestTheExitIsReportedWhileAChildStillHoldsTheOutputAndTheEndWaitsForIt(t *testing.T) {
	fixture := newFixture(t)
	report := fixture.start(shell(held))
	report.until(func() bool { return report.exited != nil })
	if report.stdoutAtExit != "early\n" || report.exited.GetExitCode() != 4 || report.end != nil {
		t.Fatalf("at exit: %+v", report)
	}
	fixture.start(shell("echo x > go")).finished()
	report.finished()
	if report.stdout != "early\nx\nlate\n" || report.end.GetExitCode() != 4 {
		t.Errorf("after the end: %+v", report)
	}
}

func TestEndAtExitEndsTheStreamThoughAChildHoldsTheOutput(t *testing.T) {
	fixture := newFixture(t)
	request := shell(held)
	request.EndAtExit = true
	report := fixture.start(request).finished()
	if report.stdout != "early\n" {
		t.Errorf("output %q", report.stdout)
	}
	fixture.start(shell("echo x > go")).finished()
}

func TestEverythingWrittenBeforeTheExitComesBeforeIt(t *testing.T) {
	fixture := newFixture(t)
	for range 20 {
		// The child that stays keeps the pipe open, so the exit cannot be told from the end of the output.
		report := fixture.start(shell("sleep 1000 & head -c 200000 /dev/zero | tr '\\0' x; echo end"))
		report.until(func() bool { return report.exited != nil })
		if len(report.stdoutAtExit) != 200004 || !strings.HasSuffix(report.stdoutAtExit, "xend\n") {
			t.Fatalf("%d bytes at exit", len(report.stdoutAtExit))
		}
	}
}

func TestAProcessThatNeverStopsWritingIsReportedAtItsExit(t *testing.T) {
	fixture := newFixture(t)
	report := fixture.start(shell("yes & exit 5"))
	report.until(func() bool { return report.exited != nil })
	if report.exited.GetExitCode() != 5 {
		t.Errorf("exited: %v", report.exited)
	}
}

func TestAFinishedProcessIsReplayedFromAnyOffset(t *testing.T) {
	fixture := newFixture(t)
	handle := fixture.start(shell("printf 0123456789; printf abcdef >&2; exit 6")).finished().start.GetHandle()
	replayed := fixture.connect(handle, &wire.Replay{StdoutOffset: 4, StderrOffset: 5}).finished()
	if replayed.stdout != "456789" || replayed.stderr != "f" || replayed.end.GetExitCode() != 6 || replayed.exited == nil {
		t.Errorf("replay: %+v", replayed)
	}
	if live := fixture.connect(handle, nil).finished(); live.stdout != "" || live.end.GetExitCode() != 6 || live.start == nil {
		t.Errorf("without replay: %+v", live)
	}
}

func TestAnExitedProcessIsForgottenThoughAChildHoldsItsOutputAndARunningOneIsNot(t *testing.T) {
	fixture := newFixture(t)
	running := fixture.start(shell("read line")).started()
	fixture.start(shell("exit 0")).finished()
	report := fixture.start(shell(held))
	report.until(func() bool { return report.exited != nil })
	fixture.manager.ForgetFinished()
	fixture.onlyKnows(running.start.GetHandle())
	fixture.start(shell("echo x > go")).finished()
	report.finished() // It had its end noted after it was forgotten.
	fixture.manager.ForgetFinished()
	fixture.onlyKnows(running.start.GetHandle())
}

func (f *fixture) onlyKnows(handle uint32) {
	f.t.Helper()
	if known := f.manager.All(); len(known) != 1 || known[0].Handle != handle {
		f.t.Errorf("%d processes are remembered", len(known))
	}
}

func TestTwoFollowersGetTheSameAndLosingOneChangesNothing(t *testing.T) {
	fixture := newFixture(t)
	first := fixture.start(shell("echo one; read line; echo $line")).started()
	second := fixture.connect(first.start.GetHandle(), &wire.Replay{}).started()
	third := fixture.connect(first.start.GetHandle(), &wire.Replay{}).started()
	_ = third.source.Close()
	fixture.send(first.start.GetHandle(), "two\n")
	for _, report := range []*report{first, second} {
		if report.finished(); report.stdout != "one\ntwo\n" {
			t.Errorf("output %q", report.stdout)
		}
	}
}

func TestLosingTheOnlyFollowerDoesNotEndTheProcess(t *testing.T) {
	fixture := newFixture(t)
	for _, endAtExit := range []bool{false, true} {
		request := shell("read line; echo $line")
		request.EndAtExit = endAtExit
		report := fixture.start(request).started()
		_ = report.source.Close()
		fixture.send(report.start.GetHandle(), "still here\n")
		if again := fixture.connect(report.start.GetHandle(), &wire.Replay{}).finished(); again.stdout != "still here\n" {
			t.Errorf("output %q, end_at_exit: %v", again.stdout, endAtExit)
		}
	}
}

func TestMoreOutputThanTheSpoolHoldsLosesTheOldestAndSaysSo(t *testing.T) {
	fixture := newFixture(t)
	const excess = 3 << 20
	size := 16<<20 + excess
	request := shell(fmt.Sprintf("head -c %d /dev/zero; printf tail", size-4))
	process, err := fixture.manager.Start(Specification{Command: "/bin/sh", Arguments: request.GetProcess().GetArgs(), User: rootOf(fixture)})
	check(t, err)
	replayed := fixture.connect(process.Handle, &wire.Replay{}).finished()
	if !replayed.exited.GetStdoutTruncated() || replayed.exited.GetStderrTruncated() {
		t.Errorf("exited: %v", replayed.exited)
	}
	if !strings.HasSuffix(replayed.stdout, "\x00tail") {
		t.Error("the newest bytes are missing")
	}
	last := replayed.offsets[len(replayed.offsets)-1]
	if replayed.offsets[0]+uint64(len(replayed.stdout)) < uint64(size) || last > uint64(size) {
		t.Errorf("offsets from %d to %d for %d bytes", replayed.offsets[0], last, len(replayed.stdout))
	}
}

func TestAFollowerIsKeptAliveWhileNothingHappens(t *testing.T) {
	fixture := newFixture(t)
	request := connect.NewRequest(shell("read line"))
	request.Header().Set("Keepalive-Ping-Interval", "1")
	stream, err := fixture.client.Start(fixture.ctx, request)
	check(t, err)
	report := fixture.follow(stream, func() *wire.ProcessEvent { return stream.Msg().GetEvent() })
	report.until(func() bool { return report.keepAlives > 0 })
}

func TestTheOutputsOfAProcessBlockInsteadOfFailing(t *testing.T) {
	fixture := newFixture(t)
	report := fixture.start(shell("grep flags /proc/self/fdinfo/1 | cut -f2")).finished()
	var flags int
	if _, err := fmt.Sscanf(report.stdout, "%o", &flags); err != nil || flags&0o4000 != 0 {
		t.Errorf("flags %q (%v)", report.stdout, err)
	}
}

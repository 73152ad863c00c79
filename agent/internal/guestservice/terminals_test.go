package guestservice

import (
	"strings"
	"testing"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/guestv1"
	"omnirun/agent/internal/process"
	"omnirun/agent/internal/users"
)

func (f *fixture) terminal(script string) *process.Process {
	f.t.Helper()
	root := users.User{Name: "root", Home: "/", Groups: []uint32{0}}
	started, err := f.processes.Start(process.Specification{
		Command: "/bin/sh", Arguments: []string{"-c", "stty -opost; " + script}, User: root, Terminal: &process.TerminalSize{},
	})
	check(f.t, err)
	f.t.Cleanup(func() { _ = started.Signal(9) })
	return started
}

func (f *fixture) readTerminal(handle, waitMs, limit uint32) *wire.ReadTerminalResponse {
	f.t.Helper()
	response, err := f.client.ReadTerminal(f.ctx, connect.NewRequest(&wire.ReadTerminalRequest{
		Handle: handle, WaitMs: waitMs, LimitBytes: limit,
	}))
	check(f.t, err)
	return response.Msg
}

const longWaitMs = 30_000

func TestATerminalIsReadPieceByPieceToItsEndAndNoByteTwice(t *testing.T) {
	fixture := newFixture(t)
	text := strings.Repeat("aü€😀", 50)
	handle := fixture.terminal("printf '" + text + "'").Handle
	got, ended := "", false
	for !ended {
		response := fixture.readTerminal(handle, longWaitMs, 7)
		piece := string(response.GetOutput())
		if strings.ToValidUTF8(piece, "?") != piece || len(piece) > 7 {
			t.Fatalf("a piece is %q", piece)
		}
		got += piece
		ended = response.GetEnded()
	}
	if got != text {
		t.Errorf("read %q", got)
	}
	if again := fixture.readTerminal(handle, longWaitMs, 7); len(again.GetOutput()) > 0 || !again.GetEnded() {
		t.Errorf("after the end there is %v", again)
	}
}

func TestAnIncompleteCharacterIsHeldUntilItsRestOrTheEnd(t *testing.T) {
	fixture := newFixture(t)
	handle := fixture.terminal(`printf 'x\342\202'; read line; printf '\254\342'`).Handle
	if first := string(fixture.readTerminal(handle, longWaitMs, 100).GetOutput()); first != "x" {
		t.Errorf("first %q", first)
	}
	if held := fixture.readTerminal(handle, 1, 100); len(held.GetOutput()) > 0 || held.GetEnded() {
		t.Errorf("nothing new is %v", held)
	}
	started, err := fixture.processes.ByHandle(handle)
	check(t, err)
	check(t, started.Write(fixture.ctx, []byte("\n"), true))
	rest, ended := "", false
	for !ended {
		response := fixture.readTerminal(handle, longWaitMs, 100)
		rest += string(response.GetOutput())
		ended = response.GetEnded()
	}
	if want := "€\xe2"; strings.ReplaceAll(strings.ReplaceAll(rest, "\r", ""), "\n", "") != want {
		t.Errorf("the rest is %q, not %q", rest, want)
	}
}

func TestOnlyTerminalsAreReadAsTerminals(t *testing.T) {
	fixture := newFixture(t)
	for _, handle := range []uint32{fixture.run("-c", "true").Handle, 4711} {
		_, err := fixture.client.ReadTerminal(fixture.ctx, connect.NewRequest(&wire.ReadTerminalRequest{Handle: handle}))
		if connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("handle %d: %v", handle, err)
		}
	}
	if terminal := fixture.terminal("true"); !fixture.read(terminal.Handle, 0)[0].GetTerminal() {
		t.Error("a terminal is not listed as one")
	}
}

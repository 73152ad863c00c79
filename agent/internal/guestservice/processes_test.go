package guestservice

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	wire "omnirun/agent/gen/guestv1"
	"omnirun/agent/internal/process"
	"omnirun/agent/internal/users"
)

// run starts a program as root and waits until it has exited and its output has ended.
func (f *fixture) run(arguments ...string) *process.Process {
	f.t.Helper()
	root := users.User{Name: "root", Home: "/", Groups: []uint32{0}}
	started, err := f.processes.Start(process.Specification{Command: "/bin/sh", Arguments: arguments, User: root})
	check(f.t, err)
	f.t.Cleanup(func() { _ = started.Signal(9) })
	for !started.State().OutputEnded { // Reading asks again; the end comes by itself.
		f.read(started.Handle, 0)
	}
	return started
}

func TestAListOfMuchOutputFitsIntoAnAnswerAndTheNewestKeepTheirs(t *testing.T) {
	fixture := newFixture(t)
	const each = 3 << 20
	for range 7 { // Together more than a list may hold.
		fixture.run("-c", "head -c 3145728 /dev/zero")
	}
	all := fixture.read(0, 1<<40)
	kept := 0
	for index, record := range slices.Backward(all) {
		kept += len(record.GetStdout())
		if whole := len(record.GetStdout()) == each; whole == record.GetStdoutTruncated() || (!whole && index > 3) {
			t.Errorf("process %d of 7 has %d bytes, truncated: %v", index+1, len(record.GetStdout()), record.GetStdoutTruncated())
		}
	}
	if kept > listOutputBytes || kept < listOutputBytes-each || all[0].GetHandle() != 1 {
		t.Errorf("%d bytes of output", kept)
	}
	if alone := fixture.read(1, 1<<40)[0]; len(alone.GetStdout()) != each {
		t.Errorf("asked for alone it has %d bytes", len(alone.GetStdout()))
	}
}

func TestAListOfLongCommandsShortensThemAndMarksTheCut(t *testing.T) {
	fixture := newFixture(t)
	long := "true '" + strings.Repeat("ü", 60<<10) + "'"
	fixture.run("-c", long)
	fixture.run("-c", "true "+strings.Repeat("x", oneTextBytes-20))
	many := append([]string{"-c", "true"}, slices.Repeat([]string{""}, 10_000)...)
	fixture.run(many...)
	all := fixture.read(0, 0)
	shown := all[0].GetArgs()
	if len(shown) != 2 || !strings.HasSuffix(shown[1], "ü"+cutMark) || len(shown[1]) > oneTextBytes+len(cutMark) || !utf8.ValidString(shown[1]) {
		t.Errorf("a long command is shown with %d bytes", len(shown[1]))
	}
	if strings.HasSuffix(all[1].GetArgs()[1], cutMark) {
		t.Error("a command that fits was cut")
	}
	if last := all[2].GetArgs(); len(last) > oneTextBytes/argumentBytes || last[len(last)-1] != cutMark {
		t.Errorf("%d arguments", len(last))
	}
	if alone := fixture.read(1, 0)[0]; alone.GetArgs()[1] != long {
		t.Error("asked for alone a command is cut")
	}
}

func TestAListAtTheBoundsFitsIntoWhatTheHostTakes(t *testing.T) {
	const processes, hostTakes = 30_000, 34 << 20
	limit := textsOfList(processes)
	record := &wire.ProcessRecord{
		Handle: 1 << 31, Pid: 1 << 22, Cmd: limit.cut(strings.Repeat("x", oneTextBytes)), User: strings.Repeat("u", 32), ExitCode: -1,
		Args: limit.cutAll([]string{strings.Repeat("x", oneTextBytes)}), StartedAtUnixMs: 1 << 41, EndedAtUnixMs: 1 << 41,
	}
	answer := &wire.ReadProcessesResponse{Processes: slices.Repeat([]*wire.ProcessRecord{record}, processes)}
	if size := proto.Size(answer) + listOutputBytes; size > hostTakes {
		t.Errorf("%d bytes", size)
	}
}

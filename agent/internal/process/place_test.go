package process

import (
	"testing"

	wire "omnirun/agent/gen/process"
)

func TestAReplayCanBeginAtTheNewestOutput(t *testing.T) {
	fixture := newFixture(t)
	started := fixture.start(shell("printf 0123456789; printf abc >&2"))
	started.finished()
	replayed := fixture.connect(started.start.GetHandle(), &wire.Replay{NewestBytes: 4}).finished()
	if replayed.stdout != "6789" || replayed.stderr != "abc" {
		t.Errorf("replayed %q and %q", replayed.stdout, replayed.stderr)
	}
	behind := fixture.connect(started.start.GetHandle(), &wire.Replay{NewestBytes: 4, StdoutOffset: 8}).finished()
	if behind.stdout != "89" {
		t.Errorf("from offset 8 on there is %q", behind.stdout)
	}
}

func TestInputForAProcessThatReadsNoMoreIsRefusedAsSuch(t *testing.T) {
	fixture := newFixture(t)
	started := fixture.start(shell("exec <&-; echo closed; exec sleep 1000"))
	started.until(func() bool { return started.stdout == "closed\n" })
	err := fixture.trySend(started.start.GetHandle(), &wire.ProcessInput{Input: &wire.ProcessInput_Stdin{Stdin: []byte("x")}})
	if err == nil || err.Error() != "internal: "+ErrNoInput.Error() {
		t.Errorf("the error is %v", err)
	}
}

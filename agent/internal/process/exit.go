package process

import (
	"fmt"
	"syscall"
)

// signalledExitBase is what a shell adds to the number of the signal that ended a command.
const signalledExitBase = 128

// Exit says how a process ended.
type Exit struct {
	status syscall.WaitStatus
	// TimedOut: its timeout had passed and its group was killed.
	TimedOut bool
}

// Code returns the exit status, or 128 + the number of the signal.
func (e Exit) Code() int32 {
	if signal := e.Signal(); signal != 0 {
		return signalledExitBase + int32(signal)
	}
	return int32(e.status.ExitStatus())
}

// Signal returns the signal that ended the process, or 0.
func (e Exit) Signal() syscall.Signal {
	if e.status.Signaled() {
		return e.status.Signal()
	}
	return 0
}

// Text describes the end in the words of Go's os.ProcessState, which E2B's clients know.
func (e Exit) Text() string {
	if !e.status.Signaled() {
		return fmt.Sprintf("exit status %d", e.status.ExitStatus())
	}
	text := "signal: " + e.status.Signal().String()
	if e.status.CoreDump() {
		text += " (core dumped)"
	}
	return text
}

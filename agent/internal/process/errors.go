package process

import (
	"errors"
	"fmt"
	"syscall"
)

// InvalidError is a request that cannot be carried out as it is; the text is for the caller.
type InvalidError struct{ Reason string }

func (e InvalidError) Error() string { return e.Reason }

// NotFoundError says that no process fits the selector, which it names ("pid 7").
type NotFoundError struct{ Selector string }

func (e NotFoundError) Error() string { return "process with " + e.Selector + " not found" }

// ErrNoInput is returned for input to a process that has none, or none any more.
var ErrNoInput = errors.New("stdin is not available: it was not asked for or has been closed")

// ErrNoTerminal is returned for terminal operations on a process with pipes.
var ErrNoTerminal = errors.New("the process has no terminal")

// ErrTerminalInput is returned for closing the input of a terminal: it has no end of its own (Ctrl-D is a character).
var ErrTerminalInput = errors.New("the input of a terminal cannot be closed")

// startError explains what the system said about a command.
func startError(command string, err error) error {
	switch {
	case errors.Is(err, syscall.E2BIG):
		return InvalidError{"arguments and environment are too large: one string may have 131,071 bytes, all of them together about 2 MiB"}
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR):
		return InvalidError{fmt.Sprintf("command '%s' not found", command)}
	case errors.Is(err, syscall.ENOEXEC):
		return InvalidError{fmt.Sprintf("command '%s' is not a program for this machine", command)}
	case errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, syscall.ELOOP):
		return InvalidError{fmt.Sprintf("command '%s' cannot be run: %v", command, err)}
	}
	return fmt.Errorf("start '%s': %w", command, err)
}

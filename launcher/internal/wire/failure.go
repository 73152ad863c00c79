package wire

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Code is the machine-readable reason of a refused request: one of a closed set that the server switches on.
type Code string

// The codes of api/launcher.md.
const (
	InvalidSpec   Code = "invalid_spec"
	NotFound      Code = "not_found"
	AlreadyExists Code = "already_exists"
	NoSpace       Code = "no_space"
	NoMemory      Code = "no_memory"
	Unsupported   Code = "unsupported"
	Internal      Code = "internal"
)

// Failure is an error with a Code. Its text is a sentence for an operator; the cause stays reachable through errors.Is.
type Failure struct {
	Code    Code
	Message string
	Cause   error
}

// Fail makes a Failure without a cause; format and arguments are those of fmt.Sprintf.
func Fail(code Code, format string, arguments ...any) *Failure {
	return &Failure{Code: code, Message: fmt.Sprintf(format, arguments...)}
}

// Wrap makes a Failure of the cause, which must not be nil. A cause that says that disk or memory ran out overrides the code, for it
// tells the server more than the step that met it.
func Wrap(code Code, cause error, format string, arguments ...any) *Failure {
	return &Failure{Code: codeOf(cause, code), Message: fmt.Sprintf(format, arguments...), Cause: cause}
}

// Error gives the message and the causes below it.
func (f *Failure) Error() string {
	if f.Cause == nil {
		return f.Message
	}
	return f.Message + ": " + f.Cause.Error()
}

// Unwrap gives the cause, or nil.
func (f *Failure) Unwrap() error { return f.Cause }

// AsFailure makes a Failure of any error, unless it is one. The code is that of the first Failure within, else Internal; the text is whole.
func AsFailure(err error) *Failure {
	if failure, is := err.(*Failure); is {
		return failure
	}
	return &Failure{Code: codeOf(err, Internal), Message: err.Error()}
}

func codeOf(cause error, otherwise Code) Code {
	var failure *Failure
	switch {
	case errors.As(cause, &failure):
		return failure.Code
	case errors.Is(cause, unix.ENOSPC), errors.Is(cause, unix.EDQUOT):
		return NoSpace
	case errors.Is(cause, unix.ENOMEM):
		return NoMemory
	default:
		return otherwise
	}
}

package process

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/process"
	"omnirun/agent/internal/users"
)

// specification translates a request. Errors are connect's.
func (s *Service) specification(message *wire.StartRequest, header http.Header) (Specification, error) {
	user, err := s.users.OfRequest(message.GetUser(), header)
	if err != nil {
		return Specification{}, connect.NewError(userErrorCode(err), err)
	}
	timeout, err := shortestTimeout(message.GetTimeoutMs(), header)
	if err != nil {
		return Specification{}, connect.NewError(connect.CodeInvalidArgument, err)
	}
	configuration := message.GetProcess()
	specification := Specification{
		Command:     configuration.GetCmd(),
		Arguments:   configuration.GetArgs(),
		Environment: configuration.GetEnvs(),
		Tag:         message.Tag,
		User:        user,
		Input:       message.Stdin == nil || message.GetStdin(),
		Timeout:     timeout,
	}
	if configuration != nil {
		specification.WorkingDirectory = configuration.Cwd
	}
	if terminal := message.GetPty(); terminal != nil {
		specification.Terminal = &TerminalSize{Columns: terminal.GetSize().GetCols(), Rows: terminal.GetSize().GetRows()}
	}
	return specification, nil
}

// shortestTimeout joins the request's own bound with that of E2B's clients, who send it as the deadline of the call.
// 0 is none.
func shortestTimeout(timeoutMs uint64, header http.Header) (time.Duration, error) {
	ownMs := timeoutMs
	if text := header.Get("Connect-Timeout-Ms"); text != "" {
		callMs, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return 0, errors.New("Connect-Timeout-Ms is not a number")
		}
		if callMs > 0 && (ownMs == 0 || callMs < ownMs) {
			ownMs = callMs
		}
	}
	if ownMs > uint64(math.MaxInt64/time.Millisecond) {
		return 0, nil // Longer than any machine lives.
	}
	return time.Duration(ownMs) * time.Millisecond, nil
}

func userErrorCode(err error) connect.Code {
	if errors.As(err, new(users.UnknownError)) {
		return connect.CodeUnauthenticated
	}
	return connect.CodeInvalidArgument
}

// systemErrorCode tells what the caller can do something about from what it cannot.
func systemErrorCode(err error) connect.Code {
	switch {
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return connect.CodePermissionDenied
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.ENOMEM), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE),
		errors.Is(err, syscall.ENOSPC):
		return connect.CodeResourceExhausted
	case errors.Is(err, ErrTerminalInput):
		return connect.CodeUnknown
	}
	return connect.CodeInternal
}

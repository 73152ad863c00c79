package guestservice

import (
	"context"
	"errors"
	"time"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/guestv1"
	"omnirun/agent/internal/process"
)

const (
	// maxTerminalRead is what one answer about a terminal holds at most.
	maxTerminalRead = 1 << 20
	// maxTerminalWait keeps a call from outliving the host's patience for answers.
	maxTerminalWait = 30 * time.Second
)

// ReadTerminal returns what a terminal has shown since the previous call for it.
func (s *Service) ReadTerminal(ctx context.Context, request *connect.Request[wire.ReadTerminalRequest],
) (*connect.Response[wire.ReadTerminalResponse], error) {
	found, err := s.processes.ByHandle(request.Msg.GetHandle())
	if err != nil {
		return nil, connect.NewError(connect.CodeNotFound, err)
	}
	wait := min(time.Duration(request.Msg.GetWaitMs())*time.Millisecond, maxTerminalWait)
	limit := min(max(request.Msg.GetLimitBytes(), 4), maxTerminalRead)
	output, ended, err := found.ReadTerminal(ctx, wait, int(limit))
	switch {
	case errors.Is(err, process.ErrNoTerminal):
		return nil, connect.NewError(connect.CodeNotFound, err)
	case ctx.Err() != nil:
		return nil, connect.NewError(connect.CodeCanceled, ctx.Err())
	case err != nil:
		return nil, connect.NewError(connect.CodeInternal, err)
	}
	return connect.NewResponse(&wire.ReadTerminalResponse{Output: output, Ended: ended}), nil
}

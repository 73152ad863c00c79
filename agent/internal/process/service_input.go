package process

import (
	"context"
	"fmt"
	"syscall"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/process"
)

// SendInput writes to a process and returns when it has taken everything.
func (s *Service) SendInput(ctx context.Context, request *connect.Request[wire.SendInputRequest],
) (*connect.Response[wire.SendInputResponse], error) {
	found, err := s.findLive(request.Msg.GetProcess())
	if err != nil {
		return nil, rpcError(err)
	}
	if err := write(ctx, found, request.Msg.GetInput()); err != nil {
		return nil, rpcError(err)
	}
	return connect.NewResponse(&wire.SendInputResponse{}), nil
}

// StreamInput writes to one process whatever the stream brings; its first message names the process.
func (s *Service) StreamInput(ctx context.Context, stream *connect.ClientStream[wire.StreamInputRequest],
) (*connect.Response[wire.StreamInputResponse], error) {
	var found *Process
	for stream.Receive() {
		var err error
		switch event := stream.Msg().GetEvent().(type) {
		case *wire.StreamInputRequest_Start:
			found, err = s.findLive(event.Start.GetProcess())
		case *wire.StreamInputRequest_Data:
			if found == nil {
				err = InvalidError{"the first message must name the process"}
				break
			}
			err = write(ctx, found, event.Data.GetInput())
		}
		if err != nil {
			return nil, rpcError(err)
		}
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	return connect.NewResponse(&wire.StreamInputResponse{}), nil
}

func write(ctx context.Context, process *Process, input *wire.ProcessInput) error {
	switch kind := input.GetInput().(type) {
	case *wire.ProcessInput_Stdin:
		return process.Write(ctx, kind.Stdin, false)
	case *wire.ProcessInput_Pty:
		return process.Write(ctx, kind.Pty, true)
	}
	return InvalidError{"the input is neither stdin nor pty"}
}

// CloseStdin lets a process read the end of its input.
func (s *Service) CloseStdin(ctx context.Context, request *connect.Request[wire.CloseStdinRequest],
) (*connect.Response[wire.CloseStdinResponse], error) {
	found, err := s.findLive(request.Msg.GetProcess())
	if err != nil {
		return nil, rpcError(err)
	}
	if err := found.CloseInput(ctx); err != nil {
		return nil, rpcError(err)
	}
	return connect.NewResponse(&wire.CloseStdinResponse{}), nil
}

// SendSignal sends SIGTERM or SIGKILL to the process's group.
func (s *Service) SendSignal(_ context.Context, request *connect.Request[wire.SendSignalRequest],
) (*connect.Response[wire.SendSignalResponse], error) {
	found, err := s.findLive(request.Msg.GetProcess())
	if err != nil {
		return nil, rpcError(err)
	}
	var signal syscall.Signal
	switch request.Msg.GetSignal() {
	case wire.Signal_SIGNAL_SIGTERM:
		signal = syscall.SIGTERM
	case wire.Signal_SIGNAL_SIGKILL:
		signal = syscall.SIGKILL
	default:
		return nil, connect.NewError(connect.CodeUnimplemented, fmt.Errorf("invalid signal: %s", request.Msg.GetSignal()))
	}
	if err := found.Signal(signal); err != nil {
		return nil, rpcError(fmt.Errorf("send the signal: %w", err))
	}
	return connect.NewResponse(&wire.SendSignalResponse{}), nil
}

// Update changes the size of a process's terminal; without a size it changes nothing.
func (s *Service) Update(_ context.Context, request *connect.Request[wire.UpdateRequest],
) (*connect.Response[wire.UpdateResponse], error) {
	found, err := s.findLive(request.Msg.GetProcess())
	if err != nil {
		return nil, rpcError(err)
	}
	if size := request.Msg.GetPty().GetSize(); size != nil {
		if err := found.Resize(TerminalSize{Columns: size.GetCols(), Rows: size.GetRows()}); err != nil {
			return nil, rpcError(err)
		}
	}
	return connect.NewResponse(&wire.UpdateResponse{}), nil
}

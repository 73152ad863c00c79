package guestservice

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/guestv1"
	"omnirun/agent/internal/process"
)

// maxOutputBytes bounds the output of all processes in one answer, which is built in memory: twice what one process
// can have kept.
const maxOutputBytes = 64 << 20

// ReadProcesses returns processes with their newest output. Of very many each gets an equal share of what one answer
// may hold.
func (s *Service) ReadProcesses(_ context.Context, request *connect.Request[wire.ReadProcessesRequest],
) (*connect.Response[wire.ReadProcessesResponse], error) {
	selected, err := s.selected(request.Msg.GetHandle())
	if err != nil {
		return nil, err
	}
	response := &wire.ReadProcessesResponse{}
	if len(selected) == 0 {
		return connect.NewResponse(response), nil
	}
	share := uint64(maxOutputBytes / (2 * len(selected)))
	limit := int64(min(request.Msg.GetOutputLimitBytes(), share))
	for _, found := range selected {
		record, err := recordOf(found, limit)
		if err != nil {
			return nil, connect.NewError(connect.CodeInternal, err)
		}
		response.Processes = append(response.Processes, record)
	}
	return connect.NewResponse(response), nil
}

func (s *Service) selected(handle uint32) ([]*process.Process, error) {
	if handle == 0 {
		return s.processes.All(), nil
	}
	found, err := s.processes.ByHandle(handle)
	if errors.As(err, new(process.NotFoundError)) {
		return nil, connect.NewError(connect.CodeNotFound, err)
	}
	if err != nil {
		return nil, connect.NewError(connect.CodeInternal, err)
	}
	return []*process.Process{found}, nil
}

// recordOf looks at the state before the output, so that a process reported as ended comes with all it wrote.
func recordOf(found *process.Process, limit int64) (*wire.ProcessRecord, error) {
	state := found.State()
	output, err := found.ReadOutput(limit)
	if err != nil {
		return nil, err
	}
	record := &wire.ProcessRecord{
		Handle: found.Handle, Pid: found.Pid(), Cmd: found.Specification.Command, Args: found.Specification.Arguments,
		User: found.Specification.User.Name, Running: !state.Exited, StartedAtUnixMs: found.StartedAt.UnixMilli(),
		Stdout: output.Stdout, Stderr: output.Stderr,
		StdoutTruncated: output.StdoutTruncated, StderrTruncated: output.StderrTruncated,
	}
	if state.Exited {
		record.ExitCode = state.Exit.Code()
		record.EndedAtUnixMs = state.EndedAt.UnixMilli()
	}
	return record, nil
}

package guestservice

import (
	"context"
	"errors"
	"slices"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/guestv1"
	"omnirun/agent/internal/process"
)

// The host takes 34 MiB in one answer, which is built in memory on both sides.
const (
	// oneOutputBytes is all that one process can have kept.
	oneOutputBytes = 32 << 20
	// listOutputBytes bounds the output of all processes of a list together.
	listOutputBytes = 16 << 20
)

// ReadProcesses returns processes with their newest output. A list is cut to what one answer may hold, whatever the
// guest has run: the newest processes keep their output first, and long commands are shortened.
func (s *Service) ReadProcesses(_ context.Context, request *connect.Request[wire.ReadProcessesRequest],
) (*connect.Response[wire.ReadProcessesResponse], error) {
	left, texts := int64(oneOutputBytes), wholeTexts
	selected, err := s.selected(request.Msg.GetHandle())
	if err != nil {
		return nil, err
	}
	if request.Msg.GetHandle() == 0 {
		left, texts = listOutputBytes, textsOfList(len(selected))
	}
	records := make([]*wire.ProcessRecord, len(selected))
	for index, found := range slices.Backward(selected) {
		record, err := recordOf(found, int64(min(request.Msg.GetOutputLimitBytes(), uint64(left/2))))
		if err != nil {
			return nil, connect.NewError(connect.CodeInternal, err)
		}
		left -= int64(len(record.GetStdout()) + len(record.GetStderr()))
		record.Cmd, record.Args = texts.cut(record.GetCmd()), texts.cutAll(record.GetArgs())
		records[index] = record
	}
	return connect.NewResponse(&wire.ReadProcessesResponse{Processes: records}), nil
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
		Terminal: found.Specification.Terminal != nil,
	}
	if state.Exited {
		record.ExitCode = state.Exit.Code()
		record.EndedAtUnixMs = state.EndedAt.UnixMilli()
	}
	return record, nil
}

package process

import (
	"context"
	"errors"
	"fmt"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/process"
	"omnirun/agent/gen/process/processconnect"
	"omnirun/agent/internal/keepalive"
	"omnirun/agent/internal/users"
)

// Service is the process service on the wire.
type Service struct {
	manager *Manager
	users   *users.Database
}

var _ processconnect.ProcessHandler = (*Service)(nil)

// NewService serves the manager's processes to callers that the database knows.
func NewService(manager *Manager, database *users.Database) *Service {
	return &Service{manager: manager, users: database}
}

// Start runs a command and reports it until its end. The stream may be lost; the process goes on.
func (s *Service) Start(ctx context.Context, request *connect.Request[wire.StartRequest],
	stream *connect.ServerStream[wire.StartResponse],
) error {
	specification, err := s.specification(request.Msg, request.Header())
	if err != nil {
		return err
	}
	started, err := s.manager.Start(specification)
	if err != nil {
		return rpcError(err)
	}
	follower := newFollower(started, &Place{})
	defer follower.close()
	follower.endAtExit = request.Msg.GetEndAtExit()
	follower.idle = keepalive.Interval(request.Header())
	follower.send = func(event *wire.ProcessEvent) error { return stream.Send(&wire.StartResponse{Event: event}) }
	return rpcError(follower.run(ctx))
}

// Connect reports a process that was started earlier, from the wanted place of its output on.
func (s *Service) Connect(ctx context.Context, request *connect.Request[wire.ConnectRequest],
	stream *connect.ServerStream[wire.ConnectResponse],
) error {
	found, err := s.find(request.Msg.GetProcess())
	if err != nil {
		return rpcError(err)
	}
	var from *Place
	if replay := request.Msg.GetReplay(); replay != nil {
		from = &Place{Stdout: replay.GetStdoutOffset(), Stderr: replay.GetStderrOffset(), Newest: replay.GetNewestBytes()}
	}
	follower := newFollower(found, from)
	defer follower.close()
	follower.endAtExit = request.Msg.GetEndAtExit()
	follower.idle = keepalive.Interval(request.Header())
	follower.send = func(event *wire.ProcessEvent) error { return stream.Send(&wire.ConnectResponse{Event: event}) }
	return rpcError(follower.run(ctx))
}

// List describes the running processes, or all that are remembered.
func (s *Service) List(_ context.Context, request *connect.Request[wire.ListRequest]) (*connect.Response[wire.ListResponse], error) {
	response := &wire.ListResponse{}
	for _, process := range s.manager.All() {
		state := process.State()
		if !state.Exited || request.Msg.GetIncludeFinished() {
			response.Processes = append(response.Processes, describe(process, state))
		}
	}
	return connect.NewResponse(response), nil
}

func describe(process *Process, state State) *wire.ProcessInfo {
	specification := process.Specification
	information := &wire.ProcessInfo{
		Config: &wire.ProcessConfig{
			Cmd: specification.Command, Args: specification.Arguments, Envs: specification.Environment, Cwd: specification.WorkingDirectory,
		},
		Pid: process.Pid(), Tag: specification.Tag, Handle: process.Handle, Running: !state.Exited,
		StartedAtUnixMs: process.StartedAt.UnixMilli(), User: specification.User.Name,
		Terminal: specification.Terminal != nil,
	}
	if state.Exited {
		code := state.Exit.Code()
		information.ExitCode = &code
		information.EndedAtUnixMs = state.EndedAt.UnixMilli()
	}
	return information
}

func (s *Service) find(selector *wire.ProcessSelector) (*Process, error) {
	switch choice := selector.GetSelector().(type) {
	case *wire.ProcessSelector_Pid:
		return s.manager.registry.byPid(choice.Pid)
	case *wire.ProcessSelector_Tag:
		return s.manager.registry.byTag(choice.Tag)
	case *wire.ProcessSelector_Handle:
		return s.manager.registry.byHandle(choice.Handle)
	}
	return nil, InvalidError{"no process is selected"}
}

// findLive finds a process that can still be influenced: one that runs, or that has left children with its output
// behind.
func (s *Service) findLive(selector *wire.ProcessSelector) (*Process, error) {
	found, err := s.find(selector)
	if err != nil {
		return nil, err
	}
	if found.State().OutputEnded {
		return nil, NotFoundError{selectorText(selector)}
	}
	return found, nil
}

func selectorText(selector *wire.ProcessSelector) string {
	switch choice := selector.GetSelector().(type) {
	case *wire.ProcessSelector_Pid:
		return fmt.Sprintf("pid %d", choice.Pid)
	case *wire.ProcessSelector_Tag:
		return "tag " + choice.Tag
	}
	return fmt.Sprintf("handle %d", selector.GetHandle())
}

// rpcError gives an error of this package its code on the wire.
func rpcError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(InvalidError)):
		return connect.NewError(connect.CodeInvalidArgument, err)
	case errors.As(err, new(NotFoundError)):
		return connect.NewError(connect.CodeNotFound, err)
	case errors.Is(err, context.Canceled):
		return connect.NewError(connect.CodeCanceled, err)
	case errors.Is(err, context.DeadlineExceeded):
		return connect.NewError(connect.CodeDeadlineExceeded, err)
	case connect.CodeOf(err) != connect.CodeUnknown:
		return err
	}
	return connect.NewError(systemErrorCode(err), err)
}

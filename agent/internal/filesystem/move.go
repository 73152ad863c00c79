package filesystem

import (
	"context"
	"os"
	"path/filepath"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/filesystem"
	"omnirun/agent/internal/access"
)

// Move renames a path, making the destination's missing parents. It replaces as rename(2) does and does not leave the
// file system.
func (s *Service) Move(_ context.Context, request *connect.Request[wire.MoveRequest]) (*connect.Response[wire.MoveResponse], error) {
	user, source, err := s.caller(request, request.Msg.GetSource())
	if err != nil {
		return nil, err
	}
	_, destination, err := s.caller(request, request.Msg.GetDestination())
	if err != nil {
		return nil, err
	}
	if _, err := s.entryAs(user, source); err != nil {
		return nil, rpcError(source, err)
	}
	if err := access.MakeDirectories(user, filepath.Dir(destination)); err != nil {
		return nil, rpcError(destination, err)
	}
	if err := access.As(user, func() error { return os.Rename(source, destination) }); err != nil {
		return nil, rpcError(source, err)
	}
	entry, err := s.entryAs(user, destination)
	if err != nil {
		return nil, rpcError(destination, err)
	}
	return connect.NewResponse(&wire.MoveResponse{Entry: entry}), nil
}

// Package filesystem looks at, makes, moves, removes and watches files for callers
// (api/proto/filesystem/filesystem.proto).
//
// Everything happens with the rights of the user that the request is made as (package access), with one exception:
// parents that are missing on the way to something new are made for the user even where only root could, because
// E2B's clients rely on it.
package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/filesystem"
	"omnirun/agent/gen/filesystem/filesystemconnect"
	"omnirun/agent/internal/access"
	"omnirun/agent/internal/users"
)

// Service is the file service on the wire.
type Service struct {
	users    *users.Database
	watchers registry
}

var _ filesystemconnect.FilesystemHandler = (*Service)(nil)

// NewService serves callers that the database knows.
func NewService(database *users.Database) *Service {
	return &Service{users: database, watchers: registry{byID: map[string]*queuedWatch{}}}
}

// caller finds out who asks and where the path leads. Errors are connect's.
func (s *Service) caller(request connect.AnyRequest, path string) (users.User, string, error) {
	user, err := s.users.OfRequest("", request.Header())
	if errors.As(err, new(users.UnknownError)) {
		return user, "", connect.NewError(connect.CodeUnauthenticated, err)
	}
	if err != nil {
		return user, "", connect.NewError(connect.CodeInvalidArgument, err)
	}
	resolved, err := user.Resolve(path)
	if err != nil {
		return user, "", connect.NewError(connect.CodeInvalidArgument, err)
	}
	return user, resolved, nil
}

// Stat describes one path.
func (s *Service) Stat(_ context.Context, request *connect.Request[wire.StatRequest]) (*connect.Response[wire.StatResponse], error) {
	user, path, err := s.caller(request, request.Msg.GetPath())
	if err != nil {
		return nil, err
	}
	entry, err := s.entryAs(user, path)
	if err != nil {
		return nil, rpcError(path, err)
	}
	return connect.NewResponse(&wire.StatResponse{Entry: entry}), nil
}

func (s *Service) entryAs(user users.User, path string) (entry *wire.EntryInfo, err error) {
	err = access.As(user, func() error {
		entry, err = entryAt(s.users, path)
		return err
	})
	return entry, err
}

// MakeDir makes a directory and its missing parents.
func (s *Service) MakeDir(_ context.Context, request *connect.Request[wire.MakeDirRequest],
) (*connect.Response[wire.MakeDirResponse], error) {
	user, path, err := s.caller(request, request.Msg.GetPath())
	if err != nil {
		return nil, err
	}
	switch information, err := os.Stat(path); {
	case err == nil && information.IsDir():
		return nil, connect.NewError(connect.CodeAlreadyExists, fmt.Errorf("directory '%s' already exists", path))
	case err == nil:
		return nil, connect.NewError(connect.CodeInvalidArgument, fmt.Errorf("path '%s' already exists and is not a directory", path))
	}
	if err := access.MakeDirectories(user, path); err != nil {
		return nil, rpcError(path, err)
	}
	entry, err := s.entryAs(user, path)
	if err != nil {
		return nil, rpcError(path, err)
	}
	return connect.NewResponse(&wire.MakeDirResponse{Entry: entry}), nil
}

// rpcError gives the file system's error its code and a text that names the path.
func rpcError(path string, err error) error {
	switch {
	case connect.CodeOf(err) != connect.CodeUnknown:
		return err
	case errors.Is(err, fs.ErrNotExist):
		return connect.NewError(connect.CodeNotFound, fmt.Errorf("path '%s' does not exist", path))
	case errors.Is(err, fs.ErrPermission):
		return connect.NewError(connect.CodePermissionDenied, err)
	case errors.Is(err, fs.ErrExist), errors.Is(err, syscall.ENOTEMPTY):
		return connect.NewError(connect.CodeAlreadyExists, err)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ELOOP),
		errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, syscall.EINVAL):
		return connect.NewError(connect.CodeInvalidArgument, err)
	case errors.Is(err, syscall.EXDEV), errors.Is(err, syscall.EBUSY), errors.Is(err, syscall.EROFS):
		return connect.NewError(connect.CodeFailedPrecondition, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return connect.NewError(connect.CodeResourceExhausted, err)
	}
	return connect.NewError(connect.CodeInternal, err)
}

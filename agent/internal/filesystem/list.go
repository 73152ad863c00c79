package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/filesystem"
	"omnirun/agent/internal/access"
	"omnirun/agent/internal/users"
)

// maxListed bounds one answer, which is built in memory: about 30 MB of entries.
const maxListed = 100_000

// ListDir describes what is below a directory, names in order, each directory before what is in it.
func (s *Service) ListDir(_ context.Context, request *connect.Request[wire.ListDirRequest],
) (*connect.Response[wire.ListDirResponse], error) {
	user, path, err := s.caller(request, request.Msg.GetPath())
	if err != nil {
		return nil, err
	}
	listing := listing{users: s.users}
	err = access.As(user, func() error { return listing.begin(path, int(max(1, request.Msg.GetDepth()))) })
	if err != nil {
		return nil, rpcError(path, err)
	}
	return connect.NewResponse(&wire.ListDirResponse{Entries: listing.entries}), nil
}

// listing is one walk through a directory.
type listing struct {
	users   *users.Database
	entries []*wire.EntryInfo
}

// begin follows a link at the root of the walk, and none below it; the entries' paths are below the path as it was
// asked for.
func (l *listing) begin(path string, depth int) error {
	information, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !information.IsDir() {
		return connect.NewError(connect.CodeInvalidArgument, fmt.Errorf("path '%s' is not a directory", path))
	}
	return l.walk(path, depth)
}

func (l *listing) walk(directory string, depth int) error {
	children, err := os.ReadDir(directory)
	if err != nil {
		return err
	}
	for _, child := range children {
		information, err := child.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // Removed since the directory was read.
		}
		if err != nil {
			return err
		}
		if err := l.add(filepath.Join(directory, child.Name()), information, depth); err != nil {
			return err
		}
	}
	return nil
}

func (l *listing) add(path string, information fs.FileInfo, depth int) error {
	if len(l.entries) == maxListed {
		return connect.NewError(connect.CodeResourceExhausted, fmt.Errorf("there are more than %d entries: list a smaller part", maxListed))
	}
	l.entries = append(l.entries, describe(l.users, path, information))
	if !information.IsDir() || depth <= 1 {
		return nil
	}
	err := l.walk(path, depth-1)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil // It has gone, or is not for this user: then it is listed without its inside, as ls does.
	}
	return err
}

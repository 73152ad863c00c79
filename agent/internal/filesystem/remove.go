package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/filesystem"
	"omnirun/agent/internal/access"
)

// mountTable lists what is mounted where (proc_pid_mountinfo(5)).
const mountTable = "/proc/self/mountinfo"

// mountPointField is the index of the mount point in a line of the table.
const mountPointField = 4

// unescape undoes the table's octal escapes, which hide what would end a field or a line.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// Remove removes a path and what is below it; what is not there is removed already. A path at or below which a file
// system is mounted is refused before anything is removed: emptying /dev or /proc breaks the guest, and the mount
// itself would stay all the same.
func (s *Service) Remove(_ context.Context, request *connect.Request[wire.RemoveRequest]) (*connect.Response[wire.RemoveResponse], error) {
	user, path, err := s.caller(request, request.Msg.GetPath())
	if err != nil {
		return nil, err
	}
	if path == "/" {
		return nil, connect.NewError(connect.CodeInvalidArgument, errors.New("the root directory cannot be removed"))
	}
	err = access.As(user, func() error {
		if err := requireUnmounted(path); err != nil {
			return err
		}
		return os.RemoveAll(path)
	})
	if err != nil {
		return nil, rpcError(path, err)
	}
	return connect.NewResponse(&wire.RemoveResponse{}), nil
}

func requireUnmounted(path string) error {
	parent, err := filepath.EvalSymlinks(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	table, err := os.ReadFile(mountTable)
	if err != nil {
		return err
	}
	if point, found := mountWithin(string(table), filepath.Join(parent, filepath.Base(path))); found {
		return connect.NewError(connect.CodeFailedPrecondition,
			fmt.Errorf("path '%s' cannot be removed: a file system is mounted at '%s'", path, sayable(point)))
	}
	return nil
}

// mountWithin finds a mount point at or below a path without links.
func mountWithin(table, path string) (point string, found bool) {
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) <= mountPointField {
			continue
		}
		point := unescape.Replace(fields[mountPointField])
		if point == path || strings.HasPrefix(point, path+"/") {
			return point, true
		}
	}
	return "", false
}

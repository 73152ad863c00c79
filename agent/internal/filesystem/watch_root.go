package filesystem

import (
	"fmt"
	"os"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"
)

// networkFileSystems are those where changes made elsewhere are not reported, by their magic numbers (statfs(2)).
var networkFileSystems = map[int64]string{
	unix.NFS_SUPER_MAGIC: "NFS", 0xff534d42: "CIFS", unix.SMB_SUPER_MAGIC: "SMB", 0xfe534d42: "SMB2", unix.FUSE_SUPER_MAGIC: "FUSE",
}

// checkRoot refuses what cannot be watched with a text for the caller.
func checkRoot(path string, allowNetworkMounts bool) error {
	information, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !information.IsDir() {
		return connect.NewError(connect.CodeInvalidArgument, fmt.Errorf("path '%s' is not a directory", path))
	}
	var system unix.Statfs_t
	if err := unix.Statfs(path, &system); err != nil {
		return &os.PathError{Op: "statfs", Path: path, Err: err}
	}
	if name, isNetwork := networkFileSystems[int64(system.Type)]; isNetwork && !allowNetworkMounts {
		return connect.NewError(connect.CodeInvalidArgument,
			fmt.Errorf("path '%s' is on a network file system (%s), which reports no changes made elsewhere", path, name))
	}
	return nil
}

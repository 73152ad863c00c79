package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Listen makes the launcher's socket, mode 0600 and owned by the server, in place of one that a former launcher left. The caller makes
// sure that no other launcher uses it, and closes it, which removes the name.
func Listen(path string, uid, gid int) (*net.UnixListener, error) {
	if err := removeSocket(path); err != nil {
		return nil, err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("the socket cannot be made: %w", err)
	}
	if err := giveAway(path, uid, gid); err != nil {
		return nil, errors.Join(fmt.Errorf("the socket %s cannot be given to the server: %w", path, err), listener.Close())
	}
	return listener, nil
}

func removeSocket(path string) error {
	status, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if status.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s exists and is not a socket", path)
	}
	return os.Remove(path)
}

// giveAway changes mode and owner of the inode that it has examined, whatever the name means by then: the directory may be the server's.
func giveAway(path string, uid, gid int) error {
	descriptor, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(descriptor)
	var status unix.Stat_t
	if err := unix.Fstat(descriptor, &status); err != nil {
		return err
	}
	if status.Mode&unix.S_IFMT != unix.S_IFSOCK || status.Uid != 0 || status.Nlink != 1 {
		return errors.New("it is not the socket that was made")
	}
	if err := os.Chmod(fmt.Sprintf("/proc/self/fd/%d", descriptor), 0o600); err != nil {
		return err
	}
	return unix.Fchownat(descriptor, "", uid, gid, unix.AT_EMPTY_PATH)
}

// peerUID asks the kernel who connected.
func peerUID(connection *net.UnixConn) (int, error) {
	raw, err := connection.SyscallConn()
	if err != nil {
		return 0, err
	}
	var credentials *unix.Ucred
	var optionErr error
	err = raw.Control(func(descriptor uintptr) {
		credentials, optionErr = unix.GetsockoptUcred(int(descriptor), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err := errors.Join(err, optionErr); err != nil {
		return 0, err
	}
	return int(credentials.Uid), nil
}

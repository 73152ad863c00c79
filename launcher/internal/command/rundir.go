package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// runDirectory is the launcher's own directory, held by this process alone.
type runDirectory struct {
	path string
	lock *os.File
}

// openRunDirectory makes the directory unless it exists, checks that only root can enter it, and takes its lock, which is what keeps
// two launchers of one instance apart. close gives it back.
func openRunDirectory(path string) (*runDirectory, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("--run-dir cannot be made: %w", err)
	}
	if err := checkPrivate(path); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--run-dir cannot be locked: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = fmt.Errorf("another launcher uses --run-dir %s", path)
		}
		return nil, errors.Join(err, lock.Close())
	}
	return &runDirectory{path: path, lock: lock}, nil
}

func (r *runDirectory) close() error { return r.lock.Close() }

// router is where the router's namespace is mounted.
func (r *runDirectory) router() string { return filepath.Join(r.path, "router") }

func checkPrivate(path string) error {
	status, err := os.Lstat(path)
	if err != nil {
		return err
	}
	owner, known := status.Sys().(*syscall.Stat_t)
	if !known || !status.IsDir() || owner.Uid != 0 || status.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("--run-dir %s must be a directory of root's that nobody else can enter", path)
	}
	return nil
}

package router

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// ownNamespace is that of the thread that opens it.
const ownNamespace = "/proc/thread-self/ns/net"

// namespace is an open network namespace.
type namespace struct {
	file *os.File
}

func openNamespace(path string) (namespace, error) {
	file, err := os.Open(path)
	if err != nil {
		return namespace{}, err
	}
	var about unix.Statfs_t
	if err := unix.Fstatfs(int(file.Fd()), &about); err != nil {
		return namespace{}, errors.Join(err, file.Close())
	}
	if about.Type != unix.NSFS_MAGIC {
		return namespace{}, errors.Join(fmt.Errorf("%s: %w", path, fs.ErrNotExist), file.Close())
	}
	return namespace{file: file}, nil
}

// makeNamespace makes one that lasts for as long as it is mounted at path, where nothing must be mounted.
func makeNamespace(path string) (namespace, error) {
	place, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return namespace{}, err
	}
	if err := place.Close(); err != nil {
		return namespace{}, err
	}
	err = onOwnThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("a network namespace cannot be made: %w", err)
		}
		return unix.Mount(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()), path, "", unix.MS_BIND, "")
	})
	if err != nil {
		return namespace{}, err
	}
	return openNamespace(path)
}

// removeNamespace undoes makeNamespace; what is not there is removed already.
func removeNamespace(path string) error {
	err := unix.Unmount(path, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) {
		err = nil
	}
	removal := os.Remove(path)
	if errors.Is(removal, fs.ErrNotExist) {
		removal = nil
	}
	return errors.Join(err, removal)
}

// do runs an action in the namespace: what it opens or starts is in there.
func (n namespace) do(action func() error) error { return within(int(n.file.Fd()), action) }

// within runs an action in the network namespace that a descriptor means.
func within(descriptor int, action func() error) error {
	return onOwnThread(func() error {
		if err := unix.Setns(descriptor, unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("a network namespace cannot be entered: %w", err)
		}
		return action()
	})
}

// onOwnThread runs an action that changes its thread: nothing else ever runs on that one.
func onOwnThread(action func() error) error {
	result := make(chan error, 1)
	go func() {
		// Never unlocked: the thread ends with this function instead of going back.
		runtime.LockOSThread()
		result <- action()
	}()
	return <-result
}

func (n namespace) close() error { return n.file.Close() }

// setSwitches writes settings of the network below /proc/sys/net of the calling thread's namespace.
func setSwitches(settings ...string) error {
	for i := 0; i < len(settings); i += 2 {
		err := os.WriteFile("/proc/sys/net/"+settings[i], []byte(settings[i+1]), 0)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s cannot be set: %w", settings[i], err)
		}
	}
	return nil
}

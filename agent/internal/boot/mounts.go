package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"

	"golang.org/x/sys/unix"
)

// mount is one call of mount(2).
type mount struct {
	source, target, kind string
	flags                uintptr
	options              string
}

// do makes the mount point if need be.
func (m mount) do() error {
	if err := os.MkdirAll(m.target, 0o755); err != nil {
		return fmt.Errorf("mount point: %w", err)
	}
	if err := unix.Mount(m.source, m.target, m.kind, m.flags, m.options); err != nil {
		return fmt.Errorf("mount %s on %s: %w", m.source, m.target, err)
	}
	return nil
}

const withoutDevices = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

func mountKernelFileSystems() error {
	for _, wanted := range []mount{
		{"devtmpfs", "/dev", "devtmpfs", unix.MS_NOSUID, "mode=0755"},
		{"proc", "/proc", "proc", withoutDevices, ""},
		{"sysfs", "/sys", "sysfs", withoutDevices, ""},
	} {
		// A kernel may have mounted /dev itself.
		if err := wanted.do(); err != nil && !errors.Is(err, unix.EBUSY) {
			return err
		}
	}
	return nil
}

// mountRest completes the new root. Its /tmp stays on the disk, as in Debian: there is more room than in RAM.
func mountRest() error {
	for _, wanted := range []mount{
		// Group 5 is tty, which programs that write to others' terminals belong to.
		{"devpts", "/dev/pts", "devpts", unix.MS_NOSUID | unix.MS_NOEXEC, "gid=5,mode=0620,ptmxmode=0666"},
		{"tmpfs", "/dev/shm", "tmpfs", unix.MS_NOSUID | unix.MS_NODEV, "mode=1777"},
		{"tmpfs", "/run", "tmpfs", unix.MS_NOSUID | unix.MS_NODEV, "mode=0755,size=25%"},
	} {
		if err := wanted.do(); err != nil {
			return err
		}
	}
	groups := mount{"cgroup2", "/sys/fs/cgroup", "cgroup2", withoutDevices, ""}
	if err := unix.Mount(groups.source, groups.target, groups.kind, groups.flags, groups.options); err != nil {
		log.Printf("no control groups: %v", err)
	}
	for _, shared := range []string{"/tmp", "/var/tmp", "/run/lock"} {
		if err := makeShared(shared); err != nil {
			return err
		}
	}
	return linkDescriptors()
}

// makeShared makes a directory in which everybody may make files, and remove only their own.
func makeShared(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("shared directory: %w", err)
	}
	return os.Chmod(path, os.ModeSticky|0o777)
}

// linkDescriptors makes the names by which shells and scripts reach their open files.
func linkDescriptors() error {
	for name, target := range map[string]string{
		"/dev/fd": "/proc/self/fd", "/dev/stdin": "/proc/self/fd/0", "/dev/stdout": "/proc/self/fd/1", "/dev/stderr": "/proc/self/fd/2",
	} {
		if err := os.Symlink(target, name); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

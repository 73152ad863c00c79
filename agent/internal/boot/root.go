package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	baseDevice = "/dev/vda"
	diskDevice = "/dev/vdb"

	baseMount = "/base"
	diskMount = "/disk"
	newRoot   = "/newroot"
)

// switchRoot makes the joined disks the root, and gives the initramfs's memory back.
func switchRoot() error {
	if err := mountRoot(); err != nil {
		return err
	}
	for _, kernels := range []string{"/dev", "/proc", "/sys"} {
		if err := (mount{kernels, newRoot + kernels, "", unix.MS_MOVE, ""}).do(); err != nil {
			return err
		}
	}
	// The overlay holds its layers itself; their own mounts would only be a second way to the same files.
	for _, layer := range []string{baseMount, diskMount} {
		if err := unix.Unmount(layer, unix.MNT_DETACH); err != nil {
			return fmt.Errorf("detach %s: %w", layer, err)
		}
	}
	if err := emptyInitramfs(); err != nil {
		log.Printf("the initramfs keeps some memory: %v", err)
	}
	return enter(newRoot)
}

func mountRoot() error {
	if err := (mount{baseDevice, baseMount, "ext4", unix.MS_RDONLY | unix.MS_NOATIME, ""}).do(); err != nil {
		return err
	}
	if err := (mount{diskDevice, diskMount, "ext4", unix.MS_NOATIME, ""}).do(); err != nil {
		return err
	}
	for _, layer := range []string{"/upper", "/work"} {
		if err := os.MkdirAll(diskMount+layer, 0o755); err != nil {
			return fmt.Errorf("layer: %w", err)
		}
	}
	// redirect_dir lets directories of the base be renamed; xino makes all files show one device, so that tools see
	// one file system.
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s/upper,workdir=%s/work,redirect_dir=on,xino=on", baseMount, diskMount, diskMount)
	return mount{"overlay", newRoot, "overlay", unix.MS_NOATIME, options}.do()
}

// enter makes a mounted directory the root of this process, and so of all that it starts.
func enter(root string) error {
	if err := os.Chdir(root); err != nil {
		return fmt.Errorf("enter the root: %w", err)
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move the root: %w", err)
	}
	if err := unix.Chroot("."); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return fmt.Errorf("enter the root: %w", err)
	}
	unix.Umask(0o022)
	return nil
}

// emptyInitramfs removes the files that the machine was booted from, this program's own included: its memory stays as
// long as it runs.
func emptyInitramfs() error {
	var root unix.Stat_t
	if err := unix.Lstat("/", &root); err != nil {
		return err
	}
	return removeBelow("/", root.Dev)
}

// removeBelow removes what is in a directory and on the given device; mount points are on others.
func removeBelow(directory string, device uint64) error {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return err
	}
	var failures []error
	for _, entry := range entries {
		path := filepath.Join(directory, entry.Name())
		var information unix.Stat_t
		if err := unix.Lstat(path, &information); err != nil {
			failures = append(failures, &fs.PathError{Op: "lstat", Path: path, Err: err})
			continue
		}
		if information.Dev != device {
			continue
		}
		if entry.IsDir() {
			failures = append(failures, removeBelow(path, device))
		}
		failures = append(failures, os.Remove(path))
	}
	return errors.Join(failures...)
}

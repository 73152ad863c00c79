package identity

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	bootIDDirectory = "run/omnirun"
	bootIDFile      = "boot_id"
	kernelsBootID   = "proc/sys/kernel/random/boot_id"
)

// SetBootID puts a file over the kernel's own, which cannot be set and is the same in every clone. A later call writes into that file, so that nothing
// is mounted on it twice.
func (l *Linux) SetBootID(bootID string) error {
	directory := filepath.Join(l.root, bootIDDirectory)
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	path := filepath.Join(directory, bootIDFile)
	if err := overwrite(path, bootID+"\n"); err != nil {
		return err
	}
	target := filepath.Join(l.root, kernelsBootID)
	if mounted, err := sameFile(path, target); mounted || err != nil {
		return err
	}
	if err := unix.Mount(path, target, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount over %s: %w", target, err)
	}
	return nil
}

// overwrite replaces content by content of the same length in place: whoever reads meanwhile finds one of the two.
func overwrite(path, content string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o444)
	if err != nil {
		return err
	}
	_, err = file.WriteAt([]byte(content), 0)
	return errors.Join(err, file.Close())
}

func sameFile(one, other string) (bool, error) {
	oneInformation, err := os.Stat(one)
	if err != nil {
		return false, err
	}
	otherInformation, err := os.Stat(other)
	if err != nil {
		return false, err
	}
	return os.SameFile(oneInformation, otherInformation), nil
}

// readSmall reads a file of which the guest may have made anything.
func readSmall(path string, limit int64) (string, error) {
	information, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !information.Mode().IsRegular() || information.Size() > limit {
		return "", fmt.Errorf("%s is not a file of at most %d bytes", path, limit)
	}
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit))
	return string(content), err
}

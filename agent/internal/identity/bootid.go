package identity

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	bootIDDirectory = "run/omnirun"
	bootIDFile      = "boot_id"
	kernelsBootID   = "proc/sys/kernel/random/boot_id"
)

// SetBootID puts a file over the kernel's own, which cannot be set and is the same in every clone. A later call
// writes into that file, so that nothing is mounted on it twice.
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

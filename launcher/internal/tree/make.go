package tree

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// MountPoints are what a jail mounts something on, relative to the tree.
type MountPoints struct {
	Directories []string
	Files       []string
}

// prefix begins the names of trees in their parent, whole ones and those that are being made.
const prefix = "vmm-"

// Make returns the tree of these files and mount points below parent, which is root's. It copies them unless a launcher before has, and nothing has changed
// since. Former trees stay: VMMs that were begun with one may still open its files. One caller at a time.
func Make(parent string, files []string, points MountPoints) (string, error) {
	files = slices.Compact(slices.Sorted(slices.Values(files)))
	name, err := nameOf(files, points)
	if err != nil {
		return "", err
	}
	finished, unfinished := filepath.Join(parent, name), filepath.Join(parent, prefix+"new")
	if _, err := os.Stat(finished); !errors.Is(err, fs.ErrNotExist) {
		return finished, err
	}
	if err := os.RemoveAll(unfinished); err != nil {
		return "", err
	}
	if err := fill(unfinished, files, points); err != nil {
		return "", err
	}
	return finished, os.Rename(unfinished, finished)
}

// RemoveAll removes every tree below parent. No VMM may live.
func RemoveAll(parent string) error {
	found, err := filepath.Glob(filepath.Join(parent, prefix+"*"))
	for _, directory := range found {
		err = errors.Join(err, os.RemoveAll(directory))
	}
	return err
}

// bootFile holds a number that each boot of the host has anew.
const bootFile = "/proc/sys/kernel/random/boot_id"

// nameOf tells states of files apart as make does: by size and time of change. A tree of another boot is not used again, for it may not have
// got to the disk whole.
func nameOf(files []string, points MountPoints) (string, error) {
	boot, err := os.ReadFile(bootFile)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	hash.Write(boot)
	fmt.Fprintf(hash, "%q\x00", points)
	for _, file := range files {
		status, err := os.Stat(file)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(hash, "%s\x00%d\x00%d\x00", file, status.Size(), status.ModTime().UnixNano())
	}
	return prefix + hex.EncodeToString(hash.Sum(nil)[:8]), nil
}

func fill(directory string, files []string, points MountPoints) error {
	if err := points.make(directory); err != nil {
		return err
	}
	for _, file := range files {
		if err := copyFile(file, filepath.Join(directory, file)); err != nil {
			return fmt.Errorf("%s cannot be copied for VMMs: %w", file, err)
		}
	}
	return filepath.WalkDir(directory, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chmod(path, readable))
	})
}

// make makes them, empty.
func (p MountPoints) make(directory string) error {
	for _, point := range p.Directories {
		if err := os.MkdirAll(filepath.Join(directory, point), readable); err != nil {
			return err
		}
	}
	for _, point := range p.Files {
		path := filepath.Join(directory, point)
		if err := os.MkdirAll(filepath.Dir(path), readable); err != nil {
			return err
		}
		if err := os.WriteFile(path, nil, readable); err != nil {
			return err
		}
	}
	return nil
}

// readable is the mode of all that is in a tree, for machines' users, whatever the launcher's umask.
const readable = 0o755

func copyFile(from, to string) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), readable); err != nil {
		return err
	}
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, readable)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	_, err = io.Copy(target, source)
	return err
}

package access

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"omnirun/agent/internal/users"
)

// MakeDirectories makes a directory and its missing parents, mode 0755, owned by the user, also where only root may
// make them: E2B's clients write to places like /app that way. What exists is left alone; that it is no directory is
// syscall.ENOTDIR.
func MakeDirectories(user users.User, path string) error {
	information, err := os.Stat(path)
	if err == nil {
		if !information.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: path, Err: syscall.ENOTDIR}
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := MakeDirectories(user, filepath.Dir(path)); err != nil {
		return err
	}
	return makeDirectory(user, path)
}

func makeDirectory(user users.User, path string) error {
	if err := os.Mkdir(path, 0o755); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil // Somebody else made it at the same time.
		}
		return err
	}
	if err := os.Lchown(path, int(user.UID), int(user.GID)); err != nil {
		return fmt.Errorf("give the directory to its user: %w", err)
	}
	return nil
}

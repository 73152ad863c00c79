// Package atomicfile replaces small system files as a whole: a reader sees the old content or the new, never half.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Write replaces the file by one with this content and mode, which the umask restricts, owned by the agent. What
// stands at path is replaced, not followed, so a symbolic link planted there leads nowhere. Nothing is synced: the
// file is lost with the machine, not before.
func Write(path string, content []byte, mode os.FileMode) error {
	temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"-"+rand.Text())
	if err := fill(temporary, content, mode); err != nil {
		return fmt.Errorf("replace %s: %w", path, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("replace %s: %w", path, errors.Join(err, os.Remove(temporary)))
	}
	return nil
}

func fill(path string, content []byte, mode os.FileMode) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// Package atomicfile replaces small system files as a whole: a reader sees the old content or the new, never half.
package atomicfile

import (
	"fmt"
	"os"
	"path/filepath"
)

// Write replaces the file by one with this content and mode, owned by the agent. What stands at path is replaced, not followed, so a symbolic link
// planted there leads nowhere. Nothing is synced: the file is lost with the machine, not before.
func Write(path string, content []byte, mode os.FileMode) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return fmt.Errorf("replace %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("replace %s: %w", path, err)
			os.Remove(file.Name()) // Its absence or presence changes nothing about the error above.
		}
	}()
	if err = fill(file, content, mode); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// fill takes ownership of the file.
func fill(file *os.File, content []byte, mode os.FileMode) error {
	if _, err := file.Write(content); err != nil {
		file.Close()
		return err
	}
	if err := file.Chmod(mode); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

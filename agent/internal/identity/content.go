package identity

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"omnirun/agent/internal/atomicfile"
)

// maxContentBytes bounds what is read of a file that the guest's user may have written.
const maxContentBytes = 1 << 20

// ensureContent gives a file below the root this content, in the cheapest way that never shows half of it: nothing is
// written that is there already, content of the same length is written over the old one, and only any other replaces
// the file.
func (l *Linux) ensureContent(name, content string) error {
	path := filepath.Join(l.root, name)
	present, err := readSmall(path)
	switch {
	case err == nil && present == content:
		return nil
	case err == nil && len(present) == len(content):
		return overwrite(path, content)
	}
	return atomicfile.Write(path, []byte(content), 0o644)
}

// overwrite replaces content by content of the same length in place, or makes the file.
func overwrite(path, content string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o444)
	if err != nil {
		return err
	}
	_, err = file.WriteAt([]byte(content), 0)
	return errors.Join(err, file.Close())
}

// readSmall reads a file of which the guest may have made anything: a link is not followed, and what is not a file is
// not waited for.
func readSmall(path string) (string, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	information, err := file.Stat()
	if err != nil {
		return "", err
	}
	if !information.Mode().IsRegular() || information.Size() > maxContentBytes {
		return "", fmt.Errorf("%s is not a file of at most %d bytes", path, maxContentBytes)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxContentBytes))
	return string(content), err
}

package identity

import (
	"errors"
	"path/filepath"

	"omnirun/agent/internal/atomicfile"
)

// ensureContent gives a file below the root this content, in the cheapest way that never shows half of it: nothing is
// written that is there already, content of the same length is written over the old one, and only any other replaces
// the file.
func (l *Linux) ensureContent(name, content string) error {
	path := filepath.Join(l.root, name)
	if done, err := ensureInPlace(path, content); done || err != nil {
		return err
	}
	return atomicfile.Write(path, []byte(content), 0o644)
}

// ensureInPlace says whether the file has this content now. It leaves alone what has content of another length, is no file, or cannot be
// opened: why does not matter, for it is replaced. What nobody may write can have the content already.
func ensureInPlace(path, content string) (done bool, err error) {
	file, notOpen := openForWriting(path)
	if notOpen != nil {
		present, unreadable := readSmall(path)
		return unreadable == nil && present == content, nil
	}
	defer func() { err = errors.Join(err, file.close()) }()
	switch present, unreadable := file.read(); {
	case unreadable != nil || len(present) != len(content):
		return false, nil
	case present == content:
		return true, nil
	}
	return true, file.overwrite(content)
}

// overwrite replaces content by content of the same length in place, or makes the file.
func overwrite(path, content string) error {
	file, err := openOrMake(path)
	if err != nil {
		return err
	}
	return errors.Join(file.overwrite(content), file.close())
}

// readSmall reads a file of which the guest may have made anything.
func readSmall(path string) (content string, err error) {
	file, err := openForReading(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.close()) }()
	return file.read()
}

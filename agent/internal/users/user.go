// Package users knows the guest's accounts: who a caller may act as, with which ids, and where that user's paths
// begin.
package users

import (
	"fmt"
	"path/filepath"
	"strings"
)

// maxPathBytes is PATH_MAX without its NUL: longer paths no system call takes.
const maxPathBytes = 4095

// User is an account of the guest. Groups holds the supplementary groups, the primary one included.
type User struct {
	Name   string
	UID    uint32
	GID    uint32
	Groups []uint32
	Home   string
	Shell  string
}

// IsRoot reports whether the user is not bound by file permissions.
func (u User) IsRoot() bool { return u.UID == 0 }

// Resolve makes a caller's path absolute and clean: "" and "~" are the home, "~/x" and relative paths begin there. It
// does not look at the file system. The error, for a NUL or too many bytes, has a text for the caller.
func (u User) Resolve(path string) (string, error) {
	if strings.ContainsRune(path, 0) {
		return "", fmt.Errorf("path must not contain a NUL byte")
	}
	switch {
	case path == "" || path == "~":
		path = u.Home
	case strings.HasPrefix(path, "~/"):
		path = filepath.Join(u.Home, path[2:])
	case !filepath.IsAbs(path):
		path = filepath.Join(u.Home, path)
	}
	path = filepath.Clean(path)
	if len(path) > maxPathBytes {
		return "", fmt.Errorf("path is longer than %d bytes", maxPathBytes)
	}
	return path, nil
}

// UnknownError says that no account has this name.
type UnknownError struct{ Name string }

func (e UnknownError) Error() string { return fmt.Sprintf("invalid username: '%s'", e.Name) }

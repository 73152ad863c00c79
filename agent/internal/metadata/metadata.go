// Package metadata keeps what callers attach to files: small texts in extended attributes named user.e2b.<key>.
package metadata

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	attributePrefix = "user.e2b."
	headerPrefix    = "X-Metadata-"
	// maxKeyBytes is what the kernel leaves of a name (XATTR_NAME_MAX, 255) behind the prefix.
	maxKeyBytes = 255 - len(attributePrefix)
	// maxTotalBytes of keys and values is what ext4 surely has room for beside an inode: one block.
	maxTotalBytes = 4096
	// maxListBytes is the kernel's bound of all attribute names of one file (XATTR_LIST_MAX).
	maxListBytes = 64 << 10
)

// FromHeaders reads the metadata of an upload: one X-Metadata-<key> header each, keys in lower case. The error has a
// text for the caller.
func FromHeaders(header http.Header) (map[string]string, error) {
	found := map[string]string{}
	total := 0
	for name, values := range header {
		key, isMetadata := strings.CutPrefix(name, headerPrefix)
		if !isMetadata {
			continue
		}
		key = strings.ToLower(key)
		value := values[len(values)-1]
		if key == "" || len(key) > maxKeyBytes || !printable(key) || !printable(value) {
			return nil, fmt.Errorf("metadata %q must be printable ASCII, its key 1 to %d bytes", key, maxKeyBytes)
		}
		total += len(key) + len(value)
		found[key] = value
	}
	if total > maxTotalBytes {
		return nil, fmt.Errorf("metadata has more than %d bytes", maxTotalBytes)
	}
	return found, nil
}

func printable(text string) bool {
	return !strings.ContainsFunc(text, func(char rune) bool { return char < ' ' || char > '~' })
}

// Attach gives metadata to an open file that has none yet. unix.ENOTSUP means that its file system keeps none.
func Attach(descriptor int, metadata map[string]string) error {
	for key, value := range metadata {
		if err := unix.Fsetxattr(descriptor, attributePrefix+key, []byte(value), 0); err != nil {
			return fmt.Errorf("attach metadata: %w", err)
		}
	}
	return nil
}

// Read returns a file's metadata, nil when it has none or when its file system keeps none. A symbolic link has none
// of its own.
func Read(path string) (map[string]string, error) {
	names, err := list(path)
	if err != nil {
		return nil, err
	}
	var found map[string]string
	for name := range strings.SplitSeq(string(names), "\x00") {
		key, isMetadata := strings.CutPrefix(name, attributePrefix)
		if !isMetadata {
			continue
		}
		value, err := get(path, name)
		if err != nil {
			continue // It has gone since it was listed, or was set by somebody to more than we take.
		}
		if found == nil {
			found = map[string]string{}
		}
		found[key] = value
	}
	return found, nil
}

// list asks with a small buffer first: nearly all files have no attributes, and this is done for every entry of a
// directory.
func list(path string) ([]byte, error) {
	small := make([]byte, 256)
	size, err := unix.Llistxattr(path, small)
	if err == nil {
		return small[:size], nil
	}
	if !errors.Is(err, unix.ERANGE) {
		return nil, ignoreUnsupported(err)
	}
	large := make([]byte, maxListBytes)
	size, err = unix.Llistxattr(path, large)
	if err != nil {
		return nil, ignoreUnsupported(err)
	}
	return large[:size], nil
}

func ignoreUnsupported(err error) error {
	if slices.Contains([]error{unix.ENOTSUP, unix.ENOSYS, unix.EPERM}, err) {
		return nil
	}
	return err
}

func get(path, name string) (string, error) {
	value := make([]byte, maxTotalBytes)
	size, err := unix.Lgetxattr(path, name, value)
	if err != nil {
		return "", err
	}
	return strings.ToValidUTF8(string(value[:size]), "\uFFFD"), nil
}

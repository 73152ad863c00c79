package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// maxGenerated bounds a file that the kernel makes up as it is read, which is kept in memory to learn its length.
	maxGenerated = 4 << 20
	// generatedPatience is how long such a file may take: some have no end and wait for the next event.
	generatedPatience = 5 * time.Second
)

// contentOf is what there is to send of a regular file. Those of /proc have a content but no length, and those of
// /sys are shorter than they say.
func contentOf(file *os.File, information fs.FileInfo) (io.ReadSeeker, error) {
	if information.Size() > 0 && !isGenerated(file) {
		return file, nil
	}
	if err := file.SetReadDeadline(time.Now().Add(generatedPatience)); err != nil && !errors.Is(err, os.ErrNoDeadline) {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, maxGenerated+1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, badRequest("'%s' does not end: it is no file that can be read whole", file.Name())
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", file.Name(), err)
	case len(content) > maxGenerated:
		return nil, badRequest("'%s' has no length and more than %d bytes", file.Name(), maxGenerated)
	}
	return bytes.NewReader(content), nil
}

// isGenerated asks for the file system by way of Control: Fd would make reads block, whatever the deadline.
func isGenerated(file *os.File) bool {
	connection, err := file.SyscallConn()
	if err != nil {
		return false
	}
	var system unix.Statfs_t
	var statErr error
	err = connection.Control(func(descriptor uintptr) { statErr = unix.Fstatfs(int(descriptor), &system) })
	return err == nil && statErr == nil && (system.Type == unix.SYSFS_MAGIC || system.Type == unix.PROC_SUPER_MAGIC)
}

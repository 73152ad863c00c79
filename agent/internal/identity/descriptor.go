package identity

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// maxContentBytes bounds what is read of a file that the guest's user may have written.
const maxContentBytes = 1 << 20

// harmless opens a file of which the guest may have made anything: a link is not followed, what is no file is not waited for, and a
// terminal does not become the agent's own.
const harmless = unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC

// descriptor is an open file and nothing else. Package os also asks the poller to watch each, which no regular file can be, and reads on to
// an end that is known: every claim waits for some files, and in an emulated guest for each call.
type descriptor int

func openForReading(path string) (descriptor, error) { return open(path, unix.O_RDONLY) }

func openForWriting(path string) (descriptor, error) { return open(path, unix.O_RDWR) }

func openOrMake(path string) (descriptor, error) { return open(path, unix.O_WRONLY|unix.O_CREAT) }

func open(path string, flags int) (descriptor, error) {
	var opened int
	err := uninterrupted(func() (err error) {
		opened, err = unix.Open(path, flags|harmless, 0o444)
		return err
	})
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return descriptor(opened), nil
}

// read returns the whole of a small file.
func (d descriptor) read() (string, error) {
	var about unix.Stat_t
	if err := uninterrupted(func() error { return unix.Fstat(int(d), &about) }); err != nil {
		return "", err
	}
	if about.Mode&unix.S_IFMT != unix.S_IFREG || about.Size > maxContentBytes {
		return "", fmt.Errorf("it is not a file of at most %d bytes", maxContentBytes)
	}
	content := make([]byte, about.Size)
	for filled := 0; filled < len(content); {
		var count int
		err := uninterrupted(func() (err error) {
			count, err = unix.Pread(int(d), content[filled:], int64(filled))
			return err
		})
		if err != nil {
			return "", err
		}
		if count == 0 {
			return string(content[:filled]), nil // It has become shorter.
		}
		filled += count
	}
	return string(content), nil
}

// overwrite replaces as many bytes from the file's beginning.
func (d descriptor) overwrite(content string) error {
	var count int
	err := uninterrupted(func() (err error) {
		count, err = unix.Pwrite(int(d), []byte(content), 0)
		return err
	})
	if err == nil && count < len(content) {
		err = io.ErrShortWrite
	}
	return err
}

func (d descriptor) close() error { return unix.Close(int(d)) }

// uninterrupted repeats a system call that a signal has ended: the runtime sends its threads such.
func uninterrupted(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

package access

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"omnirun/agent/internal/users"
)

// newFileMode is that of a file that did not exist before; another keeps its permissions, but no set-user-id bit.
const newFileMode = 0o644

// ErrNotRegular is returned for a path at which stands neither a file nor nothing.
var ErrNotRegular = errors.New("not a regular file")

// Replacement is a new content for a path, written beside it and put in its place when it is complete. Until then the
// path is untouched, and afterwards it is a new file: other hard links keep the old content. It belongs to one
// goroutine, which ends it by Commit or Abort.
type Replacement struct {
	// File is what the content is written to.
	File      *os.File
	directory int
	name      string
	temporary string
}

// BeginReplacement makes the parents of path if need be. The user must be allowed to write to the file that is there,
// or to make one where none is; that is decided with the user's rights on a directory that is held open, and so
// cannot be exchanged for another before the file is put into it. The file will belong to the user. A link at path is
// followed. Errors: syscall.EISDIR, ErrNotRegular, or those of the file system.
func BeginReplacement(user users.User, path string) (_ *Replacement, err error) {
	target, err := followLinks(user, path)
	if err != nil {
		return nil, err
	}
	if err := MakeDirectories(user, filepath.Dir(target)); err != nil {
		return nil, err
	}
	replacement := &Replacement{name: filepath.Base(target), temporary: TemporaryPrefix + rand.Text(), directory: -1}
	defer func() {
		if err != nil {
			replacement.Abort()
			err = &fs.PathError{Op: "write", Path: path, Err: err}
		}
	}()
	var mode uint32
	if err := As(user, func() error {
		mode, err = replacement.authorize(filepath.Dir(target))
		return err
	}); err != nil {
		return nil, err
	}
	return replacement, replacement.create(user, mode)
}

// authorize opens the directory and returns the permissions that the new file is to have.
func (r *Replacement) authorize(directory string) (mode uint32, err error) {
	r.directory, err = unix.Open(directory, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		r.directory = -1
		return 0, err
	}
	var present unix.Stat_t
	err = unix.Fstatat(r.directory, r.name, &present, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		return newFileMode, unix.Faccessat(r.directory, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	}
	if err != nil {
		return 0, err
	}
	switch present.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return present.Mode & 0o777, unix.Faccessat(r.directory, r.name, unix.W_OK, unix.AT_EACCESS)
	case unix.S_IFDIR:
		return 0, unix.EISDIR
	}
	return 0, ErrNotRegular
}

// create works as root: what the user may do has been decided, and who may write to a file need not be allowed to
// make another beside it.
func (r *Replacement) create(user users.User, mode uint32) error {
	descriptor, err := unix.Openat(r.directory, r.temporary, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	r.File = os.NewFile(uintptr(descriptor), r.name)
	if err := unix.Fchown(descriptor, int(user.UID), int(user.GID)); err != nil {
		return err
	}
	return unix.Fchmod(descriptor, mode)
}

// Commit puts the content in its place. It ends the replacement, also when it fails.
func (r *Replacement) Commit() error {
	if err := unix.Renameat(r.directory, r.temporary, r.directory, r.name); err != nil {
		r.Abort()
		return err
	}
	r.announceWrite()
	unix.Close(r.directory)
	return r.File.Close()
}

// announceWrite makes the kernel report a write under the final name to those who watch the directory, which a rename
// alone does not: setting the size to what it is counts as a modification.
func (r *Replacement) announceWrite() {
	information, err := r.File.Stat()
	if err == nil {
		err = r.File.Truncate(information.Size())
	}
	if err != nil {
		log.Printf("announce a write: %v", err) // The content is in its place all the same.
	}
}

// Abort gives the content up and leaves the path untouched.
func (r *Replacement) Abort() {
	if r.File != nil {
		r.File.Close()
		if err := unix.Unlinkat(r.directory, r.temporary, 0); err != nil {
			log.Printf("remove an unfinished file: %v", err)
		}
	}
	if r.directory >= 0 {
		unix.Close(r.directory)
	}
}

// maxLinks is how many symbolic links the kernel follows in one path (path_resolution(7)).
const maxLinks = 40

// followLinks returns where the links at path, not those on the way to it, lead: to something that exists or to
// nothing.
func followLinks(user users.User, path string) (target string, err error) {
	err = As(user, func() error {
		target = path
		for range maxLinks {
			next, err := os.Readlink(target)
			if errors.Is(err, unix.EINVAL) || errors.Is(err, fs.ErrNotExist) {
				return nil // No link, or nothing at all.
			}
			if err != nil {
				return err
			}
			if !filepath.IsAbs(next) {
				next = filepath.Join(filepath.Dir(target), next)
			}
			target = next
		}
		return fmt.Errorf("follow %s: %w", path, unix.ELOOP)
	})
	return target, err
}

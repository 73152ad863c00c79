package serverfs

import (
	"os"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/wire"
)

// Bits of a file's mode.
const (
	permissions   = 0o7777
	forOthers     = 0o077 // whatever group and others may do
	readableByAll = 0o444
)

// Root is one of the server's directories, opened once. Whoever opened it closes it.
type Root struct {
	directory *os.File
	server    Identity
}

// OpenRoot opens a directory by a path that the administrator gave, which may contain symbolic links.
func OpenRoot(path string, server Identity) (*Root, error) {
	descriptor, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, wire.Wrap(wire.Internal, err, "the directory %s cannot be opened", path)
	}
	return &Root{directory: os.NewFile(uintptr(descriptor), path), server: server}, nil
}

// OpenPrivate opens a directory that the server alone may enter. The path's last name is no symbolic link.
func OpenPrivate(path string, server Identity) (*Root, error) {
	descriptor, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, wire.Wrap(wire.Internal, err, "the directory %s cannot be opened", path)
	}
	directory := os.NewFile(uintptr(descriptor), path)
	if err := checkPrivate(directory, server); err != nil {
		return nil, closeAfter(directory, err)
	}
	return &Root{directory: directory, server: server}, nil
}

func checkPrivate(directory *os.File, server Identity) error {
	var status unix.Stat_t
	if err := unix.Fstat(int(directory.Fd()), &status); err != nil {
		return wire.Wrap(wire.Internal, err, "%s cannot be examined", directory.Name())
	}
	if int(status.Uid) != server.UID || status.Mode&forOthers != 0 {
		return wire.Fail(wire.Internal, "%s belongs to uid %d and has mode %04o; make it anew with: install -d -m 700 -o %d %s",
			directory.Name(), status.Uid, status.Mode&permissions, server.UID, directory.Name())
	}
	return nil
}

// IsVolatile says whether what is written below the directory stays in the host's memory, swap aside.
func (r *Root) IsVolatile() (bool, error) {
	var status unix.Statfs_t
	if err := unix.Fstatfs(int(r.directory.Fd()), &status); err != nil {
		return false, wire.Wrap(wire.Internal, err, "the file system of %s cannot be examined", r.directory.Name())
	}
	return status.Type == unix.TMPFS_MAGIC, nil
}

// Close releases the directory.
func (r *Root) Close() error { return r.directory.Close() }

// Regular opens an existing regular file at a path relative to the directory, with the flags of open(2), and checks that the server
// or root owns it. The caller closes it. A file that is missing gives NotFound, anything else that is wrong with it InvalidSpec.
func (r *Root) Regular(path string, flags int) (*os.File, error) {
	return openRegular(r.directory, path, flags, r.server, ownerServerOrRoot)
}

// Shared opens a regular file to be read, as Regular does, and sees that whoever comes to it may read it. Only the server comes through the
// directories above it. What is root's stays as it is: the administrator decides who reads that.
func (r *Root) Shared(path string) (*os.File, error) {
	file, err := r.Regular(path, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	if err := letAllRead(file, path, r.server); err != nil {
		return nil, closeAfter(file, err)
	}
	return file, nil
}

func letAllRead(file *os.File, path string, server Identity) error {
	var status unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &status); err != nil {
		return wire.Wrap(wire.Internal, err, "%s cannot be examined", path)
	}
	if status.Mode&readableByAll == readableByAll {
		return nil
	}
	if int(status.Uid) != server.UID {
		return wire.Fail(wire.InvalidSpec, "%s is root's and not readable to machines; see that it is, with chmod 644", path)
	}
	if err := file.Chmod(os.FileMode(status.Mode&permissions | readableByAll)); err != nil {
		return wire.Wrap(wire.Internal, err, "%s cannot be made readable to machines", path)
	}
	return nil
}

// Directory opens an existing directory of the server's at a path relative to this one. The caller closes it.
func (r *Root) Directory(path string) (*os.File, error) {
	return openDirectory(r.directory, path, r.server)
}

// owners says whose files are taken.
type owners int

const (
	ownerServer owners = iota
	ownerServerOrRoot
)

// openRegular opens without blocking, so that a FIFO in place of a file cannot hold the launcher up; on regular files the flag means
// nothing to those who get the descriptor later.
func openRegular(parent *os.File, path string, flags int, server Identity, accepted owners) (*os.File, error) {
	file, err := openBeneath(parent, path, flags|unix.O_NONBLOCK, server)
	if err != nil {
		return nil, err
	}
	if err := checkRegular(file, path, server, accepted); err != nil {
		return nil, closeAfter(file, err)
	}
	if err := unix.SetNonblock(int(file.Fd()), false); err != nil {
		return nil, closeAfter(file, wire.Wrap(wire.Internal, err, "%s cannot be made blocking", path))
	}
	return file, nil
}

func openBeneath(parent *os.File, path string, flags int, server Identity) (*os.File, error) {
	how := unix.OpenHow{
		Flags:   uint64(flags | unix.O_CLOEXEC | unix.O_NOFOLLOW),
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	if flags&unix.O_CREAT != 0 {
		how.Mode = ownerOnly
	}
	var descriptor int
	err := server.Do(func() (err error) {
		descriptor, err = unix.Openat2(int(parent.Fd()), path, &how)
		return err
	})
	switch err {
	case nil:
		return os.NewFile(uintptr(descriptor), path), nil
	case unix.ENOENT:
		return nil, wire.Wrap(wire.NotFound, err, "%s is missing", path)
	default:
		return nil, wire.Wrap(wire.InvalidSpec, err, "%s cannot be opened with the server's rights", path)
	}
}

func checkRegular(file *os.File, path string, server Identity, accepted owners) error {
	var status unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &status); err != nil {
		return wire.Wrap(wire.Internal, err, "%s cannot be examined", path)
	}
	if status.Mode&unix.S_IFMT != unix.S_IFREG {
		return wire.Fail(wire.InvalidSpec, "%s is not a regular file", path)
	}
	if int(status.Uid) == server.UID {
		return nil
	}
	// A second link to a file of root's may have been made by somebody else, elsewhere, to have it opened here.
	if accepted == ownerServerOrRoot && status.Uid == 0 && status.Nlink == 1 {
		return nil
	}
	return wire.Fail(wire.InvalidSpec, "%s belongs to uid %d, which is not the server's", path, status.Uid)
}

package serverfs

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/wire"
)

// ownerOnly is the mode of everything that is made for the server.
const ownerOnly = 0o600

// passableDirectory is the mode of a directory in which others find what they know the name of.
const passableDirectory = 0o711

// listenBacklog is how many connections may wait at a VMM's socket. The VMM serves one at a time and the server is the only client,
// so more than a reconnect and a diagnosis at once are not to be expected.
const listenBacklog = 4

// MachineDir is the directory of one machine, open for as long as its VMM is being started. Whoever opened it closes it.
type MachineDir struct {
	directory *os.File
	server    Identity
}

// MachineDir opens a directory relative to the root. It must belong to the server.
func (r *Root) MachineDir(path string) (*MachineDir, error) {
	file, err := openBeneath(r.directory, path, unix.O_PATH|unix.O_DIRECTORY, r.server)
	if err != nil {
		return nil, err
	}
	if err := checkDirectory(file, path, r.server); err != nil {
		return nil, closeAfter(file, err)
	}
	return &MachineDir{directory: file, server: r.server}, nil
}

func openDirectory(parent *os.File, path string, server Identity) (*os.File, error) {
	file, err := openBeneath(parent, path, unix.O_RDONLY|unix.O_DIRECTORY, server)
	if err != nil {
		return nil, err
	}
	if err := checkDirectory(file, path, server); err != nil {
		return nil, closeAfter(file, err)
	}
	return file, nil
}

func checkDirectory(file *os.File, path string, server Identity) error {
	var status unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &status); err != nil {
		return wire.Wrap(wire.Internal, err, "%s cannot be examined", path)
	}
	if int(status.Uid) != server.UID {
		return wire.Fail(wire.InvalidSpec, "%s belongs to uid %d, which is not the server's", path, status.Uid)
	}
	return nil
}

// Close releases the directory.
func (d *MachineDir) Close() error { return d.directory.Close() }

// Regular opens an existing regular file of the server's with the flags of open(2). The caller closes it.
func (d *MachineDir) Regular(name string, flags int) (*os.File, error) {
	return openRegular(d.directory, name, flags, d.server, ownerServer)
}

// Create makes an empty file that belongs to the server, in place of one of that name. Flags are those of open(2); the caller closes it.
func (d *MachineDir) Create(name string, flags int) (*os.File, error) {
	if err := d.remove(name); err != nil {
		return nil, err
	}
	return openRegular(d.directory, name, flags|unix.O_CREAT|unix.O_EXCL, d.server, ownerServer)
}

// Directory opens an existing directory of the server's below this one. The caller closes it.
func (d *MachineDir) Directory(name string) (*os.File, error) {
	return openDirectory(d.directory, name, d.server)
}

// Subdirectory opens a directory of the server's below this one, and makes it first if it is missing. Others than the server may pass
// through it and not list it. The caller closes it.
func (d *MachineDir) Subdirectory(name string) (*os.File, error) {
	err := d.server.Do(func() error { return unix.Mkdirat(int(d.directory.Fd()), name, passableDirectory) })
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return nil, wire.Wrap(wire.InvalidSpec, err, "the directory %s cannot be made with the server's rights", name)
	}
	file, err := openDirectory(d.directory, name, d.server)
	if err != nil {
		return nil, err
	}
	// The mode of the call above was cut by the launcher's umask.
	if err := file.Chmod(passableDirectory); err != nil {
		return nil, closeAfter(file, wire.Wrap(wire.Internal, err, "the directory %s cannot be opened to the machine", name))
	}
	return file, nil
}

// Listen makes a listening unix stream socket that belongs to the server, in place of one of that name. The caller closes it; closing
// does not remove the name.
func (d *MachineDir) Listen(name string) (*os.File, error) {
	if err := d.remove(name); err != nil {
		return nil, err
	}
	descriptor, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, wire.Wrap(wire.Internal, err, "a socket cannot be made")
	}
	socket := os.NewFile(uintptr(descriptor), name)
	if err := d.bind(socket, name); err != nil {
		return nil, closeAfter(socket, wire.Wrap(wire.Internal, err, "the socket %s cannot be made", name))
	}
	return socket, nil
}

// bind goes through the directory's descriptor: the path is short however long the directory's own is, and nobody can redirect it.
func (d *MachineDir) bind(socket *os.File, name string) error {
	descriptor := int(socket.Fd())
	// The name inherits the mode of the socket itself.
	if err := unix.Fchmod(descriptor, ownerOnly); err != nil {
		return err
	}
	address := &unix.SockaddrUnix{Name: fmt.Sprintf("/proc/self/fd/%d/%s", d.directory.Fd(), name)}
	if err := d.server.Do(func() error { return unix.Bind(descriptor, address) }); err != nil {
		return err
	}
	return unix.Listen(descriptor, listenBacklog)
}

// remove forgets a name of a former start. It is the directory's entry that goes, so what it pointed to is nobody's risk.
func (d *MachineDir) remove(name string) error {
	err := d.server.Do(func() error { return unix.Unlinkat(int(d.directory.Fd()), name, 0) })
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return wire.Wrap(wire.InvalidSpec, err, "the old %s cannot be removed", name)
	}
	return nil
}

func closeAfter(file *os.File, err error) error { return errors.Join(err, file.Close()) }

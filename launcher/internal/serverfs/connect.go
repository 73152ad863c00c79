package serverfs

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/wire"
)

// ConnectReceiving connects to a listening socket of the server's and gives the end that bytes come out of; nothing can be sent through
// it. The caller closes it. It never waits: a server that does not listen, or has more callers than it takes, is refused.
//
// The socket is examined by descriptor and connected to through it: a name that the server aimed elsewhere would make root the caller
// of somebody else's service.
func (d *MachineDir) ConnectReceiving(name string) (*os.File, error) {
	target, err := openBeneath(d.directory, name, unix.O_PATH, d.server)
	if err != nil {
		return nil, err
	}
	defer target.Close()
	if err := checkSocket(target, name, d.server); err != nil {
		return nil, err
	}
	descriptor, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, wire.Wrap(wire.Internal, err, "a socket cannot be made")
	}
	socket := os.NewFile(uintptr(descriptor), name)
	if err := d.connect(descriptor, target); err != nil {
		return nil, closeAfter(socket, wire.Wrap(wire.InvalidSpec, err, "the server does not serve %s", name))
	}
	return socket, nil
}

func (d *MachineDir) connect(descriptor int, target *os.File) error {
	address := &unix.SockaddrUnix{Name: fmt.Sprintf("/proc/self/fd/%d", target.Fd())}
	if err := d.server.Do(func() error { return unix.Connect(descriptor, address) }); err != nil {
		return err
	}
	if err := unix.Shutdown(descriptor, unix.SHUT_WR); err != nil {
		return err
	}
	// Not waiting was for the connect; whoever gets the descriptor reads as it likes.
	return unix.SetNonblock(descriptor, false)
}

func checkSocket(file *os.File, name string, server Identity) error {
	var status unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &status); err != nil {
		return wire.Wrap(wire.Internal, err, "%s cannot be examined", name)
	}
	if status.Mode&unix.S_IFMT != unix.S_IFSOCK || int(status.Uid) != server.UID {
		return wire.Fail(wire.InvalidSpec, "%s is not a socket of the server's", name)
	}
	return nil
}

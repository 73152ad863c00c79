package process

import (
	"fmt"
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// TerminalSize is measured in characters; 0 stands for the usual 80 columns or 24 rows.
type TerminalSize struct{ Columns, Rows uint32 }

// window converts the size for the kernel, which counts in 16 bits. The error is an InvalidError.
func (s TerminalSize) window() (*unix.Winsize, error) {
	if s.Columns > math.MaxUint16 || s.Rows > math.MaxUint16 {
		return nil, InvalidError{fmt.Sprintf("terminal size %d x %d is too large", s.Columns, s.Rows)}
	}
	window := &unix.Winsize{Col: uint16(s.Columns), Row: uint16(s.Rows)}
	if window.Col == 0 {
		window.Col = 80
	}
	if window.Row == 0 {
		window.Row = 24
	}
	return window, nil
}

// openTerminal makes a pseudo-terminal of this size, owned by the user so that programs may open it by its name. The
// caller closes both sides. The master is non-blocking for the runtime's poller; the slave blocks, as programs
// expect.
func openTerminal(size TerminalSize, owner uint32) (master, slave *os.File, err error) {
	window, err := size.window()
	if err != nil {
		return nil, nil, err
	}
	masterDescriptor, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("open a terminal: %w", err)
	}
	slaveDescriptor, err := openSlave(masterDescriptor, window, owner)
	if err != nil {
		unix.Close(masterDescriptor)
		return nil, nil, fmt.Errorf("open a terminal: %w", err)
	}
	return os.NewFile(uintptr(masterDescriptor), "terminal"), os.NewFile(uintptr(slaveDescriptor), "terminal side"), nil
}

// openSlave takes the slave from the master itself (TIOCGPTPEER), which needs no path and so works whatever is
// mounted on /dev/pts.
func openSlave(master int, window *unix.Winsize, owner uint32) (int, error) {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return 0, err
	}
	if err := unix.IoctlSetWinsize(master, unix.TIOCSWINSZ, window); err != nil {
		return 0, err
	}
	slave, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != 0 {
		return 0, errno
	}
	if err := unix.Fchown(int(slave), int(owner), -1); err != nil {
		unix.Close(int(slave))
		return 0, err
	}
	return int(slave), nil
}

// resizeTerminal changes the size, of which the kernel tells the programs in the terminal (SIGWINCH).
func resizeTerminal(master *os.File, size TerminalSize) error {
	window, err := size.window()
	if err != nil {
		return err
	}
	raw, err := master.SyscallConn()
	if err != nil {
		return fmt.Errorf("resize the terminal: %w", err)
	}
	var resizeErr error
	if err := raw.Control(func(descriptor uintptr) {
		resizeErr = unix.IoctlSetWinsize(int(descriptor), unix.TIOCSWINSZ, window)
	}); err != nil {
		return fmt.Errorf("resize the terminal: %w", err)
	}
	return resizeErr
}

package identity

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Linux is the system of a guest whose pid 1 is this program. On any other machine it would change the machine.
type Linux struct {
	// root is "/" in a guest; the files, not the system calls, are below another directory in tests.
	root string
}

// NewLinux changes the machine it runs on.
func NewLinux() *Linux { return &Linux{root: "/"} }

var _ System = (*Linux)(nil)

// AddEntropy uses the two requests of random(4): the first credits, the second makes the generator use it at once,
// not at its next turn.
func (l *Linux) AddEntropy(entropy []byte) error {
	random, err := os.OpenFile("/dev/random", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer random.Close()
	// struct rand_pool_info: the credit in bits, the length in bytes, the bytes.
	request := make([]byte, 8, 8+len(entropy))
	binary.NativeEndian.PutUint32(request[0:], uint32(len(entropy)*8))
	binary.NativeEndian.PutUint32(request[4:], uint32(len(entropy)))
	request = append(request, entropy...)
	// SAFETY: the kernel reads the structure, which is as long as it says, during the call.
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, random.Fd(), unix.RNDADDENTROPY, uintptr(unsafe.Pointer(&request[0]))); errno != 0 {
		return fmt.Errorf("add: %w", errno)
	}
	if err := unix.IoctlSetInt(int(random.Fd()), unix.RNDRESEEDCRNG, 0); err != nil {
		return fmt.Errorf("reseed: %w", err)
	}
	return nil
}

// SetClock sets the wall clock.
func (l *Linux) SetClock(clock time.Time) error {
	now := unix.NsecToTimespec(clock.UnixNano())
	return unix.ClockSettime(unix.CLOCK_REALTIME, &now)
}

// SetHostname tells the kernel and the files that programs read it from.
func (l *Linux) SetHostname(hostname string) error {
	if err := unix.Sethostname([]byte(hostname)); err != nil {
		return err
	}
	return l.writeHostname(hostname)
}

func (l *Linux) writeHostname(hostname string) error {
	if err := l.ensureContent("etc/hostname", hostname+"\n"); err != nil {
		return err
	}
	return l.writeHosts(hostname)
}

const (
	// ownAddress is where Debian's /etc/hosts has the machine's own name.
	ownAddress = "127.0.1.1"
	// plainHosts is what a file begins with that was not there.
	plainHosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
)

// writeHosts replaces the line of the machine's own name and keeps all others.
func (l *Linux) writeHosts(hostname string) error {
	present, err := readSmall(filepath.Join(l.root, "etc/hosts"))
	if err != nil {
		present = plainHosts // Missing, or the guest has made something of it that is no file: it is replaced.
	}
	var hosts strings.Builder
	for line := range strings.Lines(present) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] == ownAddress {
			continue
		}
		hosts.WriteString(strings.TrimSuffix(line, "\n") + "\n")
	}
	hosts.WriteString(ownAddress + "\t" + hostname + "\n")
	return l.ensureContent("etc/hosts", hosts.String())
}

// SetMachineID writes machine-id(5).
func (l *Linux) SetMachineID(machineID string) error {
	return l.ensureContent("etc/machine-id", machineID+"\n")
}

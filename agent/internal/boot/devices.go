package boot

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// deviceTimeout is how long a device may take to appear: an emulated machine on a busy host needs seconds.
	deviceTimeout = 60 * time.Second
	// eventBytes holds any event of the kernel's (UEVENT_BUFFER_SIZE is 2 KiB).
	eventBytes = 8 << 10
	// kernelEvents is the multicast group of events that come from the kernel itself.
	kernelEvents = 1

	// portName is the link's port, among others a machine may have.
	portName  = "omnirun.channel"
	portsPath = "/sys/class/virtio-ports"

	// vsockDriverPath lists the devices that virtio's vsock driver has taken, as links named virtio<n>.
	vsockDriverPath = "/sys/bus/virtio/drivers/vmw_vsock_virtio_transport"
)

// devices waits for devices by the kernel's own announcements.
type devices struct{ socket int }

// watchDevices listens from now on, so that a device which appears between a look and the wait for it is not missed.
func watchDevices() (*devices, error) {
	socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, fmt.Errorf("watch for devices: %w", err)
	}
	if err := unix.Bind(socket, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: kernelEvents}); err != nil {
		unix.Close(socket)
		return nil, fmt.Errorf("watch for devices: %w", err)
	}
	return &devices{socket}, nil
}

func (d *devices) close() { unix.Close(d.socket) }

// await returns when all paths are there.
func (d *devices) await(paths ...string) error {
	return d.until(strings.Join(paths, ", "), func() bool {
		for _, path := range paths {
			if _, err := os.Stat(path); err != nil {
				return false
			}
		}
		return true
	})
}

// until looks, and again after every event. An event means only that it is worth looking again.
func (d *devices) until(what string, ready func() bool) error {
	deadline := time.Now().Add(deviceTimeout)
	event := make([]byte, eventBytes)
	for !ready() {
		left := time.Until(deadline)
		if left <= 0 {
			return fmt.Errorf("%s did not appear in %v", what, deviceTimeout)
		}
		timeout := unix.NsecToTimeval(left.Nanoseconds())
		if err := unix.SetsockoptTimeval(d.socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout); err != nil {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
		// EAGAIN is the time-out; ENOBUFS means that events were lost, of which the next look makes up.
		_, _, err := unix.Recvfrom(d.socket, event, 0)
		if err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) && !errors.Is(err, unix.ENOBUFS) {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
	}
	return nil
}

// awaitLink waits for what the host is reached through: the port of the link, which is returned, or a vsock device, for
// which it is "". A VMM gives a machine one of the two (QEMU the port, Firecracker vsock).
func (d *devices) awaitLink() (device string, err error) {
	err = d.until("the port "+portName+" or a vsock device", func() bool {
		device = findPort(portsPath)
		_, err := os.Stat(device)
		return device != "" && err == nil || device == "" && hasVsock(vsockDriverPath)
	})
	return device, err
}

// openPort opens the port of the link. The file blocks, outside the runtime's poller: its writes then wait for a host
// (api/link.md).
func openPort(device string) (*os.File, error) {
	descriptor, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", device, err)
	}
	return os.NewFile(uintptr(descriptor), device), nil
}

// hasVsock says whether a device of virtio's vsock driver is there. The driver alone says nothing: it is loaded in every
// guest.
func hasVsock(driver string) bool {
	devices, err := filepath.Glob(filepath.Join(driver, "virtio[0-9]*"))
	return err == nil && len(devices) > 0
}

// findPort returns the device of the port with the link's name, or "".
func findPort(directory string) string {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return "" // The class appears with its first port.
	}
	for _, entry := range entries {
		name, err := os.ReadFile(filepath.Join(directory, entry.Name(), "name"))
		if err == nil && strings.TrimSpace(string(name)) == portName {
			return filepath.Join("/dev", entry.Name())
		}
	}
	return ""
}

package jail

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// device is a character device by its numbers, which the kernel fixes (Documentation/admin-guide/devices.txt).
type device struct {
	name         string
	major, minor uint32
}

var (
	nullDevice   = device{"null", 1, 3}
	randomDevice = device{"urandom", 1, 9}
	kvmDevice    = device{"kvm", 10, 232}
	tunDevice    = device{"net/tun", 10, 200}
)

// deviceOptions bound a directory of a few entries.
const deviceOptions = "size=4k,nr_inodes=16,mode=0755"

// deviceMode is that of each node, a jailer's, too.
const deviceMode = 0o600

// readableDirectory is the mode of what the nodes are in.
const readableDirectory = 0o755

// mountDevices makes the nodes anew, rather than binding the host's, so that their owner is the VMM and their mode is known.
func mountDevices(plan Plan) error {
	if err := mountFresh("tmpfs", "dev", unix.MS_NOEXEC, deviceOptions); err != nil {
		return err
	}
	devices := []device{randomDevice}
	if plan.Null {
		devices = append(devices, nullDevice)
	}
	if plan.KVM {
		devices = append(devices, kvmDevice)
	}
	if plan.Tap == 0 {
		devices = append(devices, tunDevice)
	}
	for _, wanted := range devices {
		if err := wanted.makeFor(plan, "."); err != nil {
			return fmt.Errorf("/dev/%s: %w", wanted.name, err)
		}
	}
	return unix.Mount("", "dev", "", unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NOEXEC, deviceOptions)
}

// makeFor makes the node below a root that is still to be entered.
func (d device) makeFor(plan Plan, root string) error {
	path := root + "/dev/" + d.name
	if err := os.MkdirAll(filepath.Dir(path), readableDirectory); err != nil {
		return err
	}
	if err := unix.Mknod(path, unix.S_IFCHR|deviceMode, int(unix.Mkdev(d.major, d.minor))); err != nil {
		return err
	}
	return os.Lchown(path, plan.UID, plan.GID)
}

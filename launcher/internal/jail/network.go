package jail

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// tapName is the one interface of the machine's network namespace besides a loopback that is down.
const tapName = "tap0"

// makeNetwork makes the tap in the child's own network namespace and brings it up without an address, so that the guest's card has a
// carrier. The tap goes with its last descriptor, or else with the namespace.
func makeNetwork(plan Plan) error {
	if err := turnOffIPv6(); err != nil {
		return err
	}
	// The device remembers the network namespace of whoever opens it, so it cannot be handed over by the parent.
	tun, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("/dev/net/tun: %w", err)
	}
	defer unix.Close(tun)
	request, err := unix.NewIfreq(tapName)
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI | unix.IFF_VNET_HDR)
	if err := unix.IoctlIfreq(tun, unix.TUNSETIFF, request); err != nil {
		return fmt.Errorf("the tap cannot be made: %w", err)
	}
	if err := bringUp(tapName); err != nil {
		return fmt.Errorf("the tap cannot be brought up: %w", err)
	}
	if plan.Tap == 0 {
		return giveTap(tun, plan)
	}
	return unix.Dup3(tun, plan.Tap, unix.O_CLOEXEC)
}

// giveTap lets the VMM's user, and no other, open the tap by its name, without a right over networks.
func giveTap(tun int, plan Plan) error {
	for request, value := range map[uint]int{unix.TUNSETOWNER: plan.UID, unix.TUNSETGROUP: plan.GID, unix.TUNSETPERSIST: 1} {
		if err := unix.IoctlSetInt(tun, request, value); err != nil {
			return fmt.Errorf("the tap cannot be given to the VMM: %w", err)
		}
	}
	return nil
}

// turnOffIPv6 does so for interfaces to come: one that comes up with it gives itself an address. A kernel without IPv6 has no such files.
func turnOffIPv6() error {
	for _, scope := range []string{"all", "default"} {
		err := os.WriteFile("/proc/sys/net/ipv6/conf/"+scope+"/disable_ipv6", []byte("1"), 0)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("IPv6 cannot be turned off: %w", err)
		}
	}
	return nil
}

func bringUp(name string) error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCGIFFLAGS, request); err != nil {
		return err
	}
	request.SetUint16(request.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
}

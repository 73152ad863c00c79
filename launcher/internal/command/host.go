package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"runtime"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/cgroup"
	"omnirun/launcher/internal/qemu"
	"omnirun/launcher/internal/server"
	"omnirun/launcher/internal/spec"
)

// requireHost checks for root and for a kernel that has what the jail is made of: at the start, rather than with the first machine.
func requireHost() error {
	if runtime.GOARCH != "amd64" {
		return errors.New("the launcher starts x86-64 machines on x86-64 hosts only")
	}
	if os.Geteuid() != 0 {
		return errors.New("the launcher must run as root")
	}
	// A range of no descriptors: it does nothing, and says whether Linux is 5.11 or newer.
	const none = ^uint(0) >> 32
	if err := unix.CloseRange(none, none, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("the launcher needs Linux 5.11 or newer (close_range: %w)", err)
	}
	return nil
}

// describe collects the answer to host.info once: none of it changes while the launcher runs.
func describe(parsed options, groups *cgroup.Host) (server.Info, error) {
	version, err := qemu.Version(parsed.qemu, uint32(parsed.uidBase), uint32(parsed.uidBase))
	if err != nil {
		return server.Info{}, fmt.Errorf("--qemu is of no use: %w", err)
	}
	virtualization, err := cpuVirtualization()
	if err != nil {
		return server.Info{}, err
	}
	return server.Info{
		Cgroup:  server.CgroupInfo{Version: groups.Version, Controllers: append([]string{}, groups.Controllers...)},
		KVMNode: hasKVMNode(), CPUVirtualization: virtualization, QEMUVersion: version, HardwareVersion: qemu.HardwareVersion, Instance: parsed.instance,
	}, nil
}

func hasKVMNode() bool {
	status, err := os.Stat("/dev/kvm")
	return err == nil && status.Mode()&fs.ModeCharDevice != 0
}

var virtualizationFlag = regexp.MustCompile(`(?m)^flags\s*:.*\b(vmx|svm)\b`)

func cpuVirtualization() (bool, error) {
	content, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return false, fmt.Errorf("the CPU is unknown: %w", err)
	}
	return virtualizationFlag.Match(content), nil
}

func discoverGroups(instance spec.Instance) (*cgroup.Host, error) {
	groups, err := cgroup.Discover(instance)
	if err != nil {
		return nil, fmt.Errorf("the control groups cannot be prepared: %w", err)
	}
	return groups, nil
}

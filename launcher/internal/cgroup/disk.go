package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// What one VMM may have of the disk in a second, each way. It is more than a machine at work needs, and leaves most of what a disk of today
// can do to the others. Version 1 does not count what a VMM leaves to the page cache to write.
const (
	maxDiskBytes      = 512 << 20
	maxDiskOperations = 20_000
)

// blockDevices is where the kernel describes disks by their numbers.
const blockDevices = "/sys/dev/block"

// LimitDisk has groups that are made from now on limit the use of the disk that a directory is on. A file system without a disk of its own,
// as a tmpfs or Btrfs, has no such limit: then the controller is not used and not reported.
func (h *Host) LimitDisk(directory string) error {
	var status unix.Stat_t
	if err := unix.Stat(directory, &status); err != nil {
		return fmt.Errorf("the disk of %s: %w", directory, err)
	}
	disk, err := wholeDisk(filepath.Join(blockDevices, fmt.Sprintf("%d:%d", unix.Major(status.Dev), unix.Minor(status.Dev))))
	if err != nil {
		return fmt.Errorf("the disk of %s: %w", directory, err)
	}
	h.disk = disk
	if disk == "" {
		h.Controllers = slices.DeleteFunc(slices.Clone(h.Controllers), func(name string) bool { return name == unifiedDisk || name == legacyDisk })
	}
	return nil
}

// wholeDisk gives the numbers of a device, or of the disk that it is a partition of: the kernel limits only those. There may be none.
func wholeDisk(device string) (string, error) {
	path, err := filepath.EvalSymlinks(device)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(path, "partition")); err == nil {
		path = filepath.Dir(path)
	}
	numbers, err := os.ReadFile(filepath.Join(path, "dev"))
	return strings.TrimSpace(string(numbers)), err
}

// diskSettings are none while no disk is to be limited.
func diskSettings(controller, disk string) []setting {
	switch {
	case disk == "":
		return nil
	case controller == unifiedDisk:
		return []setting{{file: "io.max", value: fmt.Sprintf("%s rbps=%d wbps=%d riops=%d wiops=%d",
			disk, maxDiskBytes, maxDiskBytes, maxDiskOperations, maxDiskOperations)}}
	default:
		bytes, operations := fmt.Sprintf("%s %d", disk, maxDiskBytes), fmt.Sprintf("%s %d", disk, maxDiskOperations)
		return []setting{
			{file: "blkio.throttle.read_bps_device", value: bytes}, {file: "blkio.throttle.write_bps_device", value: bytes},
			{file: "blkio.throttle.read_iops_device", value: operations}, {file: "blkio.throttle.write_iops_device", value: operations},
		}
	}
}

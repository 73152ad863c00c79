package spec

import "omnirun/launcher/internal/wire"

// Bounds of what one machine may have. They keep a mistaken server from asking for what no host has; the server's own size classes
// are far inside of them.
const (
	maxVCPUs          = 32
	minMemoryMib      = 64
	maxMemoryMib      = 256 * 1024
	maxCPUPercent     = 100 * maxVCPUs
	minPids           = 16 // a VMM's own threads, and those of the jail that becomes it
	maxPids           = 4096
	minFileBytes      = 1 << 20
	maxFileBytes      = 1 << 44
	maxCommandLineLen = 1024
)

// Limits bound one VMM as a whole: MemoryMib everything charged to its cgroup, CPUPercent of one CPU, Pids its threads, FileBytes the
// size of any file it writes.
type Limits struct {
	MemoryMib  int64 `json:"memoryMib"`
	CPUPercent int64 `json:"cpuPercent"`
	Pids       int64 `json:"pids"`
	FileBytes  int64 `json:"fileBytes"`
}

func (l Limits) check() error {
	return firstError(
		within("limits.memoryMib", l.MemoryMib, minMemoryMib, maxMemoryMib),
		within("limits.cpuPercent", l.CPUPercent, 1, maxCPUPercent),
		within("limits.pids", l.Pids, minPids, maxPids),
		within("limits.fileBytes", l.FileBytes, minFileBytes, maxFileBytes),
	)
}

func within(field string, value, low, high int64) error {
	if value < low || value > high {
		return wire.Fail(wire.InvalidSpec, "%s must be %d to %d", field, low, high)
	}
	return nil
}

func firstError(candidates ...error) error {
	for _, err := range candidates {
		if err != nil {
			return err
		}
	}
	return nil
}

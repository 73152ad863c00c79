package golden

import (
	"bytes"
	"os"
	"strconv"

	"omnirun/launcher/internal/wire"
)

// availableMemory is the kernel's estimate of what can be taken without swapping or killing, in bytes.
func availableMemory() (int64, error) {
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, wire.Wrap(wire.Internal, err, "the host's memory is unknown")
	}
	for line := range bytes.Lines(content) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == "MemAvailable:" {
			kibibytes, err := strconv.ParseInt(string(fields[1]), 10, 64)
			if err != nil {
				return 0, wire.Wrap(wire.Internal, err, "the host's memory is unknown")
			}
			return kibibytes << 10, nil
		}
	}
	return 0, wire.Fail(wire.Internal, "the host does not say how much memory is available")
}

package cgroup

import (
	"bytes"
	"slices"
	"strings"
)

// controllers are those that hold a VMM's limits, in the order in which they are reported. Version 2 is not used without them.
var controllers = []string{"cpu", "memory", "pids"}

// What holds a VMM's use of the disk is taken where it is there, and has another name on each version.
const (
	unifiedDisk = "io"
	legacyDisk  = "blkio"
)

// mounts says where the control group file systems are.
type mounts struct {
	unified string            // version 2, or ""
	legacy  map[string]string // version 1: controller to mount point
}

// parseMounts reads the text of proc_pid_mountinfo(5).
func parseMounts(mountinfo []byte) mounts {
	found := mounts{legacy: make(map[string]string)}
	for line := range bytes.Lines(mountinfo) {
		before, after, separated := strings.Cut(string(line), " - ")
		places, kinds := strings.Fields(before), strings.Fields(after)
		if !separated || len(places) < 5 || len(kinds) < 3 {
			continue
		}
		const mountPoint, fileSystem, superOptions = 4, 0, 2
		switch kinds[fileSystem] {
		case "cgroup2":
			found.unified = places[mountPoint]
		case "cgroup":
			for option := range strings.SplitSeq(kinds[superOptions], ",") {
				if option == legacyDisk || slices.Contains(controllers, option) {
					found.legacy[option] = places[mountPoint]
				}
			}
		}
	}
	return found
}

// parseOwnGroup finds the process's own version 2 group in the text of /proc/self/cgroup; without one it is the top.
func parseOwnGroup(content []byte) string {
	for line := range bytes.Lines(content) {
		if path, unified := strings.CutPrefix(strings.TrimSpace(string(line)), "0::"); unified {
			return path
		}
	}
	return "/"
}

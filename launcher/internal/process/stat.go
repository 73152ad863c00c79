package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// startTimeField is the place of the start time among the fields after the command's closing parenthesis: field 22 of proc_pid_stat(5).
const startTimeField = 22 - 3

// StartTime reads when a process started, in clock ticks since the host booted. Together with the pid it names a process for as
// long as the host runs. The error satisfies errors.Is(err, fs.ErrNotExist) when there is no such process.
func StartTime(pid int) (uint64, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The command stands in parentheses and may itself contain some, and blanks: the last one ends it.
	rest := content[bytes.LastIndexByte(content, ')')+1:]
	fields := bytes.Fields(rest)
	if len(fields) <= startTimeField {
		return 0, fmt.Errorf("/proc/%d/stat has an unknown form", pid)
	}
	return strconv.ParseUint(string(fields[startTimeField]), 10, 64)
}

// UID reads the user that a process runs as. The error satisfies errors.Is(err, fs.ErrNotExist) when there is no such process.
func UID(pid int) (int, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(content) {
		if ids, found := bytes.CutPrefix(line, []byte("Uid:")); found {
			return strconv.Atoi(string(bytes.Fields(ids)[0]))
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no user", pid)
}

// Arguments reads the command line of a process. The error satisfies errors.Is(err, fs.ErrNotExist) when there is no such process.
func Arguments(pid int) ([]string, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(content), "\x00"), "\x00"), nil
}

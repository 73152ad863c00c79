package cgroup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/spec"
)

// periodMicroseconds is over how long CPU time is counted: the kernel's own default. A shorter one makes throttling finer and costs more.
const periodMicroseconds = 100_000

var errBusy error = unix.EBUSY

// setting is one file of a group and what goes into it. An optional one exists only on some kernels.
type setting struct {
	file     string
	value    string
	optional bool
}

// settings are the limits of one controller, in the order in which the kernel takes them.
func (h *Host) settings(controller string, limits spec.Limits) []setting {
	memory := strconv.FormatInt(limits.MemoryMib<<20, 10)
	quota := strconv.FormatInt(limits.CPUPercent*periodMicroseconds/100, 10)
	period := strconv.Itoa(periodMicroseconds)
	pids := setting{file: "pids.max", value: strconv.FormatInt(limits.Pids, 10)}
	switch version := h.Version; {
	case controller == unifiedDisk || controller == legacyDisk:
		return diskSettings(controller, h.disk)
	case controller == "pids":
		return []setting{pids}
	case controller == "cpu" && version == 2:
		return []setting{{file: "cpu.max", value: quota + " " + period}}
	case controller == "cpu":
		return []setting{{file: "cpu.cfs_period_us", value: period}, {file: "cpu.cfs_quota_us", value: quota}}
	case version == 2:
		return []setting{
			{file: "memory.max", value: memory},
			{file: "memory.swap.max", value: "0", optional: true}, // absent where the kernel counts no swap
			{file: "memory.oom.group", value: "1"},
		}
	default:
		return []setting{
			{file: "memory.limit_in_bytes", value: memory},
			{file: "memory.memsw.limit_in_bytes", value: memory, optional: true}, // the same: memory and swap together
		}
	}
}

func apply(directory string, wanted setting) error {
	err := writeFile(directory, wanted.file, wanted.value)
	if wanted.optional && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// writeFile writes an existing file of the kernel's in one call, which is what it takes for a command.
func writeFile(directory, name, value string) (err error) {
	file, err := os.OpenFile(filepath.Join(directory, name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = file.WriteString(value)
	return err
}

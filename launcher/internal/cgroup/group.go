package cgroup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/process"
	"omnirun/launcher/internal/spec"
)

// Group is the control group of one machine: a name, whether or not the kernel has it at the moment.
type Group struct {
	host    *Host
	machine spec.Machine
}

// Group names a machine's group without touching it.
func (h *Host) Group(machine spec.Machine) *Group { return &Group{host: h, machine: machine} }

// Create makes a machine's group with its limits. After an error nothing of it is left. The caller removes it when the machine has ended.
func (h *Host) Create(machine spec.Machine, limits spec.Limits) (*Group, error) {
	group := h.Group(machine)
	if err := group.make(limits); err != nil {
		return nil, errors.Join(fmt.Errorf("the control group: %w", err), group.Remove())
	}
	return group, nil
}

func (g *Group) make(limits spec.Limits) error {
	for _, directory := range g.directories() {
		if err := os.Mkdir(directory, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	for _, controller := range g.host.Controllers {
		for _, wanted := range g.host.settings(controller, limits) {
			if err := apply(g.directory(controller), wanted); err != nil {
				return err
			}
		}
	}
	return nil
}

// Add moves a process with all its threads into the group.
func (g *Group) Add(pid int) error {
	for _, directory := range g.directories() {
		if err := writeFile(directory, "cgroup.procs", strconv.Itoa(pid)); err != nil {
			return fmt.Errorf("the control group: %w", err)
		}
	}
	return nil
}

// Has says whether a process is in the group. Where there is no controller, and so no group, every process is.
func (g *Group) Has(pid int) (bool, error) {
	for _, directory := range g.directories() {
		pids, err := members(directory)
		if err != nil || !slices.Contains(pids, pid) {
			return false, err
		}
	}
	return true, nil
}

// OutOfMemoryKills counts how often the kernel killed in this group because of its memory limit. It is 0 when nobody counts.
func (g *Group) OutOfMemoryKills() (int, error) {
	if !slices.Contains(g.host.Controllers, "memory") {
		return 0, nil
	}
	name := "memory.oom_control"
	if g.host.Version == 2 {
		name = "memory.events"
	}
	content, err := os.ReadFile(filepath.Join(g.directory("memory"), name))
	if err != nil {
		return 0, fmt.Errorf("the control group: %w", err)
	}
	for line := range bytes.Lines(content) {
		if count, found := strings.CutPrefix(string(line), "oom_kill "); found {
			return strconv.Atoi(strings.TrimSpace(count))
		}
	}
	return 0, nil
}

// KillAll kills whatever runs in the group and waits for its end. It is for groups that nobody has a record of.
func (g *Group) KillAll() error {
	var failures []error
	for _, directory := range g.directories() {
		pids, err := members(directory)
		failures = append(failures, err)
		for _, pid := range pids {
			failures = append(failures, g.killMember(pid))
		}
	}
	return errors.Join(failures...)
}

// killMember asks for the membership once more when the process is held by its pidfd: since the list was read, its pid may have become
// that of a stranger.
func (g *Group) killMember(pid int) error {
	startTime, err := process.StartTime(pid)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	member, err := process.Adopt(pid, startTime)
	if errors.Is(err, process.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	defer member.Close()
	if still, err := g.hasAny(pid); err != nil || !still {
		return err
	}
	if err := member.Kill(); err != nil {
		return err
	}
	_, err = member.Wait()
	return err
}

// hasAny says whether the process is in any of the group's directories: one that was being added is not yet in all of them.
func (g *Group) hasAny(pid int) (bool, error) {
	for _, directory := range g.directories() {
		pids, err := members(directory)
		if err != nil || slices.Contains(pids, pid) {
			return err == nil, err
		}
	}
	return false, nil
}

// Remove removes the group, which must be empty. One that does not exist is no error.
func (g *Group) Remove() error {
	var failures []error
	for _, directory := range g.directories() {
		failures = append(failures, removeDirectory(directory))
	}
	return errors.Join(failures...)
}

func (g *Group) directories() []string {
	var below []string
	for _, instance := range g.host.directories() {
		below = append(below, filepath.Join(instance, string(g.machine)))
	}
	return below
}

func (g *Group) directory(controller string) string {
	return filepath.Join(g.host.instances[controller], string(g.machine))
}

// members lists the processes of a group; one that does not exist has none.
func members(directory string) ([]int, error) {
	content, err := os.ReadFile(filepath.Join(directory, "cgroup.procs"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, field := range strings.Fields(string(content)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("%s lists %q: %w", directory, field, err)
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

func removeDirectory(directory string) error {
	if err := unix.Rmdir(directory); err != nil && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("the control group %s cannot be removed: %w", directory, err)
	}
	return nil
}

package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"omnirun/launcher/internal/spec"
)

// family is the directory above all instances, so that an administrator sees whose groups these are.
const family = "omnirun"

// ownLeaf is the group that the launcher itself moves to on version 2, where a group with controllers for its children may hold no
// processes of its own.
const ownLeaf = "launcher"

// Host is where one instance's groups live. It has no state beyond that: the kernel's directories are the state.
type Host struct {
	// Version is 2, 1, or 0 when no controller can be used.
	Version int
	// Controllers are the usable ones of cpu, memory, pids, and io (blkio on version 1).
	Controllers []string

	instances map[string]string // controller to the directory of the instance; on version 2 they are all the same one
	disk      string            // numbers of the device whose use is limited, or ""
}

// Discover finds out what this host offers and prepares the instance's directories. Missing controllers are no error: the caller
// reports them.
func Discover(instance spec.Instance) (*Host, error) {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("the mounts are unknown: %w", err)
	}
	ownGroup, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, fmt.Errorf("the launcher's own control group is unknown: %w", err)
	}
	found := parseMounts(mountinfo)
	if found.unified != "" {
		// After a restart within the same service the launcher finds itself in the base again, or still in its leaf.
		base := filepath.Join(found.unified, strings.TrimSuffix(parseOwnGroup(ownGroup), "/"+ownLeaf))
		if host, err := unifiedHost(base, instance); err != nil || host != nil {
			return host, err
		}
	}
	return legacyHost(found.legacy, instance)
}

// unifiedHost is nil when version 2 has not all the controllers to give here: then they may be on version 1.
func unifiedHost(base string, instance spec.Instance) (*Host, error) {
	offered, err := os.ReadFile(filepath.Join(base, "cgroup.controllers"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	found := strings.Fields(string(offered))
	for _, controller := range controllers {
		if !slices.Contains(found, controller) {
			return nil, nil
		}
	}
	wanted := controllers
	if slices.Contains(found, unifiedDisk) {
		wanted = append(slices.Clone(controllers), unifiedDisk)
	}
	directory := filepath.Join(base, family, string(instance))
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return nil, err
	}
	if err := delegate(base, directory, wanted); err != nil {
		return nil, err
	}
	host := &Host{Version: 2, Controllers: wanted, instances: make(map[string]string)}
	for _, controller := range wanted {
		host.instances[controller] = directory
	}
	return host, nil
}

// delegate hands the controllers down from the base to the instance's children.
func delegate(base, directory string, wanted []string) error {
	enable := "+" + strings.Join(wanted, " +")
	err := writeFile(base, "cgroup.subtree_control", enable)
	if errors.Is(err, errBusy) {
		if err = leave(base); err == nil {
			err = writeFile(base, "cgroup.subtree_control", enable)
		}
	}
	return errors.Join(err, writeFile(filepath.Dir(directory), "cgroup.subtree_control", enable),
		writeFile(directory, "cgroup.subtree_control", enable))
}

// leave moves the launcher out of the base into a leaf beside its machines.
func leave(base string) error {
	leaf := filepath.Join(base, ownLeaf)
	if err := os.Mkdir(leaf, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return writeFile(leaf, "cgroup.procs", "0")
}

func legacyHost(found map[string]string, instance spec.Instance) (*Host, error) {
	host := &Host{instances: make(map[string]string)}
	for _, controller := range append(slices.Clone(controllers), legacyDisk) {
		mountPoint, mounted := found[controller]
		if !mounted {
			continue
		}
		directory := filepath.Join(mountPoint, family, string(instance))
		if err := os.MkdirAll(directory, 0o755); err != nil {
			return nil, err
		}
		host.Version = 1
		host.Controllers = append(host.Controllers, controller)
		host.instances[controller] = directory
	}
	return host, nil
}

// Machines lists the groups of the instance, whether or not something runs in them.
func (h *Host) Machines() ([]spec.Machine, error) {
	var names []spec.Machine
	var failures []error
	for _, directory := range h.directories() {
		entries, err := os.ReadDir(directory)
		if err != nil {
			failures = append(failures, err)
		}
		for _, entry := range entries {
			machine, err := spec.ParseMachine(entry.Name())
			if err == nil && entry.IsDir() && !slices.Contains(names, machine) {
				names = append(names, machine)
			}
		}
	}
	return names, errors.Join(failures...)
}

// RemoveInstance removes the instance's own directories, which must have no machines left.
func (h *Host) RemoveInstance() error {
	var failures []error
	for _, directory := range h.directories() {
		failures = append(failures, removeDirectory(directory))
	}
	return errors.Join(failures...)
}

func (h *Host) directories() []string {
	var distinct []string
	for _, controller := range h.Controllers {
		if directory := h.instances[controller]; !slices.Contains(distinct, directory) {
			distinct = append(distinct, directory)
		}
	}
	return distinct
}

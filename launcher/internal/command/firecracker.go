package command

import (
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/firecracker"
	"omnirun/launcher/internal/machine"
	"omnirun/launcher/internal/server"
	"omnirun/launcher/internal/serverfs"
)

// openFirecracker completes the configuration for machines of Firecracker, if there shall be any.
func openFirecracker(parsed options, run *runDirectory, config *machine.Config) (*server.FirecrackerInfo, error) {
	if parsed.firecracker == "" {
		return nil, nil
	}
	uid := uint32(parsed.uidBase)
	binary, err := filepath.EvalSymlinks(parsed.firecracker)
	if err != nil {
		return nil, fmt.Errorf("--firecracker is of no use: %w", err)
	}
	version, err := firecracker.Ask(binary, uid, uid)
	if err != nil {
		return nil, fmt.Errorf("--firecracker is of no use: %w", err)
	}
	files, err := firecracker.Files(binary, uid, uid)
	if err != nil {
		return nil, fmt.Errorf("--firecracker is of no use: %w", err)
	}
	config.Firecracker.Binary = binary
	if config.Firecracker.Tree, err = makeTree(run, files, firecracker.MountPoints); err != nil {
		return nil, err
	}
	if config.Memory, err = openMemory(parsed); err != nil {
		return nil, err
	}
	return &server.FirecrackerInfo{
		Version: version.Firecracker, SnapshotVersion: version.Snapshots, MemoryDirectory: parsed.memory,
	}, nil
}

// openMemory opens the directory, for as long as this process lives. What sandboxes have in memory may not get to a disk through it.
func openMemory(parsed options) (*serverfs.Root, error) {
	var status unix.Statfs_t
	if err := unix.Statfs(parsed.memory, &status); err != nil {
		return nil, fmt.Errorf("--memory-dir is of no use: %w", err)
	}
	if status.Type != unix.TMPFS_MAGIC {
		return nil, fmt.Errorf("--memory-dir %s must be on a tmpfs", parsed.memory)
	}
	return serverfs.OpenRoot(parsed.memory, parsed.server)
}

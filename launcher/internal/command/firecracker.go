package command

import (
	"errors"
	"fmt"
	"path/filepath"

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
	jailer, err := openJailer(parsed, config, version.Firecracker)
	if err != nil {
		return nil, err
	}
	config.Firecracker.Binary = binary
	if config.Firecracker.Tree, err = makeFirecrackerTree(parsed, run, config); err != nil {
		return nil, err
	}
	if config.Memory, err = openMemory(parsed); err != nil {
		return nil, err
	}
	return &server.FirecrackerInfo{
		Version: version.Firecracker, SnapshotVersion: version.Snapshots, MemoryDirectory: parsed.memory, Jailer: jailer,
	}, nil
}

// openJailer looks for a jailer, if there shall be one, and returns its version. Its makers promise nothing for that of another release.
func openJailer(parsed options, config *machine.Config, firecrackers string) (string, error) {
	if parsed.jailer == "" {
		return "", nil
	}
	binary, err := filepath.EvalSymlinks(parsed.jailer)
	if err != nil {
		return "", fmt.Errorf("--jailer is of no use: %w", err)
	}
	version, err := firecracker.AskJailer(binary, uint32(parsed.uidBase), uint32(parsed.uidBase))
	if err != nil {
		return "", fmt.Errorf("--jailer is of no use: %w", err)
	}
	if version != firecrackers {
		return "", fmt.Errorf("--jailer is of no use: it is of version %s, and --firecracker of %s", version, firecrackers)
	}
	config.Jailer = firecracker.Jailer{Binary: binary, Entry: parsed.entry}
	return version, nil
}

// makeFirecrackerTree makes the root that Firecracker's jails will have, or its jailers.
func makeFirecrackerTree(parsed options, run *runDirectory, config *machine.Config) (string, error) {
	uid, binary := uint32(parsed.uidBase), config.Firecracker.Binary
	if config.Jailer.Binary == "" {
		files, err := firecracker.Files(binary, uid, uid)
		if err != nil {
			return "", fmt.Errorf("--firecracker is of no use: %w", err)
		}
		return makeTree(run, files, firecracker.MountPoints)
	}
	files, err := firecracker.JailerFiles(config.Jailer, binary, uid, uid)
	if err != nil {
		return "", fmt.Errorf("--jailer is of no use: %w", err)
	}
	return makeTree(run, files, firecracker.JailerMountPoints)
}

// openMemory opens the directory, for as long as this process lives. What sandboxes have in memory may not get to a disk through it, nor to
// anybody but the server: that is why a link is not followed, which somebody else may have made where everybody may make names.
func openMemory(parsed options) (*serverfs.Root, error) {
	memory, err := serverfs.OpenPrivate(parsed.memory, parsed.server)
	if err != nil {
		return nil, fmt.Errorf("--memory-dir is of no use: %w", err)
	}
	volatile, err := memory.IsVolatile()
	if err == nil && !volatile {
		err = fmt.Errorf("--memory-dir %s must be on a tmpfs", parsed.memory)
	}
	if err != nil {
		return nil, errors.Join(err, memory.Close())
	}
	return memory, nil
}

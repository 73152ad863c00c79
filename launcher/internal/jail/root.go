package jail

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// makeRoot mounts the VMM's tree and makes it the only file system. Paths are relative to the tree until the pivot.
func (p passage) makeRoot(plan Plan) error {
	unix.Umask(0o022) // what is made here must be readable to the VMM's uid
	// Nothing mounted from here on may reach the host.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	if err := bindReadOnly(plan.Root); err != nil {
		return err
	}
	if err := unix.Chdir(plan.Root); err != nil {
		return err
	}
	for _, step := range p.root {
		if err := step(plan); err != nil {
			return err
		}
	}
	return nil
}

// bindReadOnly mounts a directory on itself. It takes two steps: the kernel ignores the other flags of a new bind mount.
func bindReadOnly(path string) error {
	if err := unix.Mount(path, path, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("binding %s: %w", path, err)
	}
	return restrict(path, unix.MS_RDONLY)
}

// attachMounts mounts what the parent has detached.
func attachMounts(plan Plan) error {
	for _, wanted := range plan.Mounts {
		target := "." + plan.Jailer.root() + wanted.Target
		if err := unix.MoveMount(wanted.Descriptor, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
			return fmt.Errorf("mounting %s: %w", wanted.Target, err)
		}
		flags := uintptr(unix.MS_RDONLY)
		if wanted.Writable {
			flags = 0
		}
		if err := restrict(target, flags|unix.MS_NOEXEC); err != nil {
			return err
		}
	}
	return nil
}

func restrict(target string, further uintptr) error {
	const flags = unix.MS_BIND | unix.MS_REMOUNT | unix.MS_NOSUID | unix.MS_NODEV
	if err := unix.Mount("", target, "", flags|further, ""); err != nil {
		return fmt.Errorf("restricting %s: %w", target, err)
	}
	return nil
}

// mountProc shows the VMM itself and nothing of the kernel. QEMU opens its descriptors anew through it.
func mountProc(Plan) error {
	return mountFresh("proc", "proc", unix.MS_RDONLY|unix.MS_NOEXEC|unix.MS_NODEV, "hidepid=2,subset=pid")
}

// pivot leaves the host's file system behind: the old root is stacked on the new one for a moment and then detached.
func pivot(plan Plan) error {
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("changing the root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leaving the old root: %w", err)
	}
	return unix.Chdir(plan.Directory)
}

func mountFresh(kind, target string, flags uintptr, options string) error {
	if err := unix.Mount(kind, target, kind, flags|unix.MS_NOSUID, options); err != nil {
		return fmt.Errorf("mounting %s: %w", kind, err)
	}
	return nil
}

package jail

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// rootOptions bound the root's own content, which is a few empty directories and links.
const rootOptions = "size=64k,nr_inodes=128,mode=0755"

// OutgoingPath is where the VMM sees Plan.Outgoing.
const OutgoingPath = "/out"

// programs is where the VMM, its libraries and its firmware are on every distribution.
const programs = "/usr"

// loaderPaths lead to the dynamic loader and to libraries. On a merged file system they are links into /usr.
var loaderPaths = []string{"/lib", "/lib64"}

// makeRoot builds the VMM's file system on a tmpfs and makes it the only one. Paths are relative to the tmpfs until the pivot.
func makeRoot(plan Plan) error {
	unix.Umask(0o022) // what is made here must be readable to the VMM's uid
	// Nothing mounted from here on may reach the host.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	if err := mountFresh("tmpfs", plan.Root, unix.MS_NOEXEC|unix.MS_NODEV, rootOptions); err != nil {
		return err
	}
	if err := unix.Chdir(plan.Root); err != nil {
		return err
	}
	for _, step := range []func(Plan) error{bindPrograms, attachOutgoing, mountProc, mountDevices, pivot} {
		if err := step(plan); err != nil {
			return err
		}
	}
	return nil
}

func bindPrograms(plan Plan) error {
	if err := bindDirectory(programs); err != nil {
		return err
	}
	for _, path := range loaderPaths {
		if err := provideLoaderPath(path); err != nil {
			return err
		}
	}
	if strings.HasPrefix(plan.Program, programs+"/") {
		return nil
	}
	return bindFile(plan.Program)
}

// provideLoaderPath repeats a link into /usr, and binds what is a directory of its own.
func provideLoaderPath(path string) error {
	target, err := os.Readlink(path)
	switch {
	case err == nil:
		return os.Symlink(target, "."+path)
	case os.IsNotExist(err):
		return nil
	default:
		return bindDirectory(path)
	}
}

func bindDirectory(path string) error {
	if err := os.Mkdir("."+path, 0o755); err != nil {
		return err
	}
	return bindReadOnly(path)
}

func bindFile(path string) error {
	if err := os.MkdirAll(filepath.Dir("."+path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile("."+path, nil, 0o644); err != nil {
		return err
	}
	return bindReadOnly(path)
}

// attachOutgoing mounts what the parent has detached.
func attachOutgoing(plan Plan) error {
	target := "." + OutgoingPath
	if err := os.Mkdir(target, 0o755); err != nil {
		return err
	}
	if err := unix.MoveMount(plan.Outgoing, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("mounting %s: %w", OutgoingPath, err)
	}
	return restrict(target, unix.MS_NOEXEC)
}

// bindReadOnly takes two steps: the kernel ignores the other flags of a new bind mount.
func bindReadOnly(path string) error {
	if err := unix.Mount(path, "."+path, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("binding %s: %w", path, err)
	}
	return restrict("."+path, 0)
}

func restrict(target string, further uintptr) error {
	const flags = unix.MS_BIND | unix.MS_REMOUNT | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV
	if err := unix.Mount("", target, "", flags|further, ""); err != nil {
		return fmt.Errorf("making %s read-only: %w", target, err)
	}
	return nil
}

// mountProc shows the VMM itself and nothing of the kernel. QEMU opens its descriptors anew through it.
func mountProc(Plan) error {
	if err := os.Mkdir("proc", 0o555); err != nil {
		return err
	}
	return mountFresh("proc", "proc", unix.MS_RDONLY|unix.MS_NOEXEC|unix.MS_NODEV, "hidepid=2,subset=pid")
}

// pivot leaves the host's file system behind: the old root is stacked on the new one for a moment and then detached.
func pivot(Plan) error {
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("changing the root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leaving the old root: %w", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return err
	}
	const flags = unix.MS_REMOUNT | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("", "/", "", flags, rootOptions); err != nil {
		return fmt.Errorf("making the root read-only: %w", err)
	}
	return nil
}

func mountFresh(kind, target string, flags uintptr, options string) error {
	if err := unix.Mount(kind, target, kind, flags|unix.MS_NOSUID, options); err != nil {
		return fmt.Errorf("mounting %s: %w", kind, err)
	}
	return nil
}

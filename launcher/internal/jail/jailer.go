package jail

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Jailer is Firecracker's program of that name (docs/jailer.md, src/jailer/src/env.rs in its repository). It stands within our walls: the
// namespaces, the tap, the limits, the control group and the filter are made before it begins. Of the root it makes the last part, in a
// file system of the machine's own, and it gives up the rights that are left.
type Jailer struct {
	Program string `json:"program"` // absolute path, in the tree
	Machine string `json:"machine"` // what the VMM is called, by the jailer's --id
}

// JailsDirectory is where a tree for jailers has the place of that file system.
const JailsDirectory = "/jails"

const (
	// jailSpareBytes is what the file system has room for besides the VMM's program, which the jailer copies: a file with a pid.
	jailSpareBytes = 64 << 10
	// maxJailFiles are some ten mount points with their directories, five devices, the program.
	maxJailFiles = 64
)

// jailerCapabilities are what a jailer needs to make its root and to become the VMM's user. It has no other, and the VMM none.
var jailerCapabilities = []uintptr{
	unix.CAP_SYS_ADMIN, unix.CAP_MKNOD, unix.CAP_CHOWN, unix.CAP_FOWNER, unix.CAP_DAC_OVERRIDE, unix.CAP_SETUID, unix.CAP_SETGID,
}

func (j Jailer) exists() bool { return j.Program != "" }

// root is where the jailer finds what is mounted for its machine, a path in the tree.
func (j Jailer) root(program string) string {
	return filepath.Join(JailsDirectory, filepath.Base(program), j.Machine, "root")
}

// arguments are the jailer's for a plan. It would raise the limits of what they do not name. It makes no control group unless asked.
func (j Jailer) arguments(plan Plan) []string {
	own := []string{
		"--id", j.Machine, "--exec-file", plan.Program, "--uid", strconv.Itoa(plan.UID), "--gid", strconv.Itoa(plan.GID),
		"--chroot-base-dir", JailsDirectory, "--resource-limit", fmt.Sprintf("no-file=%d", maxDescriptors),
		"--resource-limit", fmt.Sprintf("fsize=%d", plan.FileBytes), "--",
	}
	return append(own, plan.Arguments...)
}

// mountJail makes the file system, and in it what the jailer does not make: a /dev/null.
func mountJail(plan Plan) error {
	var program unix.Stat_t
	if err := unix.Stat("."+plan.Program, &program); err != nil {
		return fmt.Errorf("%s: %w", plan.Program, err)
	}
	// Devices work in it, and programs can be executed: it has the VMM's of both.
	options := fmt.Sprintf("size=%d,nr_inodes=%d,mode=0755", program.Size+jailSpareBytes, maxJailFiles)
	if err := mountFresh("tmpfs", "."+JailsDirectory, 0, options); err != nil {
		return err
	}
	root := "." + plan.Jailer.root(plan.Program)
	if err := os.MkdirAll(root+"/dev", readableDirectory); err != nil {
		return err
	}
	if plan.Null {
		return nullDevice.makeFor(plan, root)
	}
	return nil
}

// makeMountPoint makes what a mount needs to be attached to.
func makeMountPoint(mount Mount, target string) error {
	var status unix.Stat_t
	if err := unix.Fstat(mount.Descriptor, &status); err != nil {
		return err
	}
	if status.Mode&unix.S_IFMT == unix.S_IFDIR {
		return os.MkdirAll(target, readableDirectory)
	}
	if err := os.MkdirAll(filepath.Dir(target), readableDirectory); err != nil {
		return err
	}
	return os.WriteFile(target, nil, 0)
}

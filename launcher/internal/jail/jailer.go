package jail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// Jailer is Firecracker's program of that name (docs/jailer.md, src/jailer/src/env.rs in its repository). It stands within our walls: the
// namespaces, the tap, the limits and a filter that lets it work are made before it begins, the control group at the same time as for any VMM
// (docs/adr/0008). Of the root it makes the last part, in a file system of the machine's own, and it gives up the rights that are left. What it
// begins is the entry, a program of ours, which looks whether that was done, puts the VMM's own filter on top and becomes the VMM.
type Jailer struct {
	Program string `json:"program"` // absolute path, in the tree
	Entry   string `json:"entry"`   // the same of the program that calls BecomeVMM
	Machine string `json:"machine"` // what the VMM is called, by the jailer's --id
}

// JailsDirectory is where a tree for jailers has the place of that file system.
const JailsDirectory = "/jails"

// programDirectory is where a jailer's root has the VMM's program, and nothing else.
const programDirectory = "/program"

const (
	// jailSpareBytes is what the file system has room for besides the entry, which the jailer copies: a file with a pid.
	jailSpareBytes = 64 << 10
	// maxJailFiles are some ten mount points with their directories, five devices, the entry.
	maxJailFiles = 64
)

// jailerCapabilities are what a jailer needs to make its root and to become the VMM's user. It has no other, and the VMM none.
var jailerCapabilities = []uintptr{
	unix.CAP_SYS_ADMIN, unix.CAP_MKNOD, unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_SETUID, unix.CAP_SETGID,
}

// IsJailerOf says whether a command line is one of a jailer that makes the jail of a machine.
func IsJailerOf(machine string, arguments []string) bool {
	return len(arguments) > 3 && slices.Equal(arguments[1:4], []string{"--id", machine, "--exec-file"})
}

func (j Jailer) exists() bool { return j.Program != "" }

// root is where the jailer finds what is mounted for its machine, a path in the tree; without a jailer the tree itself is that.
func (j Jailer) root() string {
	if !j.exists() {
		return ""
	}
	return filepath.Join(JailsDirectory, filepath.Base(j.Entry), j.Machine, "root")
}

// passage has a jailer become the VMM. The limit of file sizes is left to it: the entry that it copies may be larger than what a VMM writes.
func (j Jailer) passage(plan Plan) passage {
	return passage{
		root:         []func(Plan) error{mountJail, attachMounts, mountProc, pivot},
		capabilities: jailerCapabilities,
		user:         func(Plan) error { return nil },
		program:      j.Program,
		arguments:    j.arguments(plan),
		filter:       func(image) filter { return jailerFilter() },
	}
}

// arguments are the jailer's for a plan. Told no limit of descriptors it would set one of its own, above ours, which it may not. It makes no
// control group unless asked.
func (j Jailer) arguments(plan Plan) []string {
	own := []string{
		"--id", j.Machine, "--exec-file", j.Entry, "--uid", strconv.Itoa(plan.UID), "--gid", strconv.Itoa(plan.GID),
		"--chroot-base-dir", JailsDirectory, "--resource-limit", fmt.Sprintf("no-file=%d", maxDescriptors),
		"--resource-limit", fmt.Sprintf("fsize=%d", plan.FileBytes), "--",
	}
	return append(own, plan.Arguments...)
}

// mountJail makes the file system, and in it what the jailer does not make: the VMM's program, a /dev/null and the mount points.
func mountJail(plan Plan) error {
	var entry unix.Stat_t
	if err := unix.Stat("."+plan.Jailer.Entry, &entry); err != nil {
		return fmt.Errorf("%s: %w", plan.Jailer.Entry, err)
	}
	// Devices work in it, and programs can be executed: it has the VMM's of both.
	options := fmt.Sprintf("size=%d,nr_inodes=%d,mode=0755", entry.Size+jailSpareBytes, maxJailFiles)
	if err := mountFresh("tmpfs", "."+JailsDirectory, 0, options); err != nil {
		return err
	}
	root := "." + plan.Jailer.root()
	if err := os.MkdirAll(root+"/dev", readableDirectory); err != nil {
		return err
	}
	if plan.Null {
		if err := nullDevice.makeFor(plan, root); err != nil {
			return err
		}
	}
	program := filepath.Join(root, programDirectory, filepath.Base(plan.Program))
	if err := makeFilePlace(program); err != nil {
		return err
	}
	if err := unix.Mount("."+plan.Program, program, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mounting %s: %w", plan.Program, err)
	}
	if err := restrict(program, unix.MS_RDONLY); err != nil {
		return err
	}
	for _, mount := range plan.Mounts {
		if err := makeMountPoint(mount, root+mount.Target); err != nil {
			return fmt.Errorf("the place of %s: %w", mount.Target, err)
		}
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
	return makeFilePlace(target)
}

func makeFilePlace(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), readableDirectory); err != nil {
		return err
	}
	return os.WriteFile(path, nil, 0)
}

// BecomeVMM is the entry's main function. It returns only when the VMM could not be started, and has said why on standard error. Its own file,
// which the jailer has copied, is removed before.
func BecomeVMM() int {
	runtime.LockOSThread()
	fmt.Fprintln(os.Stderr, "the VMM cannot be started:", becomeVMM(os.Args))
	return 1
}

// requireNoRights looks at what is left to the jailer, which is not ours: users, groups, capabilities, the limit of file sizes.
func requireNoRights() error {
	if os.Getuid() == 0 || os.Geteuid() == 0 || os.Getgid() == 0 || os.Getegid() == 0 {
		return errors.New("the jailer has left a user or group of root's")
	}
	groups, err := os.Getgroups()
	if err != nil {
		return err
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		return err
	}
	if len(groups) > 0 || sets != [2]unix.CapUserData{} {
		return fmt.Errorf("the jailer has left the groups %v and the capabilities %x", groups, sets)
	}
	var size unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &size); err != nil {
		return err
	}
	if size.Max == unix.RLIM_INFINITY {
		return errors.New("the jailer has left files without a limit of their size")
	}
	return nil
}

func becomeVMM(arguments []string) error {
	if err := requireNoRights(); err != nil {
		return err
	}
	programs, err := os.ReadDir(programDirectory)
	if err != nil {
		return err
	}
	if len(programs) != 1 {
		return fmt.Errorf("%s has %d programs", programDirectory, len(programs))
	}
	if err := unix.Unlink(arguments[0]); err != nil {
		return fmt.Errorf("removing %s: %w", arguments[0], err)
	}
	path := filepath.Join(programDirectory, programs[0].Name())
	program, err := newImage(path, append([]string{path}, arguments[1:]...))
	if err != nil {
		return err
	}
	if err := vmmFilter(program).install(); err != nil {
		return err
	}
	return fmt.Errorf("%s: %w", path, program.execute())
}

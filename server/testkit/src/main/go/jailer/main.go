// Command jailer is a FAKE of Firecracker's jailer. It does what the real one is known to do (src/jailer/src/{main,env,chroot}.rs in Firecracker's
// repository), as far as launchers see it: flags, refusals, the directory, the program's copy, the limits, the change of the root, directories,
// devices, the file with the pid, the user. It knows no control groups, no daemon, no namespaces of its own, and no /dev/userfaultfd, whose number
// a real one does not find either in the /proc that the launcher's jail has. It says nothing about whether a real one works behind the launcher's
// filter of system calls.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// version is a number that no release has: it fits the fake Firecracker. The linker sets another for a test's.
var version = "1.15.9999"

// defaultMaxFiles is the limit that a jailer sets unless it is told one.
const defaultMaxFiles = 2048

// folderMode is that of each directory that it makes or takes over.
const folderMode = 0o700

var identifier = regexp.MustCompile(`\A[A-Za-z0-9-]{1,64}\z`)

type options struct {
	id, execFile, base string
	uid, gid           int
	limits             map[int]uint64
	extra              []string
}

func main() {
	// Credentials and name spaces belong to threads.
	runtime.LockOSThread()
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Printf("Jailer v%s\n\n(this is OmniRun's fake)\n", version)
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if err := unix.CloseRange(3, ^uint(0)>>32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return err
	}
	parsed, err := parse(os.Args[1:])
	if err != nil {
		return err
	}
	root := filepath.Join(parsed.base, filepath.Base(parsed.execFile), parsed.id, "root")
	if err := errors.Join(os.MkdirAll(root, 0o777), unix.Chmod(root, folderMode)); err != nil {
		return fmt.Errorf("Failed to create directory %s: %w", root, err)
	}
	program := "/" + filepath.Base(parsed.execFile)
	if err := parsed.copyProgram(root + program); err != nil {
		return fmt.Errorf("Failed to copy %s: %w", parsed.execFile, err)
	}
	for resource, bound := range parsed.limits {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: bound, Max: bound}); err != nil {
			return fmt.Errorf("Failed to set limit for resource: %w", err)
		}
	}
	if err := changeRoot(root); err != nil {
		return err
	}
	if err := furnish(parsed); err != nil {
		return err
	}
	if err := writePID(program + ".pid"); err != nil {
		return err
	}
	return become(program, parsed)
}

func parse(arguments []string) (options, error) {
	parsed := options{limits: map[int]uint64{unix.RLIMIT_NOFILE: defaultMaxFiles}}
	flags := flag.NewFlagSet("jailer", flag.ContinueOnError)
	flags.StringVar(&parsed.id, "id", "", "")
	flags.StringVar(&parsed.execFile, "exec-file", "", "")
	flags.StringVar(&parsed.base, "chroot-base-dir", "/srv/jailer", "")
	flags.IntVar(&parsed.uid, "uid", -1, "")
	flags.IntVar(&parsed.gid, "gid", -1, "")
	flags.Func("resource-limit", "", parsed.limit)
	if err := flags.Parse(arguments); err != nil {
		return options{}, fmt.Errorf("Arguments parsing error: %w", err)
	}
	parsed.extra = flags.Args()
	return parsed, parsed.check()
}

func (o *options) limit(text string) error {
	name, value, _ := strings.Cut(text, "=")
	bound, err := strconv.ParseUint(value, 10, 64)
	if err != nil {
		return err
	}
	resource, known := map[string]int{"fsize": unix.RLIMIT_FSIZE, "no-file": unix.RLIMIT_NOFILE}[name]
	if !known {
		return fmt.Errorf("Invalid resource argument: %s", name)
	}
	o.limits[resource] = bound
	return nil
}

func (o *options) check() error {
	if !identifier.MatchString(o.id) {
		return fmt.Errorf("Invalid instance ID: %s", o.id)
	}
	if o.uid < 0 || o.gid < 0 {
		return errors.New("Arguments parsing error: Missing uid or gid")
	}
	for _, path := range []*string{&o.execFile, &o.base} {
		resolved, err := filepath.EvalSymlinks(*path)
		if err != nil {
			return fmt.Errorf("Failed to canonicalize path %s: %w", *path, err)
		}
		*path = resolved
	}
	if name := filepath.Base(o.execFile); !strings.Contains(name, "firecracker") {
		return fmt.Errorf(`Invalid filename. The filename of --exec-file option must contain "firecracker": %s`, name)
	}
	return nil
}

func (o *options) copyProgram(to string) (err error) {
	source, err := os.Open(o.execFile)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	if _, err := io.Copy(target, source); err != nil {
		return err
	}
	status, err := source.Stat()
	if err != nil {
		return err
	}
	return errors.Join(target.Chmod(status.Mode().Perm()), target.Chown(o.uid, o.gid))
}

// changeRoot makes a directory the root, with what is mounted in it.
func changeRoot(root string) error {
	const old = "old_root"
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"unshare into new namespace", func() error { return unix.Unshare(unix.CLONE_NEWNS) }},
		{"change the propagation type to slave", func() error { return unix.Mount("", "/", "", unix.MS_SLAVE|unix.MS_REC, "") }},
		{"bind mount the jail root directory", func() error { return unix.Mount(root, root, "", unix.MS_BIND|unix.MS_REC, "") }},
		{"set current directory", func() error { return unix.Chdir(root) }},
		{"create the jail root directory before pivoting root", func() error { return unix.Mkdir(old, 0o600) }},
		{"pivot root", func() error { return unix.PivotRoot(".", old) }},
		{"chdir into chroot directory", func() error { return unix.Chdir("/") }},
		{"unmount the old jail root", func() error { return unix.Unmount(old, unix.MNT_DETACH) }},
		{"remove old jail root directory", func() error { return unix.Rmdir(old) }},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("Failed to %s: %w", step.name, err)
		}
	}
	return nil
}

// furnish makes directories and devices, for the VMM's user.
func furnish(parsed options) error {
	for _, folder := range []string{"/", "/dev", "/dev/net", "/run"} {
		if err := errors.Join(os.MkdirAll(folder, 0o777), unix.Chmod(folder, folderMode), unix.Chown(folder, parsed.uid, parsed.gid)); err != nil {
			return fmt.Errorf("Failed to make %s: %w", folder, err)
		}
	}
	for _, device := range []struct {
		path         string
		major, minor uint32
	}{{"/dev/net/tun", 10, 200}, {"/dev/kvm", 10, 232}, {"/dev/urandom", 1, 9}} {
		number := int(unix.Mkdev(device.major, device.minor))
		if err := errors.Join(unix.Mknod(device.path, unix.S_IFCHR|0o600, number), unix.Chown(device.path, parsed.uid, parsed.gid)); err != nil {
			failed := fmt.Errorf("Failed to create %s via mknod inside the jail: %w", device.path, err)
			if device.path != "/dev/urandom" {
				return failed
			}
			fmt.Println("Warning!", failed)
		}
	}
	return nil
}

func writePID(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("Failed to open file %s: %w", path, err)
	}
	_, err = fmt.Fprint(file, os.Getpid())
	return errors.Join(err, file.Close())
}

// become changes the user of this thread, which is the one that execve leaves, as Rust's library does.
func become(program string, parsed options) error {
	for _, call := range [][2]uintptr{
		{unix.SYS_SETGID, uintptr(parsed.gid)}, {unix.SYS_SETGROUPS, 0}, {unix.SYS_SETUID, uintptr(parsed.uid)},
	} {
		if _, _, failure := unix.RawSyscall(call[0], call[1], 0, 0); failure != 0 {
			return fmt.Errorf("Failed to exec into Firecracker: %w", failure)
		}
	}
	arguments := append(
		[]string{program, "--id", parsed.id, "--start-time-us", "1", "--start-time-cpu-us", "0", "--parent-cpu-time-us", "1"}, parsed.extra...)
	return fmt.Errorf("Failed to exec into Firecracker: %w", syscall.Exec(program, arguments, nil))
}

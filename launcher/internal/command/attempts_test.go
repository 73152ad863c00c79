package command

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/qemu"
)

// target is what a VMM that was taken over would go for: things of the host's and of a neighbour's that are really there.
type target struct {
	PID      int     `json:"pid"`      // of a process on the host
	Address  uintptr `json:"address"`  // in that process's memory
	State    string  `json:"state"`    // the server's directory
	Launcher string  `json:"launcher"` // the launcher's socket
	Monitor  string  `json:"monitor"`  // a neighbour's QMP socket
	Disk     string  `json:"disk"`     // a neighbour's disk
	API      string  `json:"api"`      // a TCP port on the host
	Abstract string  `json:"abstract"` // a unix socket on the host without a file
	Scratch  string  `json:"scratch"`  // a directory that root can write to
}

// attempt is one try to get out. It fails behind a wall and succeeds without: whoever may do a thing with root's rights on the host gets no
// error. What would do harm there is asked for in a form that the kernel refuses after it has looked at the caller's rights (judged).
type attempt struct {
	name string
	do   func(target) error
}

var attempts = []attempt{
	// Other processes
	{"see another process", func(t target) error { return reads(fmt.Sprintf("/proc/%d/stat", t.PID)) }},
	{"read another process's environment", func(t target) error { return reads(fmt.Sprintf("/proc/%d/environ", t.PID)) }},
	{"signal another process", func(t target) error { return unix.Kill(t.PID, 0) }},
	{"hold another process", func(t target) error { _, err := unix.PidfdOpen(t.PID, 0); return err }},
	{"trace another process", func(t target) error { return call(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(t.PID), 0, 0) }},
	{"read another process's memory", readMemory},
	{"read another process's limits", func(t target) error { return unix.Prlimit(t.PID, unix.RLIMIT_CORE, nil, &unix.Rlimit{}) }},
	{"bind another process to a processor", func(t target) error {
		var all unix.CPUSet
		for i := range 64 {
			all.Set(i)
		}
		return unix.SchedSetaffinity(t.PID, &all)
	}},
	{"begin a process", beginProcess},
	{"become another program", func(target) error { return judged(unix.Exec("/missing", []string{"missing"}, nil), unix.ENOENT) }},

	// Files
	{"read the host's users", func(target) error { return reads("/etc/passwd") }},
	{"find a shell", func(target) error { return reads("/bin/sh") }},
	{"list the server's state", func(t target) error { _, err := os.ReadDir(t.State); return err }},
	{"read a neighbour's disk", func(t target) error { return reads(t.Disk) }},
	{"write a neighbour's disk", func(t target) error { return opens(t.Disk, unix.O_RDWR) }},
	{"read the kernel's log", func(target) error { _, err := unix.Klogctl(3, make([]byte, 64)); return err }},
	{"read the kernel's numbers", func(target) error { return reads("/proc/meminfo") }},
	{"change the kernel's settings", func(target) error { return opens("/proc/sys/kernel/core_pattern", unix.O_WRONLY) }},
	{"look at the kernel's devices", func(target) error { return reads("/sys/kernel/uevent_seqnum") }},
	{"reach another process's root", func(t target) error { return reads(fmt.Sprintf("/proc/%d/root/etc/passwd", t.PID)) }},
	{"make a file", func(t target) error { return os.WriteFile(filepath.Join(t.Scratch, "file"), nil, 0o600) }},
	{"make a directory", func(t target) error { return os.Mkdir(filepath.Join(t.Scratch, "directory"), 0o700) }},
	{"open files by their handles", openByHandle},
	{"change the root", func(target) error { return unix.Chroot("/") }},
	{"change an owner", func(target) error { return os.Chown("/dev/urandom", -1, -1) }},

	// Devices
	{"open the tap device", func(target) error { return opens("/dev/net/tun", unix.O_RDWR) }},
	{"open KVM", func(target) error { return opens("/dev/kvm", unix.O_RDWR) }},
	{"open the kernel's messages", func(target) error { return opens("/dev/kmsg", unix.O_RDONLY) }},
	{"open the terminals", func(target) error { return opens("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY) }},
	{"make and open a device", openDevice},

	// The kernel
	{"mount", func(t target) error { return unix.Mount("none", t.Scratch, "tmpfs", 0, "") }},
	{"mount by descriptors", func(target) error { _, err := unix.Fsopen("tmpfs", 0); return err }},
	{"uncover what is below a mount", func(target) error { return unix.Unmount("/proc", unix.MNT_DETACH) }},
	{"make the root writable", func(target) error { return unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND, "") }},
	{"begin a user namespace", func(target) error { return judged(unix.Unshare(unix.CLONE_NEWUSER), unix.EINVAL) }},
	{"begin a network namespace", func(target) error { return unix.Unshare(unix.CLONE_NEWNET) }},
	{"enter a namespace", enterNamespace},
	{"load a module", func(target) error { return judged(call(unix.SYS_INIT_MODULE, 0, 0, 0), unix.ENOEXEC, unix.EFAULT) }},
	{"load a kernel", func(target) error { return judged(call(unix.SYS_KEXEC_LOAD, 0, 1<<20, 0, 0), unix.EINVAL) }},
	{"reboot", func(target) error { return judged(call(unix.SYS_REBOOT, 0, 0, 0, 0), unix.EINVAL) }},
	{"swap", func(target) error { return judged(callPath(unix.SYS_SWAPON, "/missing"), unix.ENOENT) }},
	{"account for processes", func(target) error { return judged(unix.Acct("/missing"), unix.ENOENT) }},
	{"make a BPF map", makeMap},
	{"count the processor's events", countEvents},
	{"keep a key", func(target) error {
		_, err := unix.AddKey("user", "attempt", []byte("x"), unix.KEY_SPEC_PROCESS_KEYRING)
		return err
	}},
	{"begin an io_uring", beginRing},
	{"handle page faults", func(target) error { return callForDescriptor(unix.SYS_USERFAULTFD, unix.O_CLOEXEC) }},
	{"reach the ports of the machine", func(target) error { return call(unix.SYS_IOPERM, 0x80, 1, 1) }},
	{"change the host's name", func(target) error { return unix.Sethostname([]byte("attempt")) }},
	{"set the clock", func(target) error {
		_, err := unix.Adjtimex(&unix.Timex{Modes: unix.ADJ_TICK})
		return judged(err, unix.EINVAL)
	}},
	{"become root", func(target) error { return call(unix.SYS_SETRESUID, 0, 0, 0) }},
	{"raise the priority", func(target) error { return unix.Setpriority(unix.PRIO_PROCESS, 0, -1) }},
	{"raise the limits", func(target) error {
		return unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: 1 << 30, Max: unix.RLIM_INFINITY})
	}},

	// The network
	{"reach the API", func(t target) error { return dials("tcp", t.API) }},
	{"reach the launcher", func(t target) error { return dials("unix", t.Launcher) }},
	{"reach a neighbour's monitor", func(t target) error { return dials("unix", t.Monitor) }},
	{"reach a socket without a file", func(t target) error { return dials("unix", t.Abstract) }},
	{"send packets of any kind", func(target) error { return sockets(unix.AF_PACKET, unix.SOCK_RAW, 0) }},
	{"send raw IP", func(target) error { return sockets(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP) }},
	{"change the network", func(target) error { return sockets(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE) }},
	{"use the kernel's ciphers", func(target) error { return sockets(unix.AF_ALG, unix.SOCK_SEQPACKET, 0) }},
	{"use the host's vsock", func(target) error { return sockets(unix.AF_VSOCK, unix.SOCK_STREAM, 0) }},

	// Resources; memory and threads have tests of their own, which end the VMM
	{"lock memory", func(target) error { return unix.Mlock(make([]byte, 1<<20)) }},
	{"hold a thousand descriptors", holdDescriptors},
	{"write a file without end", writeFar},
	{"leave a core", func(target) error {
		var core unix.Rlimit
		return errors.Join(unix.Getrlimit(unix.RLIMIT_CORE, &core), forbiddenIf(core.Max == 0))
	}},
}

// try performs the attempt of that name. Nothing means that it has worked.
func try(name string, aim target) string {
	for _, candidate := range attempts {
		if candidate.name == name {
			return text(candidate.do(aim))
		}
	}
	panic("no attempt " + name)
}

// judged takes an error for success that the kernel gives only to callers who may do the thing.
func judged(err error, harmless ...error) error {
	for _, one := range harmless {
		if errors.Is(err, one) {
			return nil
		}
	}
	return err
}

func forbiddenIf(condition bool) error {
	if condition {
		return errors.New("the limit is 0")
	}
	return nil
}

func call(number uintptr, arguments ...uintptr) error {
	_, err := results(number, arguments...)
	return err
}

func callForDescriptor(number uintptr, arguments ...uintptr) error {
	descriptor, err := results(number, arguments...)
	if err != nil {
		return err
	}
	return unix.Close(int(descriptor))
}

func results(number uintptr, arguments ...uintptr) (uintptr, error) {
	var all [6]uintptr
	copy(all[:], arguments)
	result, _, failure := unix.Syscall6(number, all[0], all[1], all[2], all[3], all[4], all[5])
	if failure != 0 {
		return 0, failure
	}
	return result, nil
}

func callPath(number uintptr, path string) error {
	text, err := unix.BytePtrFromString(path)
	if err != nil {
		return err
	}
	_, _, failure := unix.Syscall(number, uintptr(unsafe.Pointer(text)), 0, 0)
	return failure
}

func reads(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.Read(make([]byte, 16))
	return err
}

func opens(path string, flags int) error {
	descriptor, err := unix.Open(path, flags|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	return unix.Close(descriptor)
}

func dials(network, address string) error {
	connection, err := net.DialTimeout(network, address, 2*time.Second)
	if err != nil {
		return err
	}
	return connection.Close()
}

func sockets(family, kind, protocol int) error {
	descriptor, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return err
	}
	return unix.Close(descriptor)
}

func readMemory(t target) error {
	into := make([]byte, 1)
	local := []unix.Iovec{{Base: &into[0], Len: 1}}
	_, err := unix.ProcessVMReadv(t.PID, local, []unix.RemoteIovec{{Base: t.Address, Len: 1}}, 0)
	return err
}

// openByHandle is how a container's root was left once: handles are not paths, so no root holds them.
func openByHandle(target) error {
	handle, _, err := unix.NameToHandleAt(unix.AT_FDCWD, "/", 0)
	if err != nil {
		return err
	}
	root, err := unix.Open("/", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(root)
	opened, err := unix.OpenByHandleAt(root, handle, unix.O_RDONLY)
	if err != nil {
		return err
	}
	return unix.Close(opened)
}

func openDevice(t target) error {
	path := filepath.Join(t.Scratch, "device")
	if err := unix.Mknod(path, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3))); err != nil {
		return err
	}
	return opens(path, unix.O_RDWR)
}

// beginProcess forks, and the child ends at once: it takes no program, of which a jail may have none.
//
//go:norace
func beginProcess(target) error {
	child, _, failure := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if failure != 0 {
		return failure
	}
	if child == 0 {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	_, err := unix.Wait4(int(child), nil, 0, nil)
	return err
}

func enterNamespace(target) error {
	namespace, err := unix.Open("/proc/self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(namespace)
	return unix.Setns(namespace, unix.CLONE_NEWNET)
}

func countEvents(target) error {
	counter := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_CONTEXT_SWITCHES}
	counter.Size = uint32(unsafe.Sizeof(counter))
	descriptor, err := unix.PerfEventOpen(&counter, 0, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return err
	}
	return unix.Close(descriptor)
}

func makeMap(target) error {
	// The beginning of union bpf_attr for BPF_MAP_CREATE (0): an array of one number.
	attributes := [5]uint32{2, 4, 4, 1, 0}
	var pinned runtime.Pinner
	pinned.Pin(&attributes)
	defer pinned.Unpin()
	return callForDescriptor(unix.SYS_BPF, 0, uintptr(unsafe.Pointer(&attributes)), unsafe.Sizeof(attributes))
}

func beginRing(target) error {
	var parameters [120]byte // struct io_uring_params
	var pinned runtime.Pinner
	pinned.Pin(&parameters)
	defer pinned.Unpin()
	return callForDescriptor(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&parameters)))
}

func holdDescriptors(target) error {
	var held []int
	defer func() {
		for _, descriptor := range held {
			_ = unix.Close(descriptor) // there is nothing to lose
		}
	}()
	for range 1000 {
		descriptor, err := unix.Dup(0)
		if err != nil {
			return err
		}
		held = append(held, descriptor)
	}
	return nil
}

// writeFar writes behind 2 GiB, into the machine's own disk where there is one.
func writeFar(t target) error {
	signal.Ignore(syscall.SIGXFSZ)
	disk := int(qemu.DiskDescriptor)
	var status unix.Stat_t
	if err := unix.Fstat(disk, &status); err != nil || status.Mode&unix.S_IFMT != unix.S_IFREG {
		if disk, err = unix.Open(filepath.Join(t.Scratch, "large"), unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC, 0o600); err != nil {
			return err
		}
	}
	_, err := unix.Pwrite(disk, []byte("x"), 2<<30)
	return err
}

package jail

import (
	"testing"

	"golang.org/x/sys/unix"
)

// firecrackersOwn are the calls that Firecracker's own filters let its threads make once they run, by any arguments
// (resources/seccomp/x86_64-unknown-linux-musl.json). io_uring_* is left out: only its asynchronous block engine begins one.
var firecrackersOwn = []uint32{
	unix.SYS_ACCEPT4, unix.SYS_BRK, unix.SYS_CLOCK_GETTIME, unix.SYS_CLOSE, unix.SYS_CONNECT, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT,
	unix.SYS_EVENTFD2, unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_FCNTL, unix.SYS_FSTAT, unix.SYS_FSYNC, unix.SYS_FTRUNCATE, unix.SYS_FUTEX,
	unix.SYS_IOCTL, unix.SYS_LSEEK, unix.SYS_MADVISE, unix.SYS_MMAP, unix.SYS_MREMAP, unix.SYS_MUNMAP, unix.SYS_OPEN, unix.SYS_READ,
	unix.SYS_RECVFROM, unix.SYS_RECVMSG, unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SCHED_YIELD,
	unix.SYS_SIGALTSTACK, unix.SYS_TIMERFD_SETTIME, unix.SYS_TKILL, unix.SYS_UNAME, unix.SYS_WRITE, unix.SYS_WRITEV,
}

// TestWhatFirecrackersOwnFiltersPermitPassesOurs compares lists: no Firecracker has run behind this filter.
func TestWhatFirecrackersOwnFiltersPermitPassesOurs(t *testing.T) {
	for name, filter := range map[string]filter{"ours": vmmFilter(program), "a jailer's": jailerFilter()} {
		t.Run(name, func(t *testing.T) { permitsFirecrackersOwn(t, filter) })
	}
}

func permitsFirecrackersOwn(t *testing.T, filter filter) {
	for _, number := range firecrackersOwn {
		if verdict := judge(t, filter, unix.AUDIT_ARCH_X86_64, number); verdict != unix.SECCOMP_RET_ALLOW {
			t.Errorf("call %d is answered with %#x", number, verdict)
		}
	}
	if verdict := judge(t, filter, unix.AUDIT_ARCH_X86_64, unix.SYS_SOCKET, unix.AF_UNIX); verdict != unix.SECCOMP_RET_ALLOW {
		t.Errorf("its vsock sockets are answered with %#x", verdict)
	}
}

func TestAJailersFilterPermitsWhatAJailerDoesAndLittleMore(t *testing.T) {
	const allowed = uint32(unix.SECCOMP_RET_ALLOW)
	for name, expectation := range map[string]struct {
		number    uint32
		arguments []uint64
		want      uint32
	}{
		"a mount namespace":      {unix.SYS_UNSHARE, []uint64{unix.CLONE_NEWNS}, allowed},
		"a user namespace":       {unix.SYS_UNSHARE, []uint64{unix.CLONE_NEWUSER}, refused},
		"both":                   {unix.SYS_UNSHARE, []uint64{unix.CLONE_NEWNS | unix.CLONE_NEWUSER}, refused},
		"a change of the root":   {unix.SYS_PIVOT_ROOT, nil, allowed},
		"a device":               {unix.SYS_MKNOD, []uint64{0, unix.S_IFCHR | 0o600, 0}, allowed},
		"a device in a place":    {unix.SYS_MKNODAT, []uint64{0, 0, unix.S_IFCHR | 0o600, 0}, allowed},
		"a FIFO":                 {unix.SYS_MKNOD, []uint64{0, unix.S_IFIFO | 0o600, 0}, refused},
		"a FIFO in a place":      {unix.SYS_MKNODAT, []uint64{0, 0, unix.S_IFIFO | 0o600, 0}, refused},
		"a limit of its own":     {unix.SYS_PRLIMIT64, []uint64{0, 7, 1, 0}, allowed},
		"a limit of another's":   {unix.SYS_PRLIMIT64, []uint64{1, 7, 1, 0}, refused},
		"the VMM":                {unix.SYS_EXECVE, []uint64{1, 2, 3}, allowed},
		"a process":              {unix.SYS_CLONE, []uint64{uint64(unix.SIGCHLD)}, refused},
		"another's namespace":    {unix.SYS_SETNS, nil, refused},
		"a link":                 {unix.SYS_LINK, nil, refused},
		"a symbolic link":        {unix.SYS_SYMLINKAT, nil, refused},
		"a rename":               {unix.SYS_RENAME, nil, refused},
		"an IP socket":           {unix.SYS_SOCKET, []uint64{unix.AF_INET}, refused},
		"a module":               {unix.SYS_FINIT_MODULE, nil, refused},
		"a mount by descriptors": {unix.SYS_MOVE_MOUNT, nil, refused},
		"another root":           {unix.SYS_CHROOT, nil, refused},
	} {
		if got := judge(t, jailerFilter(), unix.AUDIT_ARCH_X86_64, expectation.number, expectation.arguments...); got != expectation.want {
			t.Errorf("%s: %#x, want %#x", name, got, expectation.want)
		}
	}
}

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
	filter := vmmFilter(program)
	for _, number := range firecrackersOwn {
		if verdict := judge(t, filter, unix.AUDIT_ARCH_X86_64, number); verdict != unix.SECCOMP_RET_ALLOW {
			t.Errorf("call %d is answered with %#x", number, verdict)
		}
	}
	if verdict := judge(t, filter, unix.AUDIT_ARCH_X86_64, unix.SYS_SOCKET, unix.AF_UNIX); verdict != unix.SECCOMP_RET_ALLOW {
		t.Errorf("its vsock sockets are answered with %#x", verdict)
	}
}

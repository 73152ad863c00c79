package jail

import (
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Where the kernel shows a filter the parts of a call (struct seccomp_data). Words have 32 bits, the lower one first.
const (
	callOffset         = 0
	architectureOffset = 4
	argumentsOffset    = 16
	argumentBytes      = 8
)

// x32Calls is the bit by which calls of the x32 interface are told from x86-64's. Their architecture is the same.
const x32Calls = 0x4000_0000

// refused is the answer to every call that is not permitted: ENOSYS, which programs take for an older kernel.
const refused = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)

// foreignFlags of clone would begin namespaces.
const foreignFlags = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID |
	unix.CLONE_NEWNET

// filter is a program of the kernel's packet filter that judges one system call.
type filter []unix.SockFilter

// vmmFilter permits a VMM's calls. A VMM makes threads but no processes, and sockets of the unix family alone; it reads its limits and does not
// change them; and the one program that is executed is the one whose image stands at the given place.
func vmmFilter(program image) filter {
	f := commonFilter(permittedCalls)
	f.guard(unix.SYS_PRLIMIT64, func(g *filter) { g.argumentIs(2, 0) })
	f.guard(unix.SYS_EXECVE, func(g *filter) {
		g.argumentIs(0, uint64(program.path))
		g.argumentIs(1, uint64(program.arguments))
	})
	f.end(refused)
	return f
}

// jailerFilter permits a VMM's calls and those of the jailer, which runs before. The entry, which the jailer begins, puts the narrower one on top.
func jailerFilter() filter {
	f := commonFilter(append(slices.Clone(permittedCalls), jailerCalls...))
	f.guard(unix.SYS_UNSHARE, func(g *filter) { g.argumentIs(0, unix.CLONE_NEWNS) })
	f.guard(unix.SYS_PRLIMIT64, func(g *filter) { g.argumentIs(0, 0) })
	// Devices alone, which take a right: anybody may make a FIFO by the same call.
	f.guard(unix.SYS_MKNOD, func(g *filter) { g.lowerWordIs(1, unix.S_IFCHR|deviceMode) })
	f.guard(unix.SYS_MKNODAT, func(g *filter) { g.lowerWordIs(2, unix.S_IFCHR|deviceMode) })
	f.end(refused)
	return f
}

// commonFilter is what both begin with: it permits these calls with any arguments, and what is guarded alike. Its end is missing.
func commonFilter(permitted []uint32) filter {
	var f filter
	f.load(architectureOffset)
	f.unless(unix.BPF_JEQ, unix.AUDIT_ARCH_X86_64, refused)
	f.load(callOffset)
	f.when(unix.BPF_JGE, x32Calls, refused)
	for _, call := range permitted {
		f.when(unix.BPF_JEQ, call, unix.SECCOMP_RET_ALLOW)
	}
	f.guard(unix.SYS_CLONE, func(g *filter) {
		g.loadArgument(0, 0)
		g.when(unix.BPF_JSET, foreignFlags, refused)
		g.unless(unix.BPF_JSET, unix.CLONE_THREAD, refused)
	})
	for _, call := range []uint32{unix.SYS_SOCKET, unix.SYS_SOCKETPAIR} {
		f.guard(call, func(g *filter) { g.argumentIs(0, unix.AF_UNIX) })
	}
	return f
}

// install puts the filter on this thread for good, and so on what it becomes. It takes no_new_privs.
func (f filter) install() error {
	program := unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
	_, _, failure := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(f)
	if failure != 0 {
		return fmt.Errorf("the filter of system calls: %w", failure)
	}
	return nil
}

func (f *filter) load(offset uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset})
}

// loadArgument loads the lower (0) or the upper (1) word of an argument.
func (f *filter) loadArgument(index, word uint32) {
	f.load(argumentsOffset + argumentBytes*index + 4*word)
}

func (f *filter) end(verdict uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: verdict})
}

// when ends with a verdict if what is loaded passes the test.
func (f *filter) when(test uint16, value, verdict uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | test, K: value, Jf: 1})
	f.end(verdict)
}

// unless ends with a verdict if what is loaded does not pass the test.
func (f *filter) unless(test uint16, value, verdict uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | test, K: value, Jt: 1})
	f.end(verdict)
}

func (f *filter) lowerWordIs(index, value uint32) {
	f.loadArgument(index, 0)
	f.unless(unix.BPF_JEQ, value, refused)
}

func (f *filter) argumentIs(index uint32, value uint64) {
	for word, part := range []uint32{uint32(value), uint32(value >> 32)} {
		f.loadArgument(index, uint32(word))
		f.unless(unix.BPF_JEQ, part, refused)
	}
}

// guard permits a call whose arguments pass. Its number is what is loaded, and is not any more within the guard.
func (f *filter) guard(call uint32, judge func(*filter)) {
	var judgement filter
	judge(&judgement)
	judgement.end(unix.SECCOMP_RET_ALLOW)
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | unix.BPF_JEQ, K: call, Jf: uint8(len(judgement))})
	*f = append(*f, judgement...)
}

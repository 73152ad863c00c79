package reaper

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// signalInformation is siginfo_t as waitid(2) fills it on 64-bit Linux (include/uapi/asm-generic/siginfo.h); 128
// bytes in all.
type signalInformation struct {
	signal, errno, code, _ int32
	pid                    int32
	uid                    uint32
	status                 int32
	_                      [100]byte
}

// peekEnded blocks until some child has ended and returns its pid, leaving it unreaped. ECHILD means that there are
// no children.
func peekEnded() (int, error) {
	var information signalInformation
	// SAFETY: the structure is as large as siginfo_t and outlives the call, which does not keep the pointer.
	_, _, errno := unix.Syscall6(unix.SYS_WAITID, unix.P_ALL, 0, uintptr(unsafe.Pointer(&information)),
		unix.WEXITED|unix.WNOWAIT, 0, 0)
	if errno != 0 {
		return 0, syscall.Errno(errno)
	}
	return int(information.pid), nil
}

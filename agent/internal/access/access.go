// Package access does file operations with another user's rights.
//
// Linux keeps the ids that count for files (fsuid, fsgid, supplementary groups) per thread. So the operation runs on
// a thread that is locked to its goroutine and carries the user's ids meanwhile; setting fsuid to a non-zero id also
// takes the file capabilities (CAP_DAC_OVERRIDE and its kin) from the thread, so the kernel decides as for a process
// of that user. Nothing is forked, and other threads stay root.
package access

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"omnirun/agent/internal/users"
)

// unchanged asks setfsuid and setfsgid for the present id: no account has this one, so the call fails and returns it.
const unchanged = ^uint32(0)

// As runs the operation with the user's file rights and returns its error, or why they could not be taken on. The
// operation must stay on its goroutine, should be short, and must not call As again. Descriptors it opens keep the
// rights they were opened with.
func As(user users.User, operation func() error) error {
	if user.IsRoot() || uint32(os.Geteuid()) == user.UID {
		return operation()
	}
	runtime.LockOSThread()
	previous, err := threadGroups()
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer func() {
		// A thread that cannot be made root again stays locked, and so ends with its goroutine instead of doing
		// others' work.
		if become(0, 0, previous) == nil {
			runtime.UnlockOSThread()
		}
	}()
	if err := become(user.UID, user.GID, user.Groups); err != nil {
		return err
	}
	return operation()
}

// become sets the thread's ids for files. On the way to a user the uid comes last, since only root may set groups; on
// the way back setgroups needs the capability CAP_SETGID, which a changed fsuid does not take.
func become(uid, gid uint32, groups []uint32) error {
	if err := setThreadGroups(groups); err != nil {
		return err
	}
	if err := setID(unix.SYS_SETFSGID, gid); err != nil {
		return fmt.Errorf("set the file group: %w", err)
	}
	if err := setID(unix.SYS_SETFSUID, uid); err != nil {
		return fmt.Errorf("set the file owner: %w", err)
	}
	return nil
}

// setID calls setfsuid or setfsgid. They report no error, so the result is read back.
func setID(call uintptr, id uint32) error {
	unix.RawSyscall(call, uintptr(id), 0, 0)
	if now, _, _ := unix.RawSyscall(call, uintptr(unchanged), 0, 0); uint32(now) != id {
		return unix.EPERM
	}
	return nil
}

// setThreadGroups uses the bare system call: the one in package syscall would change all threads.
func setThreadGroups(groups []uint32) error {
	// SAFETY: the kernel reads len(groups) 32-bit ids during the call; an empty slice has no first element to point
	// at.
	_, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(unsafe.SliceData(groups))), 0)
	if errno != 0 {
		return fmt.Errorf("set the supplementary groups: %w", errno)
	}
	return nil
}

func threadGroups() ([]uint32, error) {
	present, err := unix.Getgroups()
	if err != nil {
		return nil, fmt.Errorf("read the supplementary groups: %w", err)
	}
	groups := make([]uint32, len(present))
	for index, group := range present {
		groups[index] = uint32(group)
	}
	return groups, nil
}

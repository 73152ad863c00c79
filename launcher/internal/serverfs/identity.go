package serverfs

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Identity is the unprivileged peer whose files the launcher handles.
type Identity struct {
	UID int
	GID int
}

// Do runs action with the identity's file system rights and returns its error. Only calls that name a path are affected; descriptors
// keep the rights that they were opened with. The action must not start goroutines that name paths: they would run as root.
func (i Identity) Do(action func() error) error {
	runtime.LockOSThread()
	if err := i.assume(); err != nil {
		// The thread's identity is in doubt: it stays locked, and the runtime ends it with its goroutine.
		return err
	}
	actionErr := action()
	if err := (Identity{UID: os.Geteuid(), GID: os.Getegid()}).assume(); err != nil {
		panic(fmt.Sprintf("the launcher cannot become root again: %v", err))
	}
	runtime.UnlockOSThread()
	return actionErr
}

// assume sets the thread's file system gid, then its uid: the kernel drops the file capabilities with the uid and gives them back
// with uid 0, so the gid must change while they are still there.
func (i Identity) assume() error {
	for _, call := range []struct {
		number uintptr
		id     int
	}{{unix.SYS_SETFSUID, 0}, {unix.SYS_SETFSGID, i.GID}, {unix.SYS_SETFSUID, i.UID}} {
		unix.RawSyscall(call.number, uintptr(call.id), 0, 0)
		// setfsuid reports no errors: it answers with the identity before the call, so asking again with an invalid one tells.
		const invalid = ^uintptr(0)
		if now, _, _ := unix.RawSyscall(call.number, invalid, 0, 0); int(now) != call.id {
			return fmt.Errorf("the thread's file system identity is %d instead of %d", now, call.id)
		}
	}
	return nil
}

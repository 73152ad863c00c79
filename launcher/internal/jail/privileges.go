package jail

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sys/unix"
)

// What a VMM may have of the kernel's per-process resources.
const (
	maxDescriptors   = 256     // a dozen for its devices, a handful for connections
	maxLockedBytes   = 1 << 16 // it locks nothing
	maxMessageQueues = 0
	maxSignals       = 1024 // those that wait for it
)

// setLimits bounds what control groups do not, and the number of threads once more: the uid is this machine's alone, so its limit holds
// where there is no pids controller, too.
func (p passage) setLimits(plan Plan) error {
	limits := map[int]uint64{
		unix.RLIMIT_NOFILE:     maxDescriptors,
		unix.RLIMIT_NPROC:      uint64(plan.Threads),
		unix.RLIMIT_CORE:       0,
		unix.RLIMIT_MEMLOCK:    maxLockedBytes,
		unix.RLIMIT_MSGQUEUE:   maxMessageQueues,
		unix.RLIMIT_SIGPENDING: maxSignals,
	}
	maps.Copy(limits, p.limits)
	for resource, bound := range limits {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: bound, Max: bound}); err != nil {
			return fmt.Errorf("resource %d: %w", resource, err)
		}
	}
	return nil
}

// dropPrivileges is irrevocable. The order matters: the bounding set and the groups need capabilities that leave with the uid. The
// calls are raw, for this thread only; the others end at execve.
func (p passage) dropPrivileges(plan Plan) error {
	unix.Umask(plan.Umask)
	if err := dropBoundingSet(p.capabilities); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("the ambient capabilities: %w", err)
	}
	if err := p.user(plan); err != nil {
		return err
	}
	if err := keepCapabilities(p.capabilities); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}

// becomeUser gives up root for the machine's user.
func becomeUser(plan Plan) error {
	for _, call := range []struct {
		name      string
		number    uintptr
		arguments [3]uintptr
	}{
		{"groups", unix.SYS_SETGROUPS, [3]uintptr{}},
		{"gid", unix.SYS_SETRESGID, [3]uintptr{uintptr(plan.GID), uintptr(plan.GID), uintptr(plan.GID)}},
		{"uid", unix.SYS_SETRESUID, [3]uintptr{uintptr(plan.UID), uintptr(plan.UID), uintptr(plan.UID)}},
	} {
		if _, _, failure := unix.RawSyscall(call.number, call.arguments[0], call.arguments[1], call.arguments[2]); failure != 0 {
			return fmt.Errorf("the %s: %w", call.name, failure)
		}
	}
	return nil
}

// keepCapabilities gives up all others, and the whole inheritable set, which is the one that a change of the uid leaves.
func keepCapabilities(kept []uintptr) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	for _, capability := range kept {
		set := &sets[capability/32]
		set.Permitted |= 1 << (capability % 32)
		set.Effective = set.Permitted
	}
	if err := unix.Capset(&header, &sets[0]); err != nil {
		return fmt.Errorf("the capabilities: %w", err)
	}
	return nil
}

// dropBoundingSet drops every other capability that this kernel knows: it answers EINVAL to the first one that it does not.
func dropBoundingSet(kept []uintptr) error {
	for capability := uintptr(0); ; capability++ {
		if slices.Contains(kept, capability) {
			continue
		}
		err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0)
		if errors.Is(err, unix.EINVAL) && capability > 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("capability %d: %w", capability, err)
		}
	}
}

// closeOthers marks every descriptor for closing at execve but those that the VMM gets. The runtime's own must stay open until then.
func closeOthers(plan Plan) error {
	const last = ^uint(0) >> 32 // what the kernel takes for "all of them"
	if err := unix.CloseRange(planDescriptor, last, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return err
	}
	for _, kept := range plan.Keep {
		if _, err := unix.FcntlInt(uintptr(kept), unix.F_SETFD, 0); err != nil {
			return fmt.Errorf("descriptor %d: %w", kept, err)
		}
	}
	return nil
}

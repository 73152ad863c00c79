package jail

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// hostName replaces the host's, which is nobody's business in there.
const hostName = "vmm"

// Run is the child's main function. It returns only when the VMM could not be started; the parent has been told why.
func Run() int {
	runtime.LockOSThread()
	report := os.NewFile(reportDescriptor, "report")
	plan, err := readPlan(os.NewFile(planDescriptor, "plan"))
	if err == nil {
		err = become(plan, report)
	}
	if _, reportErr := report.WriteString(err.Error()); reportErr != nil {
		fmt.Fprintln(os.Stderr, "the jail cannot report:", err)
	}
	return 1
}

// become does what the package promises, step by step, and ends with execve.
func become(plan Plan, report *os.File) error {
	way := passageOf(plan)
	for _, step := range []struct {
		name string
		do   func(Plan) error
	}{
		{"identity", forgetHost},
		{"network", makeNetwork},
		{"root", way.makeRoot},
		{"limits", way.setLimits},
		{"privileges", way.dropPrivileges},
		{"descriptors", closeOthers},
	} {
		if err := step.do(plan); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	program, err := newImage(way.program, append([]string{way.program}, way.arguments...))
	if err != nil {
		return fmt.Errorf("arguments: %w", err)
	}
	if _, err := report.WriteString(readyMarker); err != nil {
		return err
	}
	if err := way.filter(program).install(); err != nil {
		return err
	}
	return fmt.Errorf("%s cannot be executed: %w", way.program, program.execute())
}

// passage is what differs between a child that becomes the VMM and one that becomes a jailer which does.
type passage struct {
	root         []func(Plan) error // how the tree becomes the root
	limits       map[int]uint64     // those that are not the same for both
	capabilities []uintptr          // what whoever is begun keeps
	user         func(Plan) error   // gives up root
	program      string
	arguments    []string // without the program's name
	filter       func(image) filter
}

func passageOf(plan Plan) passage {
	if plan.Jailer.exists() {
		return plan.Jailer.passage(plan)
	}
	return passage{
		root:      []func(Plan) error{attachMounts, mountProc, mountDevices, pivot},
		limits:    map[int]uint64{unix.RLIMIT_FSIZE: uint64(plan.FileBytes)},
		user:      becomeUser,
		program:   plan.Program,
		arguments: plan.Arguments,
		filter:    vmmFilter,
	}
}

// forgetHost takes the host's name and the launcher's keyrings away: keys are possessed through the session keyring, which execve and
// setuid leave in place.
func forgetHost(Plan) error {
	if err := unix.Sethostname([]byte(hostName)); err != nil {
		return err
	}
	if _, err := unix.KeyctlInt(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0); err != nil && !errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("the session keyring: %w", err)
	}
	return nil
}

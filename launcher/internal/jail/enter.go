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
	for _, step := range []struct {
		name string
		do   func(Plan) error
	}{
		{"identity", forgetHost},
		{"network", makeNetwork},
		{"root", makeRoot},
		{"limits", setLimits},
		{"privileges", dropPrivileges},
		{"descriptors", closeOthers},
	} {
		if err := step.do(plan); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	begun, arguments := plan.Program, plan.Arguments
	if plan.Jailer.exists() {
		begun, arguments = plan.Jailer.Program, plan.Jailer.arguments(plan)
	}
	program, err := newImage(begun, append([]string{begun}, arguments...))
	if err != nil {
		return fmt.Errorf("arguments: %w", err)
	}
	if _, err := report.WriteString(readyMarker); err != nil {
		return err
	}
	filter := vmmFilter(program)
	if plan.Jailer.exists() {
		filter = jailerFilter()
	}
	if err := filter.install(); err != nil {
		return err
	}
	return fmt.Errorf("%s cannot be executed: %w", begun, program.execute())
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

// Package boot is what the agent does as pid 1 of a guest before it serves: from an initramfs with itself as /init to
// a Debian-like system on a read-only base image and a writable disk, joined by overlayfs. No other program runs
// meanwhile. Nothing is waited for by polling, nothing for ever: what goes wrong is said on the console, and the
// machine is reset.
package boot

import (
	"fmt"
	"log"
	"os"

	"golang.org/x/sys/unix"

	"omnirun/agent/internal/identity"
	"omnirun/agent/internal/users"
)

// What a guest is called that nobody has claimed yet. Writing both now brings their files to the writable disk, where
// a claim changes them at less cost.
const (
	interimHostname  = "sandbox"
	interimMachineID = "00000000000000000000000000000000"
)

// StateDirectory is where the agent keeps what only root may read, on the writable disk: so a pause keeps it and no
// RAM is used for it.
const StateDirectory = "/var/lib/omnirun-agent"

// Guest is a machine that has been booted.
type Guest struct {
	// System is what the guest's identity changes.
	System *identity.Linux
	// Port is the opened device of the link. It blocks, and stays open as long as the guest lives. It is nil where the
	// host is reached by vsock.
	Port *os.File
}

// Run boots this machine. It must be called once, first, by pid 1.
func Run() (*Guest, error) {
	ignoreSignals()
	if err := mountKernelFileSystems(); err != nil {
		return nil, err
	}
	useConsole()
	log.Print("booting")
	devices, err := watchDevices()
	if err != nil {
		return nil, err
	}
	defer devices.close()
	loadModules()
	if err := devices.await(baseDevice, diskDevice); err != nil {
		return nil, err
	}
	if err := switchRoot(); err != nil {
		return nil, err
	}
	log.Print("root file system is ready")
	if err := mountRest(); err != nil {
		return nil, err
	}
	system, err := settle()
	if err != nil {
		return nil, err
	}
	device, err := devices.awaitLink()
	if err != nil || device == "" {
		return &Guest{System: system}, err
	}
	port, err := openPort(device)
	return &Guest{System: system, Port: port}, err
}

// settle makes the system fit to run programs in.
func settle() (*identity.Linux, error) {
	setKernelParameters()
	if err := setLimits(); err != nil {
		return nil, err
	}
	if err := loopbackUp(); err != nil {
		return nil, err
	}
	if err := users.EnsureAccounts("/"); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(StateDirectory, 0o700); err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	system := identity.NewLinux()
	if err := system.SetHostname(interimHostname); err != nil {
		return nil, fmt.Errorf("hostname: %w", err)
	}
	if err := system.SetMachineID(interimMachineID); err != nil {
		return nil, fmt.Errorf("machine id: %w", err)
	}
	if err := system.ConfigureNetwork(nil, nil); err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	return system, nil
}

// Fail says why the agent cannot go on and resets the machine, which a VMM takes for its end. It does not return: a
// guest without an agent must not look alive. Powering off would need ACPI, and without it the kernel would halt
// silently.
func Fail(reason error) {
	log.Printf("cannot go on: %v", reason)
	unix.Sync()
	err := unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART)
	panic(fmt.Sprintf("reset: %v", err)) // The end of pid 1 is a kernel panic, which resets too.
}

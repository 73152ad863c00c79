package boot

import (
	"fmt"
	"log"
	"os"
	"syscall"

	"github.com/vishvananda/netlink"
)

// maxOpenFiles is for every process of the guest: what container engines give, too.
const maxOpenFiles = 1 << 20

// kernelParameters are files of /proc/sys and what is written to them.
var kernelParameters = []struct{ path, value string }{
	// Errors and worse reach the console, nothing else.
	{"kernel/printk", "4 4 1 4"},
	// A dead kernel resets the machine at once, which its VMM notices.
	{"kernel/panic", "-1"},
	// Everybody may ping.
	{"net/ipv4/ping_group_range", "0 2147483647"},
	// Development servers watch whole source trees, several of them at a time.
	{"fs/inotify/max_user_instances", "1024"},
	{"fs/inotify/max_user_watches", "524288"},
}

// setKernelParameters reports what a kernel does not have, and goes on.
func setKernelParameters() {
	for _, parameter := range kernelParameters {
		if err := os.WriteFile("/proc/sys/"+parameter.path, []byte(parameter.value), 0o644); err != nil {
			log.Printf("kernel parameter: %v", err)
		}
	}
}

// setLimits uses package syscall, whose ForkExec then passes the limit on instead of restoring the one the agent was
// started with.
func setLimits() error {
	limit := &syscall.Rlimit{Cur: maxOpenFiles, Max: maxOpenFiles}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, limit); err != nil {
		return fmt.Errorf("limit of open files: %w", err)
	}
	return nil
}

func loopbackUp() error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("loopback: %w", err)
	}
	if err := netlink.LinkSetUp(loopback); err != nil {
		return fmt.Errorf("loopback: %w", err)
	}
	return nil
}

package boot

import (
	"os"
	"os/signal"
	"syscall"
)

// ignoreSignals keeps whoever is root in the guest from ending the agent, and with it the guest, by accident: Go's
// runtime exits at signals that the kernel would keep from pid 1. They are caught into a channel that nobody reads,
// not set to be ignored, for that would be inherited by every process of the guest.
func ignoreSignals() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGABRT,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPIPE, syscall.SIGALRM, syscall.SIGPWR)
}

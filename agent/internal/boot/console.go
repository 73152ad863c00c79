package boot

import (
	"log"

	"golang.org/x/sys/unix"
)

// useConsole makes the console the agent's output, which the kernel did only if the initramfs had a node for it.
// Where there is no console, the agent is silent.
func useConsole() {
	log.SetFlags(0)
	log.SetPrefix("omnirun-agent: ")
	console, err := unix.Open("/dev/console", unix.O_WRONLY|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(console)
	for _, output := range []int{1, 2} {
		if err := unix.Dup3(console, output, 0); err != nil {
			log.Printf("console: %v", err)
		}
	}
}

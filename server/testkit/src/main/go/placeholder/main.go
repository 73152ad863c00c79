// Command placeholder is what a launcher starts where a test's FAKE Firecracker shall be: it takes the place in the jail and does nothing. The
// fake, outside of the jail, is the machine as long as this runs, and works with the files that this one has (JailedFakes). No virtual machine
// runs in it.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// What it says it is: a number that no release has, so that no real Firecracker takes up what the fake has made.
const (
	version         = "Firecracker v1.15.9999\n\n(this is OmniRun's fake)"
	snapshotVersion = "v9.0.0"
)

func main() {
	if len(os.Args) == 2 {
		switch os.Args[1] {
		case "--version":
			fmt.Println(version)
			return
		case "--snapshot-version":
			fmt.Println(snapshotVersion)
			return
		}
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	<-ended
}

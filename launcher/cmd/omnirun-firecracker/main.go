// Omnirun-firecracker is what Firecracker's jailer begins in place of Firecracker: with a machine's user and no right it puts a filter of system
// calls on itself and becomes Firecracker. Launchers look for it beside themselves. The jailer wants such a name.
package main

import (
	"os"

	"omnirun/launcher/internal/jail"
)

func main() { os.Exit(jail.BecomeVMM()) }

// Omnirun-launcher is the one privileged program of OmniRun. See api/launcher.md for what it does and for whom.
package main

import (
	"os"

	"omnirun/launcher/internal/command"
)

func main() { os.Exit(command.Run(os.Args[1:])) }

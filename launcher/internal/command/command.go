package command

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/jail"
)

// usage is short because api/launcher.md is long.
const usage = "usage: omnirun-launcher serve|sweep [flags]; see omnirun-launcher serve --help"

// Run runs the command line without the program's name and returns the exit status: 0, 1 for a failure, 2 for wrong usage. Logs and
// errors go to standard error, one line each.
func Run(arguments []string) int {
	if len(arguments) == 0 {
		fmt.Fprintln(os.Stderr, usage)
		return 2
	}
	if arguments[0] == jail.Command {
		return jail.Run()
	}
	// Whatever the launcher makes is its own or is given away on purpose.
	unix.Umask(0o077)
	switch arguments[0] {
	case "serve":
		return conclude(serve(arguments[1:], newLog(os.Stderr)))
	case "sweep":
		return conclude(sweep(arguments[1:], newLog(os.Stderr)))
	default:
		fmt.Fprintln(os.Stderr, usage)
		return 2
	}
}

func newLog(target io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(target, nil)) }

func conclude(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "omnirun-launcher:", err)
	return 1
}

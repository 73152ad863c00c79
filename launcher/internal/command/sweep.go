package command

import (
	"errors"
	"fmt"
	"log/slog"

	"omnirun/launcher/internal/machine"
	"omnirun/launcher/internal/record"
	"omnirun/launcher/internal/router"
	"omnirun/launcher/internal/tree"
	"omnirun/launcher/internal/wire"
)

// sweep ends every machine of an instance and removes its records, its control groups and its router. The daemon must be gone: the lock says so.
func sweep(arguments []string, log *slog.Logger) error {
	parsed, err := parseSweepOptions(arguments)
	if err != nil {
		return err
	}
	if err := requireHost(); err != nil {
		return err
	}
	run, err := openRunDirectory(parsed.runDirectory)
	if err != nil {
		return err
	}
	defer run.close()
	records, err := record.Open(run.path)
	if err != nil {
		return fmt.Errorf("the records cannot be opened: %w", err)
	}
	groups, err := discoverGroups(parsed.instance)
	if err != nil {
		return err
	}
	machines := machine.New(machine.Config{Records: records, Groups: groups, Log: log, OnExit: func(wire.Exited) {}})
	failures := []error{machines.Reconcile()}
	for _, living := range machines.List() {
		failures = append(failures, machines.Kill(living.Machine))
	}
	return errors.Join(append(failures, groups.RemoveInstance(), router.Remove(string(parsed.instance), run.router()), tree.RemoveAll(run.path))...)
}

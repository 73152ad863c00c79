package machine

import (
	"errors"

	"omnirun/launcher/internal/process"
	"omnirun/launcher/internal/spec"
	"omnirun/launcher/internal/wire"
)

// watch waits for the end of a machine, removes what is left of it, and announces it.
func (m *Manager) watch(name spec.Machine, current *entry) {
	exit, waitErr := current.vmm.Wait()
	group := m.config.Groups.Group(name)
	kills, countErr := group.OutOfMemoryKills()
	err := errors.Join(waitErr, countErr, m.leaveNetwork(current), group.Remove(), m.config.Records.Remove(name), current.vmm.Close())
	if err != nil {
		// The machine is dead all the same, and its end must become known; what is left is found when the launcher starts again.
		m.config.Log.Error("a machine's remains could not all be removed", "machine", name, "error", err)
	}
	m.forget(name, current)
	close(current.ended)
	m.announce(name, exit, kills > 0)
}

func (m *Manager) announce(name spec.Machine, exit process.Exit, oomKilled bool) {
	m.config.Log.Info("machine ended", "machine", name, "statusKnown", exit.StatusKnown, "exitCode", exit.ExitCode,
		"signal", exit.Signal, "oomKilled", oomKilled)
	m.config.OnExit(wire.Exited{
		Event: "machine.exited", Machine: string(name), StatusKnown: exit.StatusKnown, ExitCode: exit.ExitCode,
		Signal: exit.Signal, OOMKilled: oomKilled,
	})
}

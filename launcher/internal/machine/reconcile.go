package machine

import (
	"errors"
	"io/fs"
	"slices"

	"omnirun/launcher/internal/jail"
	"omnirun/launcher/internal/process"
	"omnirun/launcher/internal/record"
	"omnirun/launcher/internal/spec"
)

// Reconcile takes over the machines of a former launcher that still live, and removes what is left of the others: records of processes
// that are gone, control groups that nobody has a record of, with whatever runs in them, and links of machines that are gone. An error names what could not be cleared up;
// the manager is usable all the same.
func (m *Manager) Reconcile() error {
	records, err := m.config.Records.All()
	failures := []error{err}
	for _, recorded := range records {
		failures = append(failures, m.reconcile(recorded))
	}
	groups, err := m.config.Groups.Machines()
	failures = append(failures, err)
	for _, name := range groups {
		failures = append(failures, m.removeForgotten(name))
	}
	return errors.Join(append(failures, m.sweepNetwork())...)
}

// reconcile adopts the recorded process if it is alive and in its machine's group. The group is what tells the VMM from a process that
// happens to have its pid and start time after the host was restarted. One that is not in the group but runs as the machine's own user
// was being started when the launcher was killed: nobody was told of it, so it is ended.
func (m *Manager) reconcile(recorded record.Record) error {
	vmm, err := process.Adopt(recorded.PID, recorded.StartTime)
	if errors.Is(err, process.ErrGone) {
		return m.config.Records.Remove(recorded.Machine)
	}
	if err != nil {
		return err
	}
	belongs, err := m.config.Groups.Group(recorded.Machine).Has(recorded.PID)
	if err != nil || !belongs || recorded.UIDSlot >= UIDs {
		return errors.Join(err, m.endHalfStarted(recorded, vmm), vmm.Close(), m.config.Records.Remove(recorded.Machine))
	}
	m.mutex.Lock()
	current := m.enter(recorded.Machine, recorded.UIDSlot, recorded.Golden)
	m.mutex.Unlock()
	m.attach(recorded.Machine, current, vmm, "machine found again")
	return nil
}

func (m *Manager) endHalfStarted(recorded record.Record, vmm *process.Process) error {
	isOurs, err := m.isHalfStarted(recorded)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !isOurs {
		return err
	}
	if err := vmm.Kill(); err != nil {
		return err
	}
	_, err = vmm.Wait()
	return err
}

// isHalfStarted tells the machine's own user, or a child that still builds its jail, by itself or by a jailer, from a stranger.
func (m *Manager) isHalfStarted(recorded record.Record) (bool, error) {
	// In this order: a child of root's that becomes the machine's user meanwhile is known by either.
	arguments, err := process.Arguments(recorded.PID)
	if err != nil {
		return false, err
	}
	uid, err := process.UID(recorded.PID)
	if err != nil || recorded.UIDSlot >= UIDs {
		return false, err
	}
	if uid == m.config.UIDBase+recorded.UIDSlot {
		return true, nil
	}
	isChild := slices.Equal(arguments, jail.Arguments()) || jail.IsJailerOf(string(recorded.Machine), arguments)
	return uid == 0 && isChild, nil
}

func (m *Manager) removeForgotten(name spec.Machine) error {
	m.mutex.Lock()
	_, known := m.machines[name]
	m.mutex.Unlock()
	if known {
		return nil
	}
	group := m.config.Groups.Group(name)
	return errors.Join(group.KillAll(), group.Remove())
}

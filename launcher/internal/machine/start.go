package machine

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/jail"
	"omnirun/launcher/internal/process"
	"omnirun/launcher/internal/record"
	"omnirun/launcher/internal/router"
	"omnirun/launcher/internal/serverfs"
	"omnirun/launcher/internal/spec"
	"omnirun/launcher/internal/wire"
)

// Started is the answer to a start.
type Started struct {
	PID       int    `json:"pid"`
	StartTime uint64 `json:"startTime"`
	// StateFD is the descriptor in a clone or a resumed machine that its state is read from.
	StateFD int `json:"stateFd,omitempty"`
	// Link is the one that a plug gives to it: known beforehand, so that a guest can be told while it is made.
	Link *router.Link `json:"link,omitempty"`
}

// order is a start, whichever it is and of whichever VMM.
type order struct {
	name   spec.Machine
	golden spec.Hash // of a clone, else empty
	limits spec.Limits
	kvm    bool
	// open opens what the machine is to have. The gid is the machine's own.
	open func(opened *files, directory *serverfs.MachineDir, gid int) error
	// plan says what the VMM is; whatever is the same for all is filled in.
	plan jail.Plan
	// stateFD is the descriptor that a state is read from, 0 for none.
	stateFD int
}

// start takes the name, starts the VMM and watches it, or leaves nothing behind.
func (m *Manager) start(wanted order) (Started, error) {
	if wanted.kvm && !m.config.KVM {
		return Started{}, wire.Fail(wire.Unsupported, "this host has no /dev/kvm")
	}
	current, err := m.reserve(wanted.name, wanted.golden)
	if err != nil {
		return Started{}, err
	}
	vmm, err := m.launch(wanted, current)
	if err != nil {
		m.forget(wanted.name, current)
		close(current.started)
		return Started{}, err
	}
	m.attach(wanted.name, current, vmm, "machine started")
	started := Started{PID: vmm.PID, StartTime: vmm.StartTime, StateFD: wanted.stateFD}
	if m.config.Router != nil {
		started.Link = new(m.config.Router.Link(current.slot))
	}
	return started, nil
}

// attach makes the machine visible and begins to wait for its end. The occasion is for the log.
func (m *Manager) attach(name spec.Machine, current *entry, vmm *process.Process, occasion string) {
	m.mutex.Lock()
	current.vmm = vmm
	close(current.started)
	m.mutex.Unlock()
	m.config.Log.Info(occasion, "machine", name, "pid", vmm.PID, "startTime", vmm.StartTime)
	go m.watch(name, current)
}

func (m *Manager) launch(wanted order, current *entry) (*process.Process, error) {
	opened := files{byDescriptor: make(map[int]*os.File)}
	defer m.close(wanted.name, &opened)
	if err := m.openAll(&opened, wanted, current); err != nil {
		return nil, err
	}
	waiting, err := jail.Start(opened.byDescriptor, opened.log)
	if err != nil {
		return nil, err
	}
	var failed undo
	if err := m.prepare(wanted, m.plan(wanted, current, opened.mounts), current, waiting, &failed); err != nil {
		return nil, errors.Join(err, waiting.Abandon(), failed.run())
	}
	if err := waiting.Enter(); err != nil {
		return nil, errors.Join(wire.Wrap(wire.Internal, err, "%s cannot be started", wanted.name), failed.run())
	}
	return waiting.Process, nil
}

// prepare lets the child become the VMM and puts it under its limits at the same time: the kernel takes ten milliseconds for the latter
// on version 1 of control groups. Nothing of a guest runs before both are done, for a VMM waits for its state, or for its kernel to be
// read, longer than that. The record comes first: a launcher that is killed here finds the VMM again.
func (m *Manager) prepare(wanted order, plan jail.Plan, current *entry, waiting *jail.Waiting, failed *undo) error {
	failed.add(func() error { return m.config.Records.Remove(wanted.name) })
	if err := m.config.Records.Write(recordOf(wanted, current, waiting.Process)); err != nil {
		return err
	}
	if err := waiting.Prepare(plan); err != nil {
		return err
	}
	failed.add(m.config.Groups.Group(wanted.name).Remove)
	group, err := m.config.Groups.Create(wanted.name, wanted.limits)
	if err != nil {
		return err
	}
	return group.Add(waiting.Process.PID)
}

// close is no reason for a start to fail: the VMM has its own descriptors by then.
func (m *Manager) close(name spec.Machine, opened *files) {
	if err := opened.close(); err != nil {
		m.config.Log.Error("files of a start could not be closed", "machine", name, "error", err)
	}
}

func (m *Manager) openAll(opened *files, wanted order, current *entry) error {
	directory, err := m.config.State.MachineDir("machines/" + string(wanted.name))
	if err != nil {
		return err
	}
	opened.opened.add(directory.Close)
	log, err := directory.Create("vmm.log", unix.O_WRONLY|unix.O_APPEND)
	if err != nil {
		return err
	}
	opened.opened.add(log.Close)
	opened.log = log
	return wanted.open(opened, directory, m.config.UIDBase+current.slot)
}

func recordOf(wanted order, current *entry, child *process.Process) record.Record {
	return record.Record{
		Machine: wanted.name, PID: child.PID, StartTime: child.StartTime, UIDSlot: current.slot, Golden: wanted.golden,
	}
}

// plan completes the order's with what does not depend on the VMM.
func (m *Manager) plan(wanted order, current *entry, mounts []jail.Mount) jail.Plan {
	plan := wanted.plan
	plan.UID, plan.GID = m.config.UIDBase+current.slot, m.config.UIDBase+current.slot
	plan.Mounts, plan.KVM = mounts, wanted.kvm
	plan.FileBytes, plan.Threads = wanted.limits.FileBytes, wanted.limits.Pids
	return plan
}

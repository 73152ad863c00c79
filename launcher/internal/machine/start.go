package machine

import (
	"errors"
	"os"

	"omnirun/launcher/internal/jail"
	"omnirun/launcher/internal/process"
	"omnirun/launcher/internal/qemu"
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

// order is a start, whichever it is.
type order struct {
	name   spec.Machine
	golden spec.Hash // of a clone, else empty
	image  spec.Hash
	limits spec.Limits
	shape  qemu.Machine
	open   func(*files, *serverfs.MachineDir, int) error
}

// Boot starts a machine from a kernel. It returns when the VMM runs; the kernel will not have.
func (m *Manager) Boot(wanted spec.Boot) (Started, error) {
	return m.start(order{
		name: wanted.Machine, image: wanted.Image, limits: wanted.Limits,
		shape: qemu.Machine{Start: qemu.Boot, Size: wanted.Size, CommandLine: wanted.CommandLine},
		open: func(opened *files, directory *serverfs.MachineDir, gid int) error {
			return m.openForBoot(opened, directory, wanted, gid)
		},
	})
}

// Clone starts a machine that awaits its device state. It returns when the VMM runs; the server loads the state.
func (m *Manager) Clone(wanted spec.Clone) (Started, error) {
	return m.start(order{
		name: wanted.Machine, golden: wanted.Golden, image: wanted.Image, limits: wanted.Limits,
		shape: qemu.Machine{Start: qemu.Clone, Size: wanted.Size},
		open: func(opened *files, _ *serverfs.MachineDir, _ int) error {
			return m.openForClone(opened, wanted)
		},
	})
}

// Resume starts a machine that awaits its RAM and device state, which the server sends through a socket of its own. It returns when
// the VMM runs.
func (m *Manager) Resume(wanted spec.Resume) (Started, error) {
	return m.start(order{
		name: wanted.Machine, image: wanted.Image, limits: wanted.Limits,
		shape: qemu.Machine{Start: qemu.Resume, Size: wanted.Size},
		open: func(opened *files, directory *serverfs.MachineDir, _ int) error {
			state, err := directory.ConnectReceiving("state.sock")
			return opened.add(qemu.StateDescriptor, state, err)
		},
	})
}

// start takes the name, starts the VMM and watches it, or leaves nothing behind.
func (m *Manager) start(wanted order) (Started, error) {
	if wanted.shape.Size.Accelerator == spec.KVM && !m.config.KVM {
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
	started := Started{PID: vmm.PID, StartTime: vmm.StartTime}
	if wanted.shape.LoadsState() {
		started.StateFD = int(qemu.StateDescriptor)
	}
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
	opened := files{byDescriptor: make(map[qemu.Descriptor]*os.File)}
	defer m.close(wanted.name, &opened)
	if err := m.openAll(&opened, wanted, current); err != nil {
		return nil, err
	}
	waiting, err := jail.Start(opened.numbers(), opened.log)
	if err != nil {
		return nil, err
	}
	var failed undo
	if err := m.prepare(wanted, current, waiting, &failed); err != nil {
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
func (m *Manager) prepare(wanted order, current *entry, waiting *jail.Waiting, failed *undo) error {
	failed.add(func() error { return m.config.Records.Remove(wanted.name) })
	if err := m.config.Records.Write(recordOf(wanted, current, waiting.Process)); err != nil {
		return err
	}
	if err := waiting.Prepare(m.plan(wanted, current)); err != nil {
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
	if err := m.openCommon(opened, directory, wanted.image); err != nil {
		return err
	}
	return wanted.open(opened, directory, m.config.UIDBase+current.slot)
}

func recordOf(wanted order, current *entry, child *process.Process) record.Record {
	return record.Record{
		Machine: wanted.name, PID: child.PID, StartTime: child.StartTime, UIDSlot: current.slot, Golden: wanted.golden,
	}
}

func (m *Manager) plan(wanted order, current *entry) jail.Plan {
	var keep []int
	for _, descriptor := range wanted.shape.Descriptors() {
		keep = append(keep, int(descriptor))
	}
	return jail.Plan{
		Program: m.config.QEMU, Arguments: wanted.shape.Arguments(), Root: m.config.JailRoot,
		UID: m.config.UIDBase + current.slot, GID: m.config.UIDBase + current.slot,
		Keep: keep, Tap: int(qemu.TapDescriptor), Outgoing: outgoingDescriptor, KVM: wanted.shape.Size.Accelerator == spec.KVM,
		FileBytes: wanted.limits.FileBytes, Threads: wanted.limits.Pids,
	}
}

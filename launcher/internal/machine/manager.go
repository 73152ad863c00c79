package machine

import (
	"log/slog"
	"sync"

	"omnirun/launcher/internal/cgroup"
	"omnirun/launcher/internal/firecracker"
	"omnirun/launcher/internal/golden"
	"omnirun/launcher/internal/process"
	"omnirun/launcher/internal/record"
	"omnirun/launcher/internal/router"
	"omnirun/launcher/internal/serverfs"
	"omnirun/launcher/internal/spec"
	"omnirun/launcher/internal/wire"
)

// UIDs is how many uids, counted from the launcher's first one, its machines run as; so many machines can live at once.
const UIDs = 4096

// Config is what a Manager works with. All of it stays the caller's.
type Config struct {
	State   *serverfs.Root // the machine directories
	Cache   *serverfs.Root // kernels, images and snapshots
	Records *record.Store
	Groups  *cgroup.Host
	Goldens *golden.Store
	Memory  *serverfs.Root // on tmpfs, one directory for each machine of Firecracker
	QEMU    VMM
	UIDBase int
	KVM     bool // there is a /dev/kvm
	Log     *slog.Logger
	// OnExit is told of every machine that has ended and been cleared up. It must not block.
	OnExit func(wire.Exited)
	Router *router.Router // nil: machines get no links
	// Firecracker is empty where there is none.
	Firecracker VMM
	// Jailer is what Firecracker is started by. Empty: the launcher's own walls.
	Jailer firecracker.Jailer
}

// VMM is a program that machines run in.
type VMM struct {
	Binary string // absolute path
	Tree   string // with its files, the root of its jails
}

// Manager is the set of living machines. It is safe for concurrent use.
type Manager struct {
	config Config

	mutex    sync.Mutex
	machines map[spec.Machine]*entry
	slots    [UIDs]spec.Machine // which machine has a uid, or ""
	nextSlot int
}

// entry is one machine. Until started is closed it only holds the name and the uid; vmm is nil afterwards if the start failed.
type entry struct {
	slot    int
	golden  spec.Hash
	started chan struct{}
	vmm     *process.Process
	ended   chan struct{}

	network sync.Mutex // held while the machine's link changes
	gone    bool       // guarded by network: the machine has ended
}

// Living describes a machine to the server.
type Living struct {
	Machine   spec.Machine `json:"machine"`
	PID       int          `json:"pid"`
	StartTime uint64       `json:"startTime"`
	Golden    spec.Hash    `json:"golden,omitempty"`
}

// New makes a manager that knows no machines yet: call Reconcile before anything else.
func New(config Config) *Manager {
	return &Manager{config: config, machines: make(map[spec.Machine]*entry)}
}

// List gives the machines whose start has succeeded and whose end has not been announced.
func (m *Manager) List() []Living {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	living := make([]Living, 0, len(m.machines))
	for name, current := range m.machines {
		if current.isStarted() && current.vmm != nil {
			living = append(living, Living{name, current.vmm.PID, current.vmm.StartTime, current.golden})
		}
	}
	return living
}

// Kill ends a machine and returns when nothing of it is left. A machine that does not exist is no error; one that is being started is
// killed when it has started.
func (m *Manager) Kill(name spec.Machine) error {
	m.mutex.Lock()
	current, known := m.machines[name]
	m.mutex.Unlock()
	if !known {
		return nil
	}
	<-current.started
	if current.vmm == nil {
		return nil
	}
	if err := current.vmm.Kill(); err != nil {
		return wire.Wrap(wire.Internal, err, "%s cannot be killed", name)
	}
	<-current.ended
	return nil
}

// reserve takes the name and a uid that no living machine has. The next uid is taken each time, so that one is not used again at once.
func (m *Manager) reserve(name spec.Machine, golden spec.Hash) (*entry, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if _, exists := m.machines[name]; exists {
		return nil, wire.Fail(wire.AlreadyExists, "%s exists", name)
	}
	for tried := range UIDs {
		slot := (m.nextSlot + tried) % UIDs
		if m.slots[slot] == "" {
			m.nextSlot = (slot + 1) % UIDs
			return m.enter(name, slot, golden), nil
		}
	}
	return nil, wire.Fail(wire.NoSpace, "%d machines live, which is the most", UIDs)
}

// enter adds an entry; the caller holds the mutex.
func (m *Manager) enter(name spec.Machine, slot int, golden spec.Hash) *entry {
	m.slots[slot] = name
	current := &entry{slot: slot, golden: golden, started: make(chan struct{}), ended: make(chan struct{})}
	m.machines[name] = current
	return current
}

// forget frees the name and the uid.
func (m *Manager) forget(name spec.Machine, current *entry) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.machines, name)
	m.slots[current.slot] = ""
}

func (e *entry) isStarted() bool {
	select {
	case <-e.started:
		return true
	default:
		return false
	}
}

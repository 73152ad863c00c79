package machine

import (
	"errors"

	"omnirun/launcher/internal/process"
	"omnirun/launcher/internal/router"
	"omnirun/launcher/internal/spec"
	"omnirun/launcher/internal/wire"
)

// Plug gives a living machine a link under a policy, instead of one that it has. It returns what the guest must know of it.
func (m *Manager) Plug(wanted spec.Plug) (router.Link, error) {
	var link router.Link
	err := m.withLiving(wanted.Machine, func(slot int, vmm *process.Process) error {
		return vmm.WithDescriptor(func(pidfd int) (err error) {
			link, err = m.config.Router.Plug(slot, pidfd, policyOf(wanted), pinsOf(wanted.Pinned))
			return err
		})
	})
	return link, err
}

// SetPolicy changes what a machine may use its link for, all at once or not at all. It returns the link.
func (m *Manager) SetPolicy(wanted spec.Plug) (router.Link, error) {
	var link router.Link
	err := m.withLiving(wanted.Machine, func(slot int, _ *process.Process) (err error) {
		change := m.config.Router.SetPolicy
		if wanted.Keep {
			change = m.config.Router.KeepPolicy
		}
		link, err = change(slot, policyOf(wanted), pinsOf(wanted.Pinned))
		return err
	})
	return link, err
}

// Pin opens addresses to a machine that has a link.
func (m *Manager) Pin(wanted spec.Pin) error {
	return m.withLiving(wanted.Machine, func(slot int, _ *process.Process) error {
		return m.config.Router.Pin(slot, pinsOf(wanted.Pinned))
	})
}

// Unplug takes a machine's link away. Idempotent, also for a machine that does not exist.
func (m *Manager) Unplug(name spec.Machine) error {
	err := m.withLiving(name, func(slot int, _ *process.Process) error { return m.config.Router.Unplug(slot) })
	var failure *wire.Failure
	if errors.As(err, &failure) && failure.Code == wire.NotFound {
		return nil
	}
	return err
}

// WatchFlows tells of what machines send through their links, as far as the host can tell. An event that tell refuses is counted; it must
// not block.
func (m *Manager) WatchFlows(tell func(event any) bool) error {
	if m.config.Router == nil {
		return nil
	}
	return m.config.Router.Watch(m.inSlot, tell)
}

// inSlot is the machine that has a uid now.
func (m *Manager) inSlot(slot int) (string, bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if slot >= UIDs || m.slots[slot] == "" {
		return "", false
	}
	return string(m.slots[slot]), true
}

func policyOf(wanted spec.Plug) router.Policy {
	return router.Policy{
		Open: wanted.Open, Proxied: wanted.Proxied, Resolved: wanted.Resolved, Allowed: wanted.Allowed, Denied: wanted.Denied,
	}
}

func pinsOf(wanted []spec.PinnedAddress) []router.Pin {
	pins := make([]router.Pin, 0, len(wanted))
	for _, each := range wanted {
		pins = append(pins, router.Pin(each))
	}
	return pins
}

// withLiving acts on a machine that runs. Its slot is its own for as long as that takes: the end of the machine waits.
func (m *Manager) withLiving(name spec.Machine, act func(slot int, vmm *process.Process) error) error {
	if m.config.Router == nil {
		return wire.Fail(wire.Unsupported, "this launcher has no --network")
	}
	m.mutex.Lock()
	current, known := m.machines[name]
	m.mutex.Unlock()
	if !known || !current.isStarted() || current.vmm == nil {
		return wire.Fail(wire.NotFound, "no machine %s", name)
	}
	current.network.Lock()
	defer current.network.Unlock()
	if current.gone {
		return wire.Fail(wire.NotFound, "no machine %s", name)
	}
	return act(current.slot, current.vmm)
}

// leaveNetwork takes the link of a machine away that has ended.
func (m *Manager) leaveNetwork(current *entry) error {
	current.network.Lock()
	defer current.network.Unlock()
	current.gone = true
	if m.config.Router == nil {
		return nil
	}
	return m.config.Router.Unplug(current.slot)
}

// sweepNetwork takes links away whose machines ended while there was no launcher.
func (m *Manager) sweepNetwork() error {
	if m.config.Router == nil {
		return nil
	}
	var failures []error
	for _, slot := range m.config.Router.Plugged() {
		if _, living := m.inSlot(slot); !living {
			failures = append(failures, m.config.Router.Unplug(slot))
		}
	}
	return errors.Join(failures...)
}

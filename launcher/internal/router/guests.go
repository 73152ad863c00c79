package router

import (
	"errors"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"omnirun/launcher/internal/wire"
)

const (
	// maxPins bounds what a guest makes the launcher remember by asking for many names; those that end first give way.
	maxPins = 4096
	// pinCheck is how late a pinned address may be closed.
	pinCheck = time.Second
)

// SetPolicy changes where a guest that has a link may send, and pins addresses instead of those that were; what is open is judged anew. All
// of it changes at once, or nothing. It returns the link as it is.
func (r *Router) SetPolicy(slot int, policy Policy, pins []Pin) (Link, error) {
	policy = policy.plain()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if _, err := r.linked(slot); err != nil {
		return Link{}, err
	}
	return r.Link(slot), r.setPolicy(slot, policy, pins)
}

// KeepPolicy does the same, but for a guest that has that policy already: it keeps what it has open and pinned.
func (r *Router) KeepPolicy(slot int, policy Policy, pins []Pin) (Link, error) {
	policy = policy.plain()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	about, err := r.linked(slot)
	if err != nil {
		return Link{}, err
	}
	if !reflect.DeepEqual(about.policy, policy) {
		return r.Link(slot), r.setPolicy(slot, policy, pins)
	}
	return r.Link(slot), r.replace(slot, &about, new(about.with(pins)))
}

// Pin opens addresses to a guest that has a link, for some time; one that is open longer stays so.
func (r *Router) Pin(slot int, pins []Pin) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	about, err := r.linked(slot)
	if err != nil {
		return err
	}
	return r.replace(slot, &about, new(about.with(pins)))
}

func (r *Router) linked(slot int) (guest, error) {
	about, plugged := r.guests[r.config.Plan.Guest(slot)]
	if !plugged {
		return guest{}, wire.Fail(wire.NotFound, "the machine has no link")
	}
	return about, nil
}

func (r *Router) setPolicy(slot int, policy Policy, pins []Pin) error {
	former, known := r.guests[r.config.Plan.Guest(slot)]
	next := guest{policy: policy, mark: r.freshMark()}.with(pins)
	if !known {
		return r.replace(slot, nil, &next)
	}
	return r.replace(slot, &former, &next)
}

// freshMark is one that no flow bears: 0 is what they bear that have passed no rule yet.
func (r *Router) freshMark() uint32 {
	r.lastMark++
	if r.lastMark == 0 {
		r.lastMark++
	}
	return r.lastMark
}

// forget removes what the sets say of a guest, and ends its flows.
func (r *Router) forget(slot int) error {
	address := r.config.Plan.Guest(slot)
	about, known := r.guests[address]
	if !known {
		return nil
	}
	err := r.replace(slot, &about, nil)
	if r.config.told {
		err = errors.Join(err, endFlows(r.space, address), endFlows(r.host, address))
	}
	return err
}

// replace changes what the sets say of a guest, in one transaction, and then remembers it. It sends only what differs.
func (r *Router) replace(slot int, former, next *guest) error {
	address := r.config.Plan.Guest(slot)
	var removed, added []part
	if former != nil && next != nil && former.mark == next.mark {
		removed = []part{{r.sets.pinned, pinElements(address, without(former.pins, next.pins))}}
		added = []part{{r.sets.pinned, pinElements(address, without(next.pins, former.pins))}}
	} else {
		if former != nil {
			removed = r.sets.partsOf(device(slot), address, *former)
		}
		if next != nil {
			added = r.sets.partsOf(device(slot), address, *next)
		}
	}
	if err := r.sets.exchange(removed, added); err != nil {
		return err
	}
	if next == nil {
		delete(r.guests, address)
	} else {
		r.guests[address] = *next
	}
	return nil
}

// with is the guest with more addresses open, and without those whose time has passed.
func (g guest) with(pins []Pin) guest {
	now := time.Now()
	g.pins = maps.Clone(g.pins)
	if g.pins == nil {
		g.pins = make(map[netip.Addr]time.Time)
	}
	maps.DeleteFunc(g.pins, func(_ netip.Addr, end time.Time) bool { return !end.After(now) })
	for _, each := range pins {
		if end := now.Add(each.For); end.After(g.pins[each.Address]) {
			g.pins[each.Address] = end
		}
	}
	g.bound()
	return g
}

func (g guest) bound() {
	if len(g.pins) <= maxPins {
		return
	}
	byEnd := slices.SortedFunc(maps.Keys(g.pins), func(a, b netip.Addr) int { return g.pins[a].Compare(g.pins[b]) })
	for _, each := range byEnd[:len(byEnd)-maxPins] {
		delete(g.pins, each)
	}
}

func without(pins, others map[netip.Addr]time.Time) map[netip.Addr]time.Time {
	rest := maps.Clone(pins)
	maps.DeleteFunc(rest, func(address netip.Addr, _ time.Time) bool {
		_, known := others[address]
		return known
	})
	return rest
}

// closePins closes the addresses whose time has passed.
func (r *Router) closePins() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	now := time.Now()
	var failures []error
	for address, about := range r.guests {
		if slices.ContainsFunc(slices.Collect(maps.Values(about.pins)), func(end time.Time) bool { return !end.After(now) }) {
			failures = append(failures, r.replace(r.config.Plan.slot(address), &about, new(about.with(nil))))
		}
	}
	return errors.Join(failures...)
}

// replaceRules gives the router other rules in one transaction, and the guests what they had, but for what was pinned; the marks are others,
// so each flow is judged anew.
func (r *Router) replaceRules(wanted rules) error {
	known := r.guests
	r.guests = make(map[netip.Addr]guest)
	if err := r.space.do(func() error { return load(emptied(tableName) + wanted.text) }); err != nil {
		return err
	}
	if err := r.sets.find(); err != nil {
		return err
	}
	var failures []error
	for address, about := range known {
		failures = append(failures, r.setPolicy(r.config.Plan.slot(address), about.policy, nil))
	}
	return errors.Join(failures...)
}

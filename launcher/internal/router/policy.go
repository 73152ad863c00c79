package router

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/google/nftables"
)

// setPolicy replaces a guest's elements by those of a policy in one transaction. The link's own element comes with the first policy.
func (r *Router) setPolicy(slot int, policy Policy) error {
	guest := r.config.Plan.Guest(slot)
	policy = Policy{Open: policy.Open, Allowed: merged(policy.Allowed), Denied: merged(policy.Denied)}
	former, known := r.policies[guest]
	return r.commit(func() error {
		var failures []error
		if known {
			failures = append(failures, r.change(r.sets.connection.SetDeleteElements, guest, former))
		} else {
			failures = append(failures, r.sets.connection.SetAddElements(r.sets.links, linkElement(device(slot), guest)))
		}
		return errors.Join(append(failures, r.change(r.sets.connection.SetAddElements, guest, policy))...)
	}, func() { r.policies[guest] = policy })
}

// forget removes a guest's elements.
func (r *Router) forget(slot int) error {
	guest := r.config.Plan.Guest(slot)
	former, known := r.policies[guest]
	if !known {
		return nil
	}
	return r.commit(func() error {
		return errors.Join(
			r.sets.connection.SetDeleteElements(r.sets.links, linkElement(device(slot), guest)),
			r.change(r.sets.connection.SetDeleteElements, guest, former),
		)
	}, func() { delete(r.policies, guest) })
}

type elementChange func(*nftables.Set, []nftables.SetElement) error

func (r *Router) change(make elementChange, guest netip.Addr, policy Policy) error {
	var failures []error
	if policy.Open {
		failures = append(failures, make(r.sets.open, guestElement(guest)))
	}
	if len(policy.Allowed) > 0 {
		failures = append(failures, make(r.sets.allowed, networkElements(guest, policy.Allowed)))
	}
	if len(policy.Denied) > 0 {
		failures = append(failures, make(r.sets.denied, networkElements(guest, policy.Denied)))
	}
	return errors.Join(failures...)
}

// commit sends what prepare has queued, as one transaction, and then remembers it.
func (r *Router) commit(prepare func() error, remember func()) error {
	if err := prepare(); err != nil {
		return err
	}
	if err := r.sets.connection.Flush(); err != nil {
		return err
	}
	remember()
	return nil
}

// merged is a policy's networks without those that lie in another of them: a set of intervals takes no overlaps.
func merged(networks []netip.Prefix) []netip.Prefix {
	sorted := slices.Clone(networks)
	for i, network := range sorted {
		sorted[i] = network.Masked()
	}
	slices.SortFunc(sorted, func(a, b netip.Prefix) int {
		if a.Bits() != b.Bits() {
			return a.Bits() - b.Bits()
		}
		return a.Addr().Compare(b.Addr())
	})
	var kept []netip.Prefix
	for _, network := range sorted {
		if !slices.ContainsFunc(kept, func(wider netip.Prefix) bool { return wider.Contains(network.Addr()) }) {
			kept = append(kept, network)
		}
	}
	return kept
}

package router

import (
	"net/netip"
	"slices"
	"time"
)

// Link is what a guest must know to use its link.
type Link struct {
	Address netip.Addr `json:"address"`
	Bits    int        `json:"bits"`
	Gateway netip.Addr `json:"gateway"`
}

// Policy is where a guest's packets may go. Each guest reaches the server's resolver.
type Policy struct {
	Open     bool // everywhere that is not denied
	Proxied  bool // TCP 443 and 80, wherever they are for, go to the server's proxies, and nothing else anywhere
	Resolved bool // what is for any resolver goes to the server's
	Allowed  []netip.Prefix
	Denied   []netip.Prefix
}

// Pin opens an address for some time.
type Pin struct {
	Address netip.Addr
	For     time.Duration
}

// guest is what is known of one with a link.
type guest struct {
	policy Policy
	mark   uint32                   // of the flows that it opens to pinned addresses under this policy
	pins   map[netip.Addr]time.Time // when each ends
}

// plain is a policy whose lists the sets take.
func (p Policy) plain() Policy {
	p.Allowed, p.Denied = merged(p.Allowed), merged(p.Denied)
	return p
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

package router

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
)

// hostCheck is how late it may be noticed that the host has a new address, or that somebody has removed its rules.
const hostCheck = 2 * time.Second

// guardHost brings up to date what keeps guests from the host: its addresses in the router's rules, and its own rules, which whoever loads a
// firewall may have removed.
func (r *Router) guardHost() error {
	var addresses map[netip.Addr]bool
	err := r.host.do(func() (err error) {
		if addresses, err = ownAddresses(); err != nil {
			return err
		}
		return restoreHostRules(r.config)
	})
	if err != nil {
		return err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	removed, added := difference(r.hosts, addresses), difference(addresses, r.hosts)
	if r.hosts == nil {
		// What a former launcher knew is not known here.
		r.sets.connection.FlushSet(r.sets.hosts)
	}
	if err := r.sets.exchange([]part{{r.sets.hosts, removed}}, []part{{r.sets.hosts, added}}); err != nil {
		return fmt.Errorf("the host's addresses: %w", err)
	}
	r.hosts = addresses
	return nil
}

func difference(some, others map[netip.Addr]bool) []nftables.SetElement {
	var elements []nftables.SetElement
	for address := range some {
		if !others[address] {
			elements = append(elements, nftables.SetElement{Key: address.AsSlice()})
		}
	}
	return elements
}

// ownAddresses are those of all interfaces in the calling thread's namespace.
func ownAddresses() (map[netip.Addr]bool, error) {
	found, err := netlink.AddrList(nil, netlink.FAMILY_V4)
	if err != nil {
		return nil, fmt.Errorf("the host's addresses cannot be read: %w", err)
	}
	addresses := make(map[netip.Addr]bool)
	for _, each := range found {
		if address, ok := netip.AddrFromSlice(each.IP.To4()); ok {
			addresses[address] = true
		}
	}
	return addresses, nil
}

// restoreHostRules loads the rules of the calling thread's namespace again if they are gone.
func restoreHostRules(config Config) error {
	connection, err := nftables.New()
	if err != nil {
		return err
	}
	tables, err := connection.ListTablesOfFamily(nftables.TableFamilyINet)
	if err != nil {
		return fmt.Errorf("the host's rules cannot be read: %w", err)
	}
	for _, table := range tables {
		if table.Name == hostTable(config.Instance) {
			return nil
		}
	}
	config.Log.Warn("somebody has removed the rules that keep guests from this host; they are loaded again")
	return load(hostText(config))
}

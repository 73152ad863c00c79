package router

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/google/nftables"
)

// elementsAtOnce is what fits into one message of 64 KiB.
const elementsAtOnce = 1000

// deviceBytes is how a set writes the name of a device.
const deviceBytes = 16

// foundPinTime is for how long addresses stay pinned that a former launcher has pinned: for how long it wanted them is lost with it. The
// server's own pins are of this length.
const foundPinTime = time.Hour

// sets are the parts of the rules that change.
type sets struct {
	connection *nftables.Conn
	table      *nftables.Table
	links      *nftables.Set
	open       *nftables.Set
	proxied    *nftables.Set
	resolved   *nftables.Set
	allowed    *nftables.Set
	denied     *nftables.Set
	pinned     *nftables.Set
	marks      *nftables.Set
	marked     *nftables.Set
	hosts      *nftables.Set
	// How many flows and refusals of a guest were not told.
	moreOpened  *nftables.Set
	moreRefused *nftables.Set
}

func openSets(in namespace) (sets, error) {
	connection, err := nftables.New(nftables.WithNetNSFd(int(in.file.Fd())))
	if err != nil {
		return sets{}, err
	}
	found := sets{connection: connection, table: &nftables.Table{Name: tableName, Family: nftables.TableFamilyINet}}
	return found, found.find()
}

// find looks the sets up again. One that rules of another release do not have stays nil.
func (s *sets) find() error {
	known, err := s.connection.GetSets(s.table)
	if err != nil {
		return err
	}
	for name, set := range map[string]**nftables.Set{
		"links": &s.links, "open": &s.open, "proxied": &s.proxied, "resolved": &s.resolved, "allowed": &s.allowed, "denied": &s.denied,
		"pinned": &s.pinned, "marks": &s.marks, "marked": &s.marked, "hosts": &s.hosts,
		"more_opened": &s.moreOpened, "more_refused": &s.moreRefused,
	} {
		index := slices.IndexFunc(known, func(each *nftables.Set) bool { return each.Name == name })
		if index >= 0 {
			*set = known[index]
		}
	}
	return nil
}

// has tells whether there is a set of that name.
func (s *sets) has(name string) (bool, error) {
	known, err := s.connection.GetSets(s.table)
	return slices.ContainsFunc(known, func(each *nftables.Set) bool { return each.Name == name }), err
}

// part is what a set says of a guest.
type part struct {
	set      *nftables.Set
	elements []nftables.SetElement
}

// partsOf are all elements of a guest.
func (s *sets) partsOf(device string, address netip.Addr, about guest) []part {
	parts := []part{
		{s.links, linkElement(device, address)},
		{s.allowed, networkElements(address, about.policy.Allowed)},
		{s.denied, networkElements(address, about.policy.Denied)},
		{s.marks, []nftables.SetElement{{Key: address.AsSlice(), Val: markBytes(about.mark)}}},
		{s.marked, []nftables.SetElement{{Key: append(address.AsSlice(), markBytes(about.mark)...)}}},
		{s.pinned, pinElements(address, about.pins)},
	}
	for _, mode := range []struct {
		set *nftables.Set
		on  bool
	}{{s.open, about.policy.Open}, {s.proxied, about.policy.Proxied}, {s.resolved, about.policy.Resolved}} {
		if mode.on {
			parts = append(parts, part{mode.set, []nftables.SetElement{{Key: address.AsSlice()}}})
		}
	}
	return parts
}

// exchange removes parts and adds others, in one transaction.
func (s *sets) exchange(removed, added []part) error {
	err := errors.Join(send(s.connection.SetDeleteElements, removed), send(s.connection.SetAddElements, added))
	// What is queued must go, also after a failure: else it would go with the next transaction.
	return errors.Join(err, s.connection.Flush())
}

func send(change func(*nftables.Set, []nftables.SetElement) error, parts []part) error {
	var failures []error
	for _, each := range parts {
		for chunk := range slices.Chunk(each.elements, elementsAtOnce) {
			failures = append(failures, change(each.set, chunk))
		}
	}
	return errors.Join(failures...)
}

// guests reads from the sets what every guest with a link may do.
func (s *sets) guests() (map[netip.Addr]guest, error) {
	found := make(map[netip.Addr]guest)
	ends := time.Now().Add(foundPinTime)
	for _, each := range []struct {
		set  *nftables.Set
		note func(about *guest, element nftables.SetElement)
	}{
		{s.links, func(*guest, nftables.SetElement) {}},
		{s.open, func(about *guest, _ nftables.SetElement) { about.policy.Open = true }},
		{s.proxied, func(about *guest, _ nftables.SetElement) { about.policy.Proxied = true }},
		{s.resolved, func(about *guest, _ nftables.SetElement) { about.policy.Resolved = true }},
		{s.allowed, func(about *guest, element nftables.SetElement) {
			about.policy.Allowed = append(about.policy.Allowed, prefixOf(element.Key[4:], element.KeyEnd))
		}},
		{s.denied, func(about *guest, element nftables.SetElement) {
			about.policy.Denied = append(about.policy.Denied, prefixOf(element.Key[4:], element.KeyEnd))
		}},
		{s.marks, func(about *guest, element nftables.SetElement) { about.mark = binary.NativeEndian.Uint32(element.Val) }},
		{s.pinned, func(about *guest, element nftables.SetElement) {
			pinned, _ := netip.AddrFromSlice(element.Key[4:8])
			about.pins[pinned] = ends
		}},
	} {
		if each.set == nil {
			continue
		}
		elements, err := s.connection.GetSetElements(each.set)
		if err != nil {
			return nil, fmt.Errorf("the router's set %s: %w", each.set.Name, err)
		}
		for _, element := range elements {
			address := s.addressIn(each.set, element)
			about, known := found[address]
			if !known {
				about.pins = make(map[netip.Addr]time.Time)
			}
			each.note(&about, element)
			found[address] = about
		}
	}
	for address, about := range found {
		about.policy = about.policy.plain()
		found[address] = about
	}
	return found, nil
}

// counts reads a set that counts for each guest.
func (s *sets) counts(set *nftables.Set) (map[netip.Addr]uint64, error) {
	elements, err := s.connection.GetSetElements(set)
	if err != nil {
		return nil, fmt.Errorf("the router's set %s: %w", set.Name, err)
	}
	counts := make(map[netip.Addr]uint64, len(elements))
	for _, each := range elements {
		if each.Counter != nil {
			counts[s.addressIn(set, each)] = each.Counter.Packets
		}
	}
	return counts, nil
}

// addressIn is whose element it is: links begin with a device.
func (s *sets) addressIn(set *nftables.Set, element nftables.SetElement) netip.Addr {
	key := element.Key
	if set == s.links {
		key = key[deviceBytes:]
	}
	address, _ := netip.AddrFromSlice(key[:4])
	return address
}

// prefixOf undoes networkElements: of an interval's ends the first is the network, and the bits in which they differ are the hosts'.
func prefixOf(first, end []byte) netip.Prefix {
	network, _ := netip.AddrFromSlice(first[:4])
	bits := 32
	for bit := range 32 {
		if (first[bit/8]^end[4+bit/8])&(0x80>>(bit%8)) != 0 {
			bits = bit
			break
		}
	}
	return netip.PrefixFrom(network, bits)
}

func linkElement(device string, guest netip.Addr) []nftables.SetElement {
	key := make([]byte, deviceBytes, deviceBytes+4)
	copy(key, device)
	return []nftables.SetElement{{Key: append(key, guest.AsSlice()...)}}
}

func pinElements(guest netip.Addr, pins map[netip.Addr]time.Time) []nftables.SetElement {
	var elements []nftables.SetElement
	for address := range pins {
		elements = append(elements, nftables.SetElement{Key: append(guest.AsSlice(), address.AsSlice()...)})
	}
	return elements
}

func markBytes(mark uint32) []byte { return binary.NativeEndian.AppendUint32(nil, mark) }

// networkElements name networks that a guest does or does not reach; both ends of an interval belong to it.
func networkElements(guest netip.Addr, networks []netip.Prefix) []nftables.SetElement {
	var elements []nftables.SetElement
	for _, network := range networks {
		elements = append(elements, nftables.SetElement{
			Key:    append(guest.AsSlice(), network.Masked().Addr().AsSlice()...),
			KeyEnd: append(guest.AsSlice(), lastOf(network).AsSlice()...),
		})
	}
	return elements
}

func lastOf(network netip.Prefix) netip.Addr {
	last := network.Masked().Addr().As4()
	for bit := network.Bits(); bit < 32; bit++ {
		last[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(last)
}

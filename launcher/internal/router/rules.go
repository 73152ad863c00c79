package router

import (
	"bytes"
	_ "embed"
	"fmt"
	"net/netip"
	"os/exec"
	"strings"

	"github.com/google/nftables"
)

//go:embed rules.nft
var routerRules string

//go:embed host.nft
var hostRules string

const tableName = "omnirun"

// load gives rules to the calling thread's namespace, in one transaction. The pairs replace %NAMES% in the text.
func load(rules string, pairs ...string) error {
	command := exec.Command("nft", "-f", "-")
	command.Stdin = strings.NewReader(strings.NewReplacer(pairs...).Replace(rules))
	var problem bytes.Buffer
	command.Stderr = &problem
	if err := command.Run(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, problem.String())
	}
	return nil
}

// sets are the parts of the rules that change.
type sets struct {
	connection *nftables.Conn
	links      *nftables.Set
	open       *nftables.Set
	allowed    *nftables.Set
	denied     *nftables.Set
}

func openSets(in namespace) (sets, error) {
	connection, err := nftables.New(nftables.WithNetNSFd(int(in.file.Fd())))
	if err != nil {
		return sets{}, err
	}
	found := sets{connection: connection}
	table := &nftables.Table{Name: tableName, Family: nftables.TableFamilyINet}
	for name, set := range map[string]**nftables.Set{
		"links": &found.links, "open": &found.open, "allowed": &found.allowed, "denied": &found.denied,
	} {
		if *set, err = connection.GetSetByName(table, name); err != nil {
			return sets{}, fmt.Errorf("the router's set %s: %w", name, err)
		}
	}
	return found, nil
}

// policies reads from the sets what every guest with a link may do.
func (s sets) policies() (map[netip.Addr]Policy, error) {
	found := make(map[netip.Addr]Policy)
	for _, part := range []struct {
		set *nftables.Set
		add func(policy *Policy, key, end []byte)
	}{
		{s.open, func(policy *Policy, _, _ []byte) { policy.Open = true }},
		{s.allowed, func(policy *Policy, first, last []byte) {
			policy.Allowed = append(policy.Allowed, prefixOf(first, last))
		}},
		{s.denied, func(policy *Policy, first, last []byte) { policy.Denied = append(policy.Denied, prefixOf(first, last)) }},
	} {
		elements, err := s.connection.GetSetElements(part.set)
		if err != nil {
			return nil, err
		}
		for _, element := range elements {
			guest, _ := netip.AddrFromSlice(element.Key[:4])
			policy := found[guest]
			part.add(&policy, element.Key[4:], element.KeyEnd)
			found[guest] = policy
		}
	}
	return found, s.addLinked(found)
}

// addLinked adds the guests whose policy is empty.
func (s sets) addLinked(found map[netip.Addr]Policy) error {
	elements, err := s.connection.GetSetElements(s.links)
	if err != nil {
		return err
	}
	for _, element := range elements {
		guest, _ := netip.AddrFromSlice(element.Key[16:20])
		found[guest] = found[guest]
	}
	return nil
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
	key := make([]byte, 16, 20)
	copy(key, device)
	return []nftables.SetElement{{Key: append(key, guest.AsSlice()...)}}
}

func guestElement(guest netip.Addr) []nftables.SetElement {
	return []nftables.SetElement{{Key: guest.AsSlice()}}
}

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

package identity

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"
)

// errNoCard is returned when a card is to be configured and there is none.
var errNoCard = errors.New("there is no network card")

// ConfigureNetwork gives the first card its address of the link layer, and takes or sets its network. Without one the card is left up, without
// addresses and routes, so that the next network costs little; what keeps such a sandbox from others is the host, for its root can do as much.
// The name servers of the last network stay, then: all networks have the same, and what has no route fails at once.
func (l *Linux) ConfigureNetwork(mac net.HardwareAddr, network *Network) error {
	if done, err := configureUnused(mac, network); done || err != nil {
		return errors.Join(err, l.writeResolver(network))
	}
	card, err := firstCard()
	if errors.Is(err, errNoCard) && len(mac) == 0 && network == nil {
		return nil
	}
	if err != nil {
		return err
	}
	if network != nil && len(mac) == 0 {
		// A server that was restarted says again what it has said before: what is open stays so.
		if joined, err := hasJoined(card, network); joined || err != nil {
			return errors.Join(err, l.writeResolver(network))
		}
	}
	if err := reset(card); err != nil {
		return err
	}
	if len(mac) != 0 && !bytes.Equal(mac, card.Attrs().HardwareAddr) {
		if err := netlink.LinkSetHardwareAddr(card, mac); err != nil {
			return fmt.Errorf("set the card's address: %w", err)
		}
	}
	silence(card.Attrs().Name)
	if err := netlink.LinkSetUp(card); err != nil {
		return fmt.Errorf("take the card up: %w", err)
	}
	if network != nil {
		if err := join(card, network); err != nil {
			return err
		}
	}
	return l.writeResolver(network)
}

// firstCard returns the card with the lowest index that is not the loopback.
func firstCard() (netlink.Link, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil, fmt.Errorf("list the network cards: %w", err)
	}
	var first netlink.Link
	for _, link := range links {
		attributes := link.Attrs()
		isCard := attributes.Flags&net.FlagLoopback == 0 && len(attributes.HardwareAddr) == 6
		if isCard && (first == nil || attributes.Index < first.Attrs().Index) {
			first = link
		}
	}
	if first == nil {
		return nil, errNoCard
	}
	return first, nil
}

// reset takes the card down, with which its routes go, and its addresses away.
func reset(card netlink.Link) error {
	if err := netlink.LinkSetDown(card); err != nil {
		return fmt.Errorf("take the card down: %w", err)
	}
	addresses, err := netlink.AddrList(card, netlink.FAMILY_ALL)
	if err != nil {
		return fmt.Errorf("list the card's addresses: %w", err)
	}
	for _, address := range addresses {
		if err := netlink.AddrDel(card, &address); err != nil {
			return fmt.Errorf("remove %v: %w", address.IPNet, err)
		}
	}
	return nil
}

// hasJoined tells whether the card has this network already, and nothing else.
func hasJoined(card netlink.Link, network *Network) (bool, error) {
	addresses, err := netlink.AddrList(card, netlink.FAMILY_V4)
	if err != nil {
		return false, fmt.Errorf("list the card's addresses: %w", err)
	}
	if card.Attrs().Flags&net.FlagUp == 0 || len(addresses) != 1 || addresses[0].IPNet.String() != network.Address.String() {
		return false, nil
	}
	routes, err := netlink.RouteList(card, netlink.FAMILY_V4)
	if err != nil {
		return false, fmt.Errorf("list the card's routes: %w", err)
	}
	return slices.ContainsFunc(routes, func(route netlink.Route) bool {
		return (route.Dst == nil || route.Dst.IP.IsUnspecified()) && route.Gw.Equal(network.Gateway.AsSlice())
	}), nil
}

func join(card netlink.Link, network *Network) error {
	address := &net.IPNet{
		IP:   network.Address.Addr().AsSlice(),
		Mask: net.CIDRMask(network.Address.Bits(), network.Address.Addr().BitLen()),
	}
	if err := netlink.AddrReplace(card, &netlink.Addr{IPNet: address}); err != nil {
		return fmt.Errorf("set the address: %w", err)
	}
	// The gateway may lie outside the card's own network, as with an address of its own alone (/32).
	route := &netlink.Route{LinkIndex: card.Attrs().Index, Gw: network.Gateway.AsSlice(), Flags: int(netlink.FLAG_ONLINK)}
	if err := netlink.RouteReplace(route); err != nil {
		return fmt.Errorf("set the route: %w", err)
	}
	return nil
}

// resolverBytes is the length of resolv.conf, whatever stands in it: content of the same length is written in place.
const resolverBytes = 128

// writeResolver writes resolv.conf(5), if there is a network.
func (l *Linux) writeResolver(network *Network) error {
	if network == nil {
		return nil
	}
	var content strings.Builder
	for _, server := range network.DNS {
		fmt.Fprintf(&content, "nameserver %s\n", server)
	}
	content.WriteString(strings.Repeat("\n", max(0, resolverBytes-content.Len())))
	return l.ensureContent("etc/resolv.conf", content.String())
}

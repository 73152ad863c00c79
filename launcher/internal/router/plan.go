package router

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
)

const (
	networkBits = 17 // what the launcher is given
	slotBits    = 2  // addresses of a slot: network, gateway, guest, broadcast
	guestHalf   = 1 << (32 - networkBits - 1)
)

// The ports of the server's services for guests, at the host's end of the uplink; a launcher's /17 is its own, so they are nobody else's.
const (
	DNSPort  = 1053 // guests' port 53, UDP and TCP
	TLSPort  = 1443 // port 443 of guests whose policy is proxied
	HTTPPort = 1080 // their port 80
)

// Resolver is what guests everywhere have as their name server: an address of nobody (RFC 5737), which leads to the server's resolver. Being
// the same for all, it stands in templates, and no guest need be told.
var Resolver = netip.MustParseAddr("192.0.2.53")

// Plan is who has which address.
type Plan struct {
	base uint32
}

// ParsePlan reads the launcher's network, an IPv4 /17.
func ParsePlan(text string) (Plan, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil || !prefix.Addr().Is4() || prefix.Bits() != networkBits || prefix != prefix.Masked() {
		return Plan{}, fmt.Errorf("%q is not an IPv4 network of the form a.b.c.d/%d", text, networkBits)
	}
	if prefix.Contains(Resolver) {
		return Plan{}, fmt.Errorf("%q holds %s, which is what guests have as their name server", text, Resolver)
	}
	bytes := prefix.Addr().As4()
	return Plan{base: binary.BigEndian.Uint32(bytes[:])}, nil
}

// network is all that is given out.
func (p Plan) network() netip.Prefix { return netip.PrefixFrom(address(p.base), networkBits) }

// Guests is the half of it that guests' addresses are from.
func (p Plan) Guests() netip.Prefix { return netip.PrefixFrom(address(p.base), networkBits+1) }

// Gateway is what a guest sends everything to: an address of its own machine's namespace.
func (p Plan) Gateway(slot int) netip.Addr { return p.ofSlot(slot, 1) }

// Guest is the address of the guest in a slot.
func (p Plan) Guest(slot int) netip.Addr { return p.ofSlot(slot, 2) }

// GuestBits is the length of a guest's own prefix.
func (p Plan) GuestBits() int { return 32 - slotBits }

func (p Plan) link(slot int) Link {
	return Link{Address: p.Guest(slot), Bits: p.GuestBits(), Gateway: p.Gateway(slot)}
}

// Host and Router are the ends of the link between the host and the router.
func (p Plan) Host() netip.Addr   { return address(p.base + guestHalf + 1) }
func (p Plan) Router() netip.Addr { return address(p.base + guestHalf + 2) }

// slot undoes Guest.
func (p Plan) slot(guest netip.Addr) int {
	bytes := guest.As4()
	return int((binary.BigEndian.Uint32(bytes[:]) - p.base) >> slotBits)
}

func (p Plan) ofSlot(slot, index int) netip.Addr {
	return address(p.base + uint32(slot)<<slotBits + uint32(index))
}

func address(value uint32) netip.Addr {
	var bytes [4]byte
	binary.BigEndian.PutUint32(bytes[:], value)
	return netip.AddrFrom4(bytes)
}

// The link-layer addresses are known in advance, so that no end must ask for the other's.
func machineMAC(slot int) net.HardwareAddr { return mac(0x01, slot) }
func routerMAC(slot int) net.HardwareAddr  { return mac(0x02, slot) }

// mac makes a locally administered address.
func mac(end byte, slot int) net.HardwareAddr {
	return net.HardwareAddr{0x02, 0x6f, 0x72, end, byte(slot >> 8), byte(slot)}
}

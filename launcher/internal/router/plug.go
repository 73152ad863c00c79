package router

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	carrierPatience = 5 * time.Second
	carrierCheck    = 200 * time.Microsecond
)

// Plug gives the machine in a slot, whose VMM the pidfd means, a link under a policy, with addresses that are pinned from
// the start. It replaces a link that there was.
func (r *Router) Plug(slot, pidfd int, policy Policy, pins []Pin) (Link, error) {
	if err := r.plug(slot, pidfd, policy.plain(), pins); err != nil {
		return Link{}, err
	}
	// Without the mutex: others need not wait for the kernel.
	if err := r.awaitCarrier(device(slot)); err != nil {
		return Link{}, errors.Join(err, r.Unplug(slot))
	}
	return r.Link(slot), nil
}

func (r *Router) plug(slot, pidfd int, policy Policy, pins []Pin) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if err := r.unplug(slot); err != nil {
		return err
	}
	// A thread is made once for all that is done in the machine's namespace.
	if err := within(pidfd, func() error { return r.linkToHere(slot) }); err != nil {
		return errors.Join(err, r.unplug(slot))
	}
	if err := r.setPolicy(slot, policy, pins); err != nil {
		return errors.Join(err, r.unplug(slot))
	}
	return nil
}

// Link is what the machine in a slot has while it is plugged in.
func (r *Router) Link(slot int) Link { return r.config.Plan.link(slot) }

// Unplug takes a link away, if there is one.
func (r *Router) Unplug(slot int) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.unplug(slot)
}

// Plugged are the slots whose machines have links.
func (r *Router) Plugged() []int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var slots []int
	for address := range r.guests {
		slots = append(slots, r.config.Plan.slot(address))
	}
	return slots
}

func (r *Router) unplug(slot int) error {
	return errors.Join(removeLink(r.links, device(slot)), r.forget(slot))
}

func device(slot int) string { return fmt.Sprintf("g%d", slot) }

// linkToHere makes the link of the machine in a slot. It is run in the machine's namespace.
func (r *Router) linkToHere(slot int) error {
	machine, err := openNamespace(ownNamespace)
	if err != nil {
		return err
	}
	defer machine.close()
	if err := r.makeLink(slot, machine); err != nil {
		return err
	}
	// With a handle there is one socket for all requests.
	links, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("the machine's links cannot be asked for: %w", err)
	}
	defer links.Close()
	return joinMachine(links, r.config.Plan, slot)
}

// makeLink makes a pair of interfaces, and the router's end of it.
func (r *Router) makeLink(slot int, machine namespace) error {
	pair := &netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: device(slot), HardwareAddr: routerMAC(slot)},
		PeerName:  uplink, PeerHardwareAddr: machineMAC(slot), PeerNamespace: netlink.NsFd(machine.file.Fd()),
	}
	if err := r.links.LinkAdd(pair); err != nil {
		return fmt.Errorf("the link cannot be made: %w", err)
	}
	link, err := r.links.LinkByName(device(slot))
	if err != nil {
		return err
	}
	guest := net.IP(r.config.Plan.Guest(slot).AsSlice())
	return errors.Join(
		r.links.LinkSetARPOff(link),
		r.links.LinkSetUp(link),
		r.links.NeighSet(permanent(link, guest, machineMAC(slot))),
		r.links.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Dst: single(guest), Scope: netlink.SCOPE_LINK}),
	)
}

// awaitCarrier waits until an interface sends, whose other end has been taken up after it: the kernel begins with that at some later
// moment, and until then drops what is sent. A resolver that waits for an answer so lost asks again after seconds.
func (r *Router) awaitCarrier(name string) error {
	for end := time.Now().Add(carrierPatience); ; time.Sleep(carrierCheck) {
		link, err := r.links.LinkByName(name)
		if err != nil {
			return err
		}
		if link.Attrs().OperState == netlink.OperUp {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s is not up after %v", name, carrierPatience)
		}
	}
}

// joinMachine makes the machine's namespace pass its guest's packets on. It is run in there, with a handle
// of there.
func joinMachine(links *netlink.Handle, plan Plan, slot int) error {
	tap, err := links.LinkByName(tapName)
	if err != nil {
		return err
	}
	up, err := links.LinkByName(uplink)
	if err != nil {
		return err
	}
	guest := net.IP(plan.Guest(slot).AsSlice())
	gateway := &netlink.Addr{IPNet: single(plan.Gateway(slot).AsSlice())}
	return errors.Join(
		setSwitches("ipv4/icmp_echo_ignore_all", "1", "ipv4/conf/all/send_redirects", "0", "ipv4/conf/"+tapName+"/send_redirects", "0"),
		links.AddrReplace(tap, gateway),
		links.RouteReplace(&netlink.Route{LinkIndex: tap.Attrs().Index, Dst: single(guest), Scope: netlink.SCOPE_LINK}),
		links.LinkSetARPOff(up),
		links.LinkSetUp(up),
		links.NeighSet(permanent(up, hop, routerMAC(slot))),
		links.RouteReplace(&netlink.Route{LinkIndex: up.Attrs().Index, Gw: hop, Flags: int(netlink.FLAG_ONLINK)}),
		setSwitches("ipv4/ip_forward", "1"),
	)
}

func permanent(link netlink.Link, address net.IP, mac net.HardwareAddr) *netlink.Neigh {
	return &netlink.Neigh{LinkIndex: link.Attrs().Index, State: netlink.NUD_PERMANENT, IP: address, HardwareAddr: mac}
}

func single(address net.IP) *net.IPNet { return &net.IPNet{IP: address, Mask: net.CIDRMask(32, 32)} }

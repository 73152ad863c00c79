package router

import (
	"errors"
	"net"
	"net/netip"
	"os/exec"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
)

// datagrams is a flow whose both ends the test has.
type datagrams struct {
	w      *world
	guest  net.Conn
	server net.PacketConn
	client net.Addr
}

// talk begins a flow from a guest to a port of an address of the internet, and lets each end hear the other.
func (w *world) talk(from *machine, port string) *datagrams {
	w.t.Helper()
	flow := &datagrams{w: w}
	w.must(w.internet.do(func() (err error) {
		flow.server, err = net.ListenPacket("udp4", net.JoinHostPort("8.8.8.8", port))
		return err
	}))
	w.must(from.guest.do(func() (err error) {
		dialer := net.Dialer{LocalAddr: &net.UDPAddr{Port: 4444}}
		flow.guest, err = dialer.Dial("udp4", net.JoinHostPort("8.8.8.8", port))
		return err
	}))
	w.t.Cleanup(func() { w.must(errors.Join(flow.server.Close(), flow.guest.Close())) })
	if !flow.goesOut(allowedUntil) || !flow.comesIn(allowedUntil) {
		w.t.Fatal("a flow does not begin")
	}
	return flow
}

func (d *datagrams) goesOut(patience time.Duration) bool {
	_, err := d.guest.Write([]byte("out"))
	d.w.must(errors.Join(err, d.server.SetReadDeadline(time.Now().Add(patience))))
	_, client, err := d.server.ReadFrom(make([]byte, 10))
	if err == nil {
		d.client = client
	}
	return err == nil
}

func (d *datagrams) comesIn(patience time.Duration) bool {
	_, err := d.server.WriteTo([]byte("in"), d.client)
	d.w.must(errors.Join(err, d.guest.SetReadDeadline(time.Now().Add(patience))))
	_, err = d.guest.Read(make([]byte, 10))
	return err == nil
}

func TestPolicyThatAllowsNothingAnyMoreIsDeafToo(t *testing.T) {
	w := newWorld(t)
	guest := w.machine(6)
	guest.plug(Policy{Open: true})
	flow := w.talk(guest, "4000")
	w.setPolicy(6, Policy{})
	if flow.comesIn(blockedAfter) {
		t.Error("a server speaks on to a guest whose policy does not allow it")
	}
	w.setPolicy(6, Policy{Open: true})
	if !flow.goesOut(allowedUntil) || !flow.comesIn(allowedUntil) {
		t.Error("a flow that is allowed again does not go on")
	}
	_, err := w.router.KeepPolicy(6, Policy{Open: true}, nil)
	w.must(err)
	if !flow.comesIn(allowedUntil) {
		t.Error("a policy that is kept breaks a flow off")
	}
	_, err = w.router.KeepPolicy(6, Policy{}, nil)
	w.must(err)
	if flow.comesIn(blockedAfter) {
		t.Error("another policy is taken for the one that was")
	}
}

func TestNextTenantOfASlotHasNothingOfTheFormersFlows(t *testing.T) {
	w := newWorld(t)
	former := w.machine(6)
	former.plug(Policy{Open: true})
	flow := w.talk(former, "4000")
	w.must(w.router.Unplug(6))
	next := w.machine(6)
	next.plug(Policy{})
	var heard net.PacketConn
	w.must(next.guest.do(func() (err error) {
		heard, err = net.ListenPacket("udp4", ":4444")
		return err
	}))
	defer heard.Close()
	_, err := flow.server.WriteTo([]byte("in"), flow.client)
	w.must(errors.Join(err, heard.SetReadDeadline(time.Now().Add(blockedAfter))))
	if _, from, err := heard.ReadFrom(make([]byte, 10)); err == nil {
		t.Errorf("a guest hears %v, whom the former one spoke with", from)
	}
	_, err = heard.WriteTo([]byte("out"), flow.server.LocalAddr())
	w.must(errors.Join(err, flow.server.SetReadDeadline(time.Now().Add(blockedAfter))))
	if _, _, err := flow.server.ReadFrom(make([]byte, 10)); err == nil {
		t.Error("a guest goes on with the flow of the former one")
	}
}

func nft(commands string) error {
	command := exec.Command("nft", commands)
	output, err := command.CombinedOutput()
	if err != nil {
		return errors.New(string(output))
	}
	return nil
}

func TestHostIsKeptFromGuestsWhateverBecomesOfItsRulesAndAddresses(t *testing.T) {
	w := newWorld(t)
	guest := w.machine(6)
	guest.plug(Policy{Open: true})
	w.expect(guest.guest, []string{"8.8.8.8:80"}, nil)
	w.must(w.host.do(func() error { return errors.Join(nft("flush ruleset"), addAddress("lo", "6.6.6.6/32")) }))
	w.must(w.router.guardHost())
	w.expect(guest.guest, []string{"8.8.8.8:80"}, append(w.forbidden(7), "6.6.6.6:80"))
	// The router knows the host's addresses, so what the host itself would say does not count.
	w.must(w.host.do(func() error { return nft("flush ruleset") }))
	w.expect(guest.guest, nil, []string{hostSide.String() + ":80", "6.6.6.6:80"})
}

func TestWhatTheHostPublishesIsNotForGuests(t *testing.T) {
	w := newWorld(t)
	guest := w.machine(6)
	guest.plug(Policy{Open: true})
	w.must(w.host.do(func() error {
		return nft("add table ip published; add chain ip published first { type nat hook prerouting priority dstnat; }; " +
			"add rule ip published first fib daddr type local tcp dport 8080 dnat to 10.9.9.9:80")
	}))
	w.expect(guest.guest, []string{"8.8.8.8:80"}, []string{hostSide.String() + ":8080"})
}

func TestGuestsAddressesAndTheServicesAreNobodysOnTheHostsOtherSides(t *testing.T) {
	w := newWorld(t)
	w.serve()
	service := netip.AddrPortFrom(w.config.Plan.Host(), DNSPort).String()
	w.must(w.internet.do(func() error {
		return netlink.RouteAdd(&netlink.Route{Dst: netOf(w.config.Plan.network()), Gw: net.IP(hostSide.AsSlice())})
	}))
	w.expectAnswers(w.internet, "udp4", map[string]string{service: ""})
	w.must(w.internet.do(func() error { return addAddress("lo", w.config.Plan.Guest(6).String()+"/32") }))
	w.must(w.host.do(func() error {
		return setSwitches("ipv4/conf/all/rp_filter", "0", "ipv4/conf/"+hostDeviceInTest+"/rp_filter", "0")
	}))
	w.expectAnswers(w.internet, "udp4", map[string]string{service: ""})
}

func TestRouterThatWasHalfBuiltIsBuiltAnew(t *testing.T) {
	w := newWorld(t)
	guest := w.machine(6)
	guest.plug(Policy{Open: true})
	w.must(w.router.Close())
	w.must(w.host.do(func() error {
		link, err := netlink.LinkByName(hostDevice(w.config.Instance))
		if err != nil {
			return err
		}
		return netlink.LinkDel(link)
	}))
	w.open()
	other := w.machine(9)
	other.plug(Policy{Open: true})
	w.expect(other.guest, []string{"8.8.8.8:80"}, w.forbidden(6))
}

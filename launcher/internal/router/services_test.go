package router

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// serve stands for the server's services at the host: each says to whom it speaks, and which service it is.
func (w *world) serve() {
	w.t.Helper()
	host := w.config.Plan.Host()
	w.must(w.host.do(func() error {
		for _, port := range []uint16{TLSPort, HTTPPort, DNSPort} {
			listener, err := net.Listen("tcp4", netip.AddrPortFrom(host, port).String())
			if err != nil {
				return err
			}
			w.t.Cleanup(func() { w.must(listener.Close()) })
			go w.introduce(listener, port)
		}
		packets, err := net.ListenPacket("udp4", netip.AddrPortFrom(host, DNSPort).String())
		if err != nil {
			return err
		}
		w.t.Cleanup(func() { w.must(packets.Close()) })
		go introducePackets(packets)
		return nil
	}))
}

func (w *world) introduce(listener net.Listener, port uint16) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		peer, _, _ := net.SplitHostPort(connection.RemoteAddr().String())
		_, err = fmt.Fprintf(connection, "%s at %d", peer, port)
		if err := errors.Join(err, connection.Close()); err != nil {
			w.t.Log("a service could not answer", err)
		}
	}
}

func introducePackets(packets net.PacketConn) {
	buffer := make([]byte, 64)
	for {
		_, from, err := packets.ReadFrom(buffer)
		if err != nil {
			return
		}
		peer, _, _ := net.SplitHostPort(from.String())
		if _, err := packets.WriteTo(fmt.Appendf(nil, "%s at %d", peer, DNSPort), from); err != nil {
			return
		}
	}
}

// asked is what an address answers, or "" if it does not.
func asked(from namespace, protocol, target string, patience time.Duration) string {
	var answer string
	_ = from.do(func() error { // what fails has no answer
		connection, err := net.DialTimeout(protocol, target, patience)
		if err != nil {
			return err
		}
		defer connection.Close()
		if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		if _, err := connection.Write([]byte("hello")); err != nil {
			return err
		}
		buffer := make([]byte, 64)
		count, err := connection.Read(buffer)
		answer = string(buffer[:count])
		return err
	})
	return answer
}

func (w *world) expectAnswers(from namespace, protocol string, answers map[string]string) {
	w.t.Helper()
	for target, wanted := range answers {
		patience := allowedUntil
		if wanted == "" {
			patience = blockedAfter
		}
		if answer := asked(from, protocol, target, patience); answer != wanted {
			w.t.Errorf("%s %s answers %q instead of %q", protocol, target, answer, wanted)
		}
	}
}

func TestServicesAreServedUnderTheGuestsOwnAddress(t *testing.T) {
	w := newWorld(t)
	w.serve()
	guest := w.machine(6)
	mine := w.config.Plan.Guest(6).String()
	host, resolver := w.config.Plan.Host().String(), Resolver.String()
	service := func(port int) string { return fmt.Sprintf("%s at %d", mine, port) }
	for _, row := range []struct {
		name   string
		policy Policy
		tcp    map[string]string
		udp    map[string]string
	}{
		{"proxied", Policy{Proxied: true},
			map[string]string{
				"8.8.8.8:443": service(TLSPort), "169.254.169.254:443": service(TLSPort), "8.8.8.8:80": service(HTTPPort), host + ":53": service(DNSPort),
				resolver + ":53": service(DNSPort), resolver + ":80": service(HTTPPort), resolver + ":8080": "",
				"8.8.8.8:53": "", "8.8.8.8:8080": "", host + ":80": service(HTTPPort), host + ":1443": "", host + ":1080": "", host + ":1053": "",
			},
			map[string]string{host + ":53": service(DNSPort), resolver + ":53": service(DNSPort), "8.8.8.8:53": "", "8.8.8.8:443": "", host + ":1053": ""}},
		{"proxied and resolved", Policy{Proxied: true, Resolved: true}, nil, map[string]string{"8.8.8.8:53": service(DNSPort)}},
		{"open", Policy{Open: true},
			map[string]string{"8.8.8.8:80": "hello", host + ":53": service(DNSPort), host + ":1443": "", host + ":80": ""},
			map[string]string{host + ":53": service(DNSPort), resolver + ":53": service(DNSPort), resolver + ":80": "", "8.8.8.8:53": "hello"}},
		{"open and resolved", Policy{Open: true, Resolved: true},
			map[string]string{"8.8.8.8:53": service(DNSPort), "8.8.8.8:80": "hello"}, map[string]string{"8.8.8.8:53": service(DNSPort)}},
		{"nothing", Policy{}, map[string]string{"8.8.8.8:443": "", host + ":1443": ""}, map[string]string{host + ":53": service(DNSPort), resolver + ":53": service(DNSPort), "8.8.8.8:53": ""}},
	} {
		t.Run(row.name, func(t *testing.T) {
			guest.plug(row.policy)
			w.expectAnswers(guest.guest, "tcp4", row.tcp)
			w.expectAnswers(guest.guest, "udp4", row.udp)
		})
	}
	// A VMM that was taken over has an address that is no guest's.
	w.expectAnswers(guest.space, "udp4", map[string]string{host + ":53": ""})
}

func TestPinnedAddressIsOpenForItsTimeAndItsFlowsForLonger(t *testing.T) {
	w := newWorld(t)
	guest := w.machine(6)
	eight, one := netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("1.1.1.1")
	guest.plug(Policy{}, Pin{Address: eight, For: time.Hour})
	w.expect(guest.guest, []string{"8.8.8.8:80"}, []string{"1.1.1.1:80"})
	w.must(w.router.Pin(6, []Pin{{Address: one, For: time.Hour}, {Address: netip.MustParseAddr("10.9.9.9"), For: time.Hour}}))
	w.expect(guest.guest, []string{"8.8.8.8:80", "1.1.1.1:80"}, []string{"10.9.9.9:80"})
	open := w.opened(guest, "1.1.1.1:80")
	w.passTime(6, one)
	w.expect(guest.guest, []string{"8.8.8.8:80"}, []string{"1.1.1.1:80"})
	w.must(exchange(open, allowedUntil))
	w.setPolicy(6, Policy{}, Pin{Address: eight, For: time.Hour})
	if err := exchange(open, blockedAfter); err == nil {
		t.Error("a flow to an address that was pinned outlives its policy")
	}
	w.expect(guest.guest, []string{"8.8.8.8:80"}, nil)
	w.must(w.router.Unplug(6))
	if err := w.router.Pin(6, []Pin{{Address: one, For: time.Hour}}); err == nil {
		t.Error("addresses are pinned for a guest without a link")
	}
}

// passTime lets the time of a pinned address be over.
func (w *world) passTime(slot int, address netip.Addr) {
	w.t.Helper()
	w.router.mutex.Lock()
	w.router.guests[w.config.Plan.Guest(slot)].pins[address] = time.Now().Add(-time.Second)
	w.router.mutex.Unlock()
	w.must(w.router.closePins())
}

func (w *world) opened(from *machine, target string) net.Conn {
	w.t.Helper()
	var open net.Conn
	w.must(from.guest.do(func() (err error) {
		open, err = net.DialTimeout("tcp4", target, allowedUntil)
		return err
	}))
	w.t.Cleanup(func() { w.must(open.Close()) })
	w.must(exchange(open, allowedUntil))
	return open
}

func TestGuestPinsSoManyAddressesAndNoMore(t *testing.T) {
	now := time.Now()
	var pins []Pin
	for i := range maxPins + 2 {
		pins = append(pins, Pin{Address: address(uint32(i)), For: time.Hour + time.Duration(i)*time.Second})
	}
	kept := guest{}.with(pins).pins
	if len(kept) != maxPins {
		t.Errorf("%d addresses are pinned", len(kept))
	}
	if _, first := kept[address(1)]; first || kept[address(maxPins+1)].Before(now) {
		t.Error("those that end first do not give way")
	}
}

func TestOperatorsExceptionsAndRulesOfAnotherRelease(t *testing.T) {
	w := newWorld(t)
	guest, neighbour := w.machine(6), w.machine(7)
	neighbour.plug(Policy{Open: true})
	w.listen(neighbour.guest)
	private := []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16"), w.config.Plan.network()}
	guest.plug(Policy{Allowed: append(private, netip.MustParsePrefix("8.8.8.8/32"))})
	w.expect(guest.guest, []string{"8.8.8.8:80"}, []string{"10.9.9.9:80"})
	former := routerText(w.router.config).version
	w.must(w.router.Close())
	w.config.Except = private
	w.open()
	w.expect(guest.guest, []string{"8.8.8.8:80", "10.9.9.9:80"}, []string{"169.254.169.254:80", "1.1.1.1:80", w.config.Plan.Guest(7).String() + ":80"})
	if old, err := w.router.sets.has(former); err != nil || old {
		t.Error("the former rules are still there", err)
	}
	if !strings.Contains(routerText(w.config).text, "10.9.0.0/16") {
		t.Error("the rules do not name the exception")
	}
}

func TestLongPolicyFitsIntoItsMessages(t *testing.T) {
	w := newWorld(t)
	guest := w.machine(6)
	policy := Policy{Allowed: []netip.Prefix{netip.MustParsePrefix("8.8.8.8/32")}}
	var pins []Pin
	for i := range 2 * elementsAtOnce {
		policy.Denied = append(policy.Denied, netip.PrefixFrom(address(0x0b000000+uint32(i)*2), 32))
		pins = append(pins, Pin{Address: address(0x0c000000 + uint32(i)), For: time.Hour})
	}
	guest.plug(policy, pins...)
	w.expect(guest.guest, []string{"8.8.8.8:80"}, []string{"1.1.1.1:80"})
	before := w.router.guests[w.config.Plan.Guest(6)]
	w.must(w.router.Close())
	w.open()
	after := w.router.guests[w.config.Plan.Guest(6)]
	if len(after.policy.Denied) != len(before.policy.Denied) || len(after.pins) != len(before.pins) || after.mark != before.mark {
		t.Errorf("%d denied, %d pinned, mark %d are found of what there was", len(after.policy.Denied), len(after.pins), after.mark)
	}
	w.must(w.router.Unplug(6))
}

package router

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"omnirun/launcher/internal/wire"
)

// told collects what a router tells, under names that a test gives to slots.
type told struct {
	w      *world
	mutex  sync.Mutex
	names  map[int]string
	events []any
	news   chan struct{} // gets something when there is an event
	deaf   bool
}

func (w *world) watch(names map[int]string) *told {
	w.t.Helper()
	t := &told{w: w, names: names, news: make(chan struct{}, 1)}
	w.must(w.router.Watch(t.owner, t.note))
	return t
}

func (t *told) owner(slot int) (string, bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	name, known := t.names[slot]
	return name, known
}

func (t *told) note(event any) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.deaf {
		return false
	}
	t.events = append(t.events, event)
	select {
	case t.news <- struct{}{}:
	default:
	}
	return true
}

func (t *told) all() []any {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return slices.Clone(t.events)
}

// await waits until the events so far are as a test wants them.
func (t *told) await(what string, enough func(events []any) bool) {
	t.w.t.Helper()
	patience := time.After(allowedUntil)
	for !enough(t.all()) {
		select {
		case <-t.news:
		case <-patience:
			t.w.t.Fatalf("%s: told is only %+v", what, t.all())
		}
	}
}

func (t *told) awaitBlocked(wanted wire.FlowBlocked) {
	t.w.t.Helper()
	wanted.Event = "network.blocked"
	t.await(fmt.Sprintf("%+v", wanted), func(events []any) bool { return slices.Contains(events, any(wanted)) })
}

func (t *told) awaitOpened(wanted wire.FlowOpened) uint32 {
	t.w.t.Helper()
	var flow uint32
	wanted.Event = "network.opened"
	t.await(fmt.Sprintf("%+v", wanted), func(events []any) bool {
		return slices.ContainsFunc(events, func(each any) bool {
			opened, is := each.(wire.FlowOpened)
			flow = opened.Flow
			opened.Flow = 0
			return is && opened == wanted
		})
	})
	return flow
}

func (t *told) awaitEnd(flow uint32) wire.FlowEnded {
	t.w.t.Helper()
	var ended wire.FlowEnded
	t.await(fmt.Sprintf("the end of %d", flow), func(events []any) bool {
		return slices.ContainsFunc(events, func(each any) bool {
			found, is := each.(wire.FlowEnded)
			if is && found.Flow == flow {
				ended = found
			}
			return ended.Flow == flow
		})
	})
	return ended
}

func TestFlowsAreToldWithTheirBytes(t *testing.T) {
	w := newWorld(t)
	told := w.watch(map[int]string{6: "m-six"})
	guest := w.machine(6)
	guest.plug(Policy{Open: true})
	w.opened(guest, "8.8.8.8:80")
	if answer := asked(guest.guest, "udp4", "1.1.1.1:53", allowedUntil); answer != "hello" {
		t.Fatalf("the answer by UDP is %q", answer)
	}
	overTCP := told.awaitOpened(wire.FlowOpened{Machine: "m-six", Protocol: "tcp", Address: "8.8.8.8", Port: 80})
	overUDP := told.awaitOpened(wire.FlowOpened{Machine: "m-six", Protocol: "udp", Address: "1.1.1.1", Port: 53})
	w.must(guest.guest.do(func() error { return sendRaw("icmp", "8.8.8.8") }))
	told.awaitOpened(wire.FlowOpened{Machine: "m-six", Protocol: "icmp", Address: "8.8.8.8"})
	w.must(w.router.Unplug(6))
	const datagram = 20 + 8 + len("hello")
	wanted := wire.FlowEnded{Event: "network.ended", Machine: "m-six", Flow: overUDP, BytesUp: uint64(datagram), BytesDown: uint64(datagram)}
	if ended := told.awaitEnd(overUDP); ended != wanted {
		t.Errorf("%+v is told of what was %+v", ended, wanted)
	}
	// Four packets up at least: SYN, ACK, data and its answer's ACK.
	if ended := told.awaitEnd(overTCP); ended.Machine != "m-six" || ended.BytesUp < 4*40+5 || ended.BytesUp > 500 || ended.BytesDown < 2*40+5 || ended.BytesDown > 500 {
		t.Errorf("%+v is told of a small exchange", ended)
	}
}

func TestWhatIsDroppedIsToldWithTheReason(t *testing.T) {
	w := newWorld(t)
	told := w.watch(map[int]string{6: "m-six", 7: "m-seven"})
	w.machine(7).plug(Policy{Open: true})
	guest := w.machine(6)
	guest.plug(Policy{Allowed: []netip.Prefix{netip.MustParsePrefix("8.8.0.0/16")}, Denied: []netip.Prefix{netip.MustParsePrefix("8.8.8.8/32")}})
	neighbour := w.config.Plan.Guest(7).String()
	router := w.config.Plan.Router().String()
	w.expect(guest.guest, nil, []string{"8.8.8.8:80", "1.1.1.1:80", "10.9.9.9:80", neighbour + ":80", router + ":80"})
	for _, each := range []wire.FlowBlocked{
		{Address: "8.8.8.8", Reason: "denied"}, {Address: "1.1.1.1", Reason: "not_listed"}, {Address: "10.9.9.9", Reason: "forbidden_address"},
		{Address: neighbour, Reason: "forbidden_address"}, {Address: router, Reason: "forbidden_address"},
	} {
		each.Machine, each.Protocol, each.Port = "m-six", "tcp", 80
		told.awaitBlocked(each)
	}
	for range 3 {
		if answer := asked(guest.guest, "udp4", "1.1.1.1:443", blockedAfter); answer != "" {
			t.Errorf("a blocked address answers %q", answer)
		}
	}
	told.awaitBlocked(wire.FlowBlocked{Machine: "m-six", Protocol: "udp", Address: "1.1.1.1", Port: 443, Reason: "not_listed"})
	for _, protocol := range []string{"icmp", "47"} {
		w.must(guest.guest.do(func() error { return sendRaw(protocol, "1.1.1.1") }))
		told.awaitBlocked(wire.FlowBlocked{Machine: "m-six", Protocol: protocol, Address: "1.1.1.1", Reason: "not_listed"})
	}
	if count := len(told.all()); count != 8 {
		t.Errorf("of 8 attempts that were blocked, with all their repetitions, %d are told: %+v", count, told.all())
	}
}

// sendRaw sends a packet of a protocol without ports; by ICMP it is an echo request.
func sendRaw(protocol, target string) error {
	packets, err := net.ListenPacket("ip4:"+protocol, "0.0.0.0")
	if err != nil {
		return err
	}
	echoRequest := []byte{8, 0, 0xf7, 0xfe, 0, 0, 0, 1}
	_, err = packets.WriteTo(echoRequest, &net.IPAddr{IP: net.ParseIP(target)})
	return errors.Join(err, packets.Close())
}

func TestOneFlowTooManyIsTold(t *testing.T) {
	w := newWorld(t)
	told := w.watch(map[int]string{6: "m-six"})
	guest := w.machine(6)
	guest.plug(Policy{Open: true})
	for range w.config.Flows {
		w.opened(guest, "8.8.8.8:80")
	}
	w.expect(guest.guest, nil, []string{"1.1.1.1:80"})
	told.awaitBlocked(wire.FlowBlocked{Machine: "m-six", Protocol: "tcp", Address: "1.1.1.1", Port: 80, Reason: "too_many"})
	// Whoever has the slot next begins with none.
	guest.plug(Policy{Open: true})
	w.expect(guest.guest, []string{"1.1.1.1:80"}, nil)
}

func TestWhatIsForTheServersServicesIsNotTold(t *testing.T) {
	w := newWorld(t)
	w.serve()
	told := w.watch(map[int]string{6: "m-six"})
	guest := w.machine(6)
	guest.plug(Policy{Proxied: true, Resolved: true})
	for protocol, targets := range map[string][]string{"tcp4": {"8.8.8.8:443", "8.8.8.8:80"}, "udp4": {"8.8.8.8:53"}} {
		for _, target := range targets {
			if asked(guest.guest, protocol, target, allowedUntil) == "" {
				t.Errorf("%s %s is not served", protocol, target)
			}
		}
	}
	w.expect(guest.guest, nil, []string{"8.8.8.8:8080"})
	told.awaitBlocked(wire.FlowBlocked{Machine: "m-six", Protocol: "tcp", Address: "8.8.8.8", Port: 8080, Reason: "not_listed"})
	if events := told.all(); len(events) != 1 {
		t.Errorf("%+v is told instead of the one that is none of the services' work", events)
	}
}

func TestFloodIsToldAsSums(t *testing.T) {
	const flood = 3000
	w := newWorld(t)
	w.must(w.router.Close())
	w.config.Flows = flood
	w.open()
	told := w.watch(map[int]string{6: "m-six"})
	guest := w.machine(6)
	began := time.Now()
	for _, row := range []struct {
		name   string
		policy Policy
		counts func(event any) (single bool, more uint64)
	}{
		{"opened", Policy{Open: true}, func(event any) (bool, uint64) {
			_, single := event.(wire.FlowOpened)
			more, _ := event.(wire.MoreFlows)
			return single, more.Opened
		}},
		{"blocked", Policy{}, func(event any) (bool, uint64) {
			_, single := event.(wire.FlowBlocked)
			more, _ := event.(wire.MoreFlows)
			return single, more.Blocked
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			guest.plug(row.policy)
			before := len(told.all())
			w.must(guest.guest.do(func() error { return scatter(flood) }))
			var singles int
			told.await("a flood", func(events []any) bool {
				singles = 0
				all := uint64(0)
				for _, each := range events[before:] {
					single, more := row.counts(each)
					if single {
						singles++
						all++
					}
					all += more
				}
				return all == flood
			})
			most := toldOfEachAtOnce + toldOfEach*(int(time.Since(began)/time.Second)+1)
			if singles > most {
				t.Errorf("%d are told one by one", singles)
			}
		})
	}
}

// scatter sends a datagram to each of so many ports that nobody listens at.
func scatter(count int) error {
	packets, err := net.ListenPacket("udp4", ":0")
	if err != nil {
		return err
	}
	for i := range count {
		if _, err := packets.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(8, 8, 8, 8), Port: 1000 + i}); err != nil {
			return errors.Join(err, packets.Close())
		}
	}
	return packets.Close()
}

func TestEventsThatNobodyTakesAreCounted(t *testing.T) {
	w := newWorld(t)
	told := w.watch(map[int]string{6: "m-six"})
	guest := w.machine(6)
	guest.plug(Policy{Allowed: []netip.Prefix{netip.MustParsePrefix("8.8.8.8/32")}})
	told.hear(false)
	w.expect(guest.guest, []string{"8.8.8.8:80"}, []string{"1.1.1.1:80"})
	told.hear(true)
	var sum wire.MoreFlows
	told.await("one of each", func(events []any) bool {
		sum = wire.MoreFlows{}
		for _, each := range events {
			more, _ := each.(wire.MoreFlows)
			sum.Opened += more.Opened
			sum.Blocked += more.Blocked
		}
		return sum == wire.MoreFlows{Opened: 1, Blocked: 1}
	})
}

func (t *told) hear(does bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.deaf = !does
}

func TestNothingIsToldUnderAnothersName(t *testing.T) {
	w := newWorld(t)
	told := w.watch(map[int]string{6: "m-six", 7: "m-seven"})
	w.machine(7).plug(Policy{})
	guest := w.machine(6)
	guest.plug(Policy{Open: true})
	stolen := w.config.Plan.Guest(7).String()
	w.must(guest.guest.do(func() error { return addAddress("eth0", stolen+"/32") }))
	w.must(guest.guest.do(func() error {
		packets, err := net.ListenPacket("udp4", stolen+":0")
		if err != nil {
			return err
		}
		_, err = packets.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(1, 1, 1, 1), Port: 53})
		return errors.Join(err, packets.Close())
	}))
	w.opened(guest, "8.8.8.8:80")
	flow := told.awaitOpened(wire.FlowOpened{Machine: "m-six", Protocol: "tcp", Address: "8.8.8.8", Port: 80})
	told.rename(6, "m-later")
	w.must(w.router.Unplug(6))
	if ended := told.awaitEnd(flow); ended.Machine != "m-six" {
		t.Errorf("the end of m-six's flow is told as %+v", ended)
	}
	for _, each := range told.all() {
		if strings.Contains(fmt.Sprintf("%+v", each), "m-seven") {
			t.Errorf("%+v is told of a guest that sent nothing", each)
		}
	}
}

func (t *told) rename(slot int, name string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.names[slot] = name
}

func TestRulesOfKernelThatCannotTell(t *testing.T) {
	w := newWorld(t)
	rules := routerText(w.config)
	for _, each := range []string{"ct event set", "log prefix"} {
		if strings.Contains(strings.ReplaceAll(rules.text, "# "+each, ""), each) {
			t.Errorf("the rules say %q", each)
		}
	}
	guest := w.machine(6)
	guest.plug(Policy{Allowed: []netip.Prefix{netip.MustParsePrefix("8.8.8.8/32")}})
	w.router.mutex.Lock()
	err := w.router.replaceRules(rules)
	w.router.mutex.Unlock()
	w.must(err)
	w.expect(guest.guest, []string{"8.8.8.8:80"}, []string{"1.1.1.1:80", "10.9.9.9:80"})
}

func TestParsingWhatGuestsSend(t *testing.T) {
	packet := make([]byte, 24)
	packet[0], packet[protocolOffset] = 0x45, 6
	copy(packet[sourceOffset:], []byte{100, 64, 0, 26, 8, 8, 8, 8})
	packet[23] = 80
	whole := target{guest: netip.MustParseAddr("100.64.0.26"), address: netip.MustParseAddr("8.8.8.8"), protocol: 6, port: 80}
	cut := whole
	cut.port = 0
	longHeader := slices.Clone(packet)
	longHeader[0] = 0x4f
	for _, row := range []struct {
		name   string
		packet []byte
		wanted target
		fails  bool
	}{
		{"whole", packet, whole, false}, {"cut before the ports", packet[:22], cut, false}, {"options that are not there", longHeader, cut, false},
		{"cut in the header", packet[:19], target{}, true}, {"nothing", nil, target{}, true},
	} {
		found, err := parsePacket(row.packet)
		if found != row.wanted || (err != nil) != row.fails {
			t.Errorf("%s: %+v %v", row.name, found, err)
		}
	}
}

package router

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// world is a host with a router, an internet behind it, and machines; none of it is in the namespace of the test.
type world struct {
	t        testing.TB
	host     namespace
	internet namespace
	router   *Router
	config   Config
}

// The internet's addresses. The private one stands for what lies behind the host and is nobody's business.
var (
	inside   = []string{"8.8.8.8", "1.1.1.1", "10.9.9.9", "169.254.169.254"}
	hostSide = netip.MustParseAddr("5.5.5.1")
)

const hostDeviceInTest = "wan0"

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldOf(t, 100<<20)
}

func newWorldOf(t testing.TB, bytesPerSecond int64) *world {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root to make network namespaces")
	}
	w := &world{t: t, host: newNamespace(t), internet: newNamespace(t)}
	w.must(w.host.do(func() error {
		pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: hostDeviceInTest}, PeerName: "net0", PeerNamespace: netlink.NsFd(w.internet.file.Fd())}
		return errors.Join(netlink.LinkAdd(pair), up("lo"), addAddress(hostDeviceInTest, hostSide.String()+"/24"), up(hostDeviceInTest),
			route("5.5.5.2"))
	}))
	w.must(w.internet.do(func() error {
		failures := []error{addAddress("net0", "5.5.5.2/24"), up("net0"), up("lo")}
		for _, each := range inside {
			failures = append(failures, addAddress("lo", each+"/32"))
		}
		return errors.Join(failures...)
	}))
	plan, err := ParsePlan("100.64.0.0/17")
	w.must(err)
	w.config = Config{Plan: plan, Instance: "test", Path: filepath.Join(t.TempDir(), "router"), BytesPerSecond: bytesPerSecond, Flows: 64, Log: slog.Default()}
	w.open()
	t.Cleanup(func() {
		w.must(w.router.Close())
		w.must(w.host.do(func() error { return Remove(w.config.Instance, w.config.Path) }))
	})
	w.listen(w.internet)
	w.listen(w.host)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) open() {
	w.t.Helper()
	w.must(w.host.do(func() (err error) {
		w.router, err = Open(w.config)
		return err
	}))
}

func newNamespace(t testing.TB) namespace {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ns")
	space, err := makeNamespace(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(space.close(), removeNamespace(path)); err != nil {
			t.Error(err)
		}
	})
	return space
}

// listen answers TCP on port 80 and UDP on port 53 of every address.
func (w *world) listen(in namespace) {
	w.t.Helper()
	w.must(in.do(func() error {
		listener, err := net.Listen("tcp4", ":80")
		if err != nil {
			return err
		}
		w.t.Cleanup(func() { w.must(listener.Close()) })
		go greet(listener)
		return w.echoEverywhere()
	}))
}

// echoEverywhere listens at each address by itself, for an answer comes from the address that was asked.
func (w *world) echoEverywhere() error {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return err
	}
	for _, each := range addresses {
		prefix, err := netip.ParsePrefix(each.String())
		if err != nil || !prefix.Addr().Is4() {
			continue
		}
		packets, err := net.ListenPacket("udp4", netip.AddrPortFrom(prefix.Addr(), 53).String())
		if err != nil {
			return err
		}
		w.t.Cleanup(func() { w.must(packets.Close()) })
		go echo(packets)
	}
	return nil
}

func greet(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			buffer := make([]byte, 64)
			for {
				count, err := connection.Read(buffer)
				if err != nil {
					return
				}
				if _, err := connection.Write(buffer[:count]); err != nil {
					return
				}
			}
		}()
	}
}

func echo(packets net.PacketConn) {
	buffer := make([]byte, 64)
	for {
		count, from, err := packets.ReadFrom(buffer)
		if err != nil {
			return
		}
		if _, err := packets.WriteTo(buffer[:count], from); err != nil {
			return
		}
	}
}

// machine is a process in a namespace of its own, with a guest behind its tap.
type machine struct {
	w     *world
	slot  int
	vmm   *exec.Cmd
	space namespace
	guest namespace
}

func (w *world) machine(slot int) *machine {
	w.t.Helper()
	m := &machine{w: w, slot: slot, guest: newNamespace(w.t), space: newNamespace(w.t)}
	w.must(m.space.do(func() error {
		pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: tapName}, PeerName: "eth0", PeerNamespace: netlink.NsFd(m.guest.file.Fd())}
		m.vmm = exec.Command("sleep", "600")
		return errors.Join(netlink.LinkAdd(pair), up(tapName), m.vmm.Start())
	}))
	w.t.Cleanup(func() {
		w.must(m.vmm.Process.Kill())
		_ = m.vmm.Wait() // says that it was killed
	})
	return m
}

func (m *machine) plug(policy Policy, pins ...Pin) {
	m.w.t.Helper()
	var link Link
	m.w.must(m.w.host.do(func() (err error) {
		pidfd, err := unix.PidfdOpen(m.vmm.Process.Pid, 0)
		if err != nil {
			return err
		}
		defer unix.Close(pidfd)
		link, err = m.w.router.Plug(m.slot, pidfd, policy, pins)
		return err
	}))
	m.w.must(m.guest.do(func() error {
		return errors.Join(up("lo"), up("eth0"), addAddress("eth0", fmt.Sprintf("%s/%d", link.Address, link.Bits)), route(link.Gateway.String()))
	}))
}

func up(name string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(link)
}

func addAddress(name, text string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	parsed, err := netlink.ParseAddr(text)
	if err != nil {
		return err
	}
	return netlink.AddrReplace(link, parsed)
}

func route(via string) error { return netlink.RouteReplace(&netlink.Route{Gw: net.ParseIP(via)}) }

// What a blocked attempt waits for before it counts as blocked, and an allowed one at most.
const (
	blockedAfter = 700 * time.Millisecond
	allowedUntil = 20 * time.Second
)

// reaches tells whether an answer comes back from a TCP port.
func reaches(from namespace, target string, patience time.Duration) bool {
	err := from.do(func() error {
		connection, err := net.DialTimeout("tcp4", target, patience)
		if err != nil {
			return err
		}
		defer connection.Close()
		return exchange(connection, patience)
	})
	return err == nil
}

func exchange(connection net.Conn, patience time.Duration) error {
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := connection.Write([]byte("hello")); err != nil {
		return err
	}
	_, err := connection.Read(make([]byte, 5))
	return err
}

func (w *world) expect(from namespace, reached, blocked []string) {
	w.t.Helper()
	for _, target := range reached {
		if !reaches(from, target, allowedUntil) {
			w.t.Errorf("%s is not reached", target)
		}
	}
	var attempts sync.WaitGroup
	for _, target := range blocked {
		attempts.Go(func() {
			if reaches(from, target, blockedAfter) {
				w.t.Errorf("%s is reached", target)
			}
		})
	}
	attempts.Wait()
}

// forbidden is what no guest reaches under any policy.
func (w *world) forbidden(neighbour int) []string {
	plan := w.config.Plan
	var all []string
	for _, each := range []string{
		"10.9.9.9", "169.254.169.254", hostSide.String(), plan.Host().String(), plan.Router().String(),
		plan.Guest(neighbour).String(), plan.Gateway(neighbour).String(), hop.String(), "127.0.0.1",
	} {
		all = append(all, each+":80")
	}
	return all
}

func TestGuestsReachWhatTheirPolicySays(t *testing.T) {
	w := newWorld(t)
	w.must(w.host.do(func() error { return checkWorld() }))
	neighbour := w.machine(7)
	neighbour.plug(Policy{Open: true})
	w.listen(neighbour.guest)
	guest := w.machine(6)
	all := []string{"8.8.8.8:80", "1.1.1.1:80"}
	net8 := netip.MustParsePrefix("8.8.0.0/16")
	for _, row := range []struct {
		name             string
		policy           Policy
		reached, blocked []string
	}{
		{"nothing", Policy{}, nil, all},
		{"open", Policy{Open: true}, all, nil},
		{"allowed", Policy{Allowed: []netip.Prefix{net8}}, all[:1], all[1:]},
		{"denied", Policy{Open: true, Denied: []netip.Prefix{net8}}, all[1:], all[:1]},
		{"denied wins", Policy{Allowed: []netip.Prefix{net8, netip.MustParsePrefix("8.8.8.0/24")}, Denied: []netip.Prefix{netip.MustParsePrefix("8.8.8.8/32")}}, nil, all},
		{"forbidden and allowed", Policy{Open: true, Allowed: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}, all, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			guest.plug(row.policy)
			w.expect(guest.guest, row.reached, append(slices.Clone(row.blocked), w.forbidden(7)...))
			// A VMM that was taken over has an address that is no guest's, and no right to take another.
			w.expect(guest.space, nil, append(slices.Clone(all), w.forbidden(7)...))
		})
	}
}

func TestGuestIsHeardUnderItsOwnAddressOnly(t *testing.T) {
	w := newWorld(t)
	neighbour := w.machine(7)
	neighbour.plug(Policy{Open: true})
	guest := w.machine(6)
	guest.plug(Policy{})
	stolen := w.config.Plan.Guest(7).String()
	w.must(guest.guest.do(func() error { return addAddress("eth0", stolen+"/32") }))
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(stolen)}, Timeout: blockedAfter}
	w.must(guest.guest.do(func() error {
		connection, err := dialer.Dial("tcp4", "8.8.8.8:80")
		if err == nil {
			return errors.Join(errors.New("a guest is heard under another's address"), connection.Close())
		}
		return nil
	}))
	w.expect(neighbour.guest, []string{"8.8.8.8:80"}, nil)
}

func TestPolicyCutsOffWhatIsOpenAndUnplugging(t *testing.T) {
	w := newWorld(t)
	guest := w.machine(6)
	guest.plug(Policy{Open: true})
	var open net.Conn
	w.must(guest.guest.do(func() (err error) {
		open, err = net.DialTimeout("tcp4", "8.8.8.8:80", allowedUntil)
		return err
	}))
	defer open.Close()
	w.must(exchange(open, allowedUntil))
	w.setPolicy(6, Policy{Open: true, Denied: []netip.Prefix{netip.MustParsePrefix("8.8.8.8/32")}})
	if err := exchange(open, blockedAfter); err == nil {
		t.Error("an open flow outlives the policy that allowed it")
	}
	w.expect(guest.guest, []string{"1.1.1.1:80"}, nil)
	w.must(w.router.Unplug(6))
	w.must(w.router.Unplug(6))
	w.expect(guest.guest, nil, []string{"1.1.1.1:80"})
}

func (w *world) setPolicy(slot int, policy Policy, pins ...Pin) {
	w.t.Helper()
	link, err := w.router.SetPolicy(slot, policy, pins)
	w.must(err)
	if link.Address != w.config.Plan.Guest(slot) {
		w.t.Errorf("the link of slot %d is said to be %v", slot, link)
	}
}

func (w *world) policies() map[netip.Addr]Policy {
	policies := make(map[netip.Addr]Policy)
	for address, about := range w.router.guests {
		policies[address] = about.policy
	}
	return policies
}

func TestRouterOutlivesItsLauncher(t *testing.T) {
	w := newWorld(t)
	guest := w.machine(6)
	net8 := []netip.Prefix{netip.MustParsePrefix("8.8.0.0/17"), netip.MustParsePrefix("8.8.8.8/32")}
	guest.plug(Policy{Allowed: net8, Denied: []netip.Prefix{netip.MustParsePrefix("8.8.4.4/32")}})
	before := w.policies()
	w.must(w.router.Close())
	w.open()
	if !reflect.DeepEqual(w.policies(), before) {
		t.Errorf("%v is taken for %v", before, w.policies())
	}
	w.expect(guest.guest, []string{"8.8.8.8:80"}, []string{"1.1.1.1:80"})
	w.setPolicy(6, Policy{Open: true, Denied: net8})
	w.expect(guest.guest, []string{"1.1.1.1:80"}, []string{"8.8.8.8:80"})
	guest.plug(Policy{})
	w.expect(guest.guest, nil, []string{"1.1.1.1:80", "8.8.8.8:80"})
	w.must(w.router.Unplug(6))
	if len(w.router.guests) != 0 {
		t.Errorf("%v is left of a link that is gone", w.router.guests)
	}
}

func TestGuestHasSoManyFlowsAndNoMore(t *testing.T) {
	w := newWorld(t)
	guest := w.machine(6)
	guest.plug(Policy{Open: true})
	w.must(guest.guest.do(func() error {
		var open []net.Conn
		defer func() {
			for _, each := range open {
				w.must(each.Close())
			}
		}()
		for range w.config.Flows {
			connection, err := net.DialTimeout("tcp4", "8.8.8.8:80", allowedUntil)
			if err != nil {
				return fmt.Errorf("after %d flows: %w", len(open), err)
			}
			open = append(open, connection)
		}
		connection, err := net.DialTimeout("tcp4", "8.8.8.8:80", blockedAfter)
		if err == nil {
			return errors.Join(errors.New("a guest has one flow too many"), connection.Close())
		}
		return nil
	}))
}

// checkWorld makes sure that the host itself reaches what guests must not.
func checkWorld() error {
	for _, each := range inside {
		connection, err := net.DialTimeout("tcp4", each+":80", allowedUntil)
		if err != nil {
			return fmt.Errorf("the test's own internet is broken: %w", err)
		}
		if err := connection.Close(); err != nil {
			return err
		}
	}
	return nil
}

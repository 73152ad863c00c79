package identity

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// newRoot is a directory in the place of a guest's root: the host's own files are never touched.
func newRoot(t *testing.T) *Linux {
	t.Helper()
	root := t.TempDir()
	for _, directory := range []string{"etc", "run", filepath.Dir(kernelsBootID)} {
		check(t, os.MkdirAll(filepath.Join(root, directory), 0o755))
	}
	return &Linux{root: root}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (l *Linux) content(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(l.root, name))
	check(t, err)
	return string(content)
}

func TestTheOwnNameReplacesTheFormerOneAndOtherHostsStay(t *testing.T) {
	system := newRoot(t)
	check(t, system.writeHostname("one"))
	if hosts := system.content(t, "etc/hosts"); hosts != plainHosts+"127.0.1.1\tone\n" {
		t.Errorf("%q", hosts)
	}
	check(t, os.WriteFile(filepath.Join(system.root, "etc/hosts"), []byte("127.0.0.1 localhost\n127.0.1.1 one\n10.0.0.1 mine"), 0o644))
	check(t, system.writeHostname("two"))
	if hosts := system.content(t, "etc/hosts"); hosts != "127.0.0.1 localhost\n10.0.0.1 mine\n127.0.1.1\ttwo\n" {
		t.Errorf("%q", hosts)
	}
	if name := system.content(t, "etc/hostname"); name != "two\n" {
		t.Errorf("%q", name)
	}
}

func TestWhatTheGuestMadeOfAFileIsReplacedAndNotWaitedFor(t *testing.T) {
	system := newRoot(t)
	check(t, unix.Mkfifo(filepath.Join(system.root, "etc/hosts"), 0o666))
	check(t, system.writeHostname("one"))
	if hosts := system.content(t, "etc/hosts"); hosts != plainHosts+"127.0.1.1\tone\n" {
		t.Errorf("%q", hosts)
	}
}

func TestWhatNobodyMayWriteIsLeftIfItIsRightAlready(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to mount")
	}
	system := newRoot(t)
	check(t, system.SetMachineID("0123"))
	path := filepath.Join(system.root, "etc/machine-id")
	check(t, unix.Mount(path, path, "", unix.MS_BIND, ""))
	defer func() { check(t, unix.Unmount(path, 0)) }()
	check(t, unix.Mount("", path, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	check(t, system.SetMachineID("0123"))
	if err := system.SetMachineID("4567"); err == nil {
		t.Error("it was not said that it could not be written")
	}
}

func TestTheMachineIDReplacesALinkInsteadOfFollowingIt(t *testing.T) {
	system := newRoot(t)
	check(t, os.WriteFile(filepath.Join(system.root, "victim"), []byte("untouched"), 0o644))
	check(t, os.Symlink("../victim", filepath.Join(system.root, "etc/machine-id")))
	check(t, system.SetMachineID("0123"))
	if system.content(t, "etc/machine-id") != "0123\n" || system.content(t, "victim") != "untouched" {
		t.Error("the link was followed")
	}
}

func TestTheBootIDIsShownInPlaceOfTheKernelsAndIsMountedOnce(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to mount")
	}
	system := newRoot(t)
	target := filepath.Join(system.root, kernelsBootID)
	check(t, os.WriteFile(target, []byte("the kernel's\n"), 0o444))
	t.Cleanup(func() { check(t, unix.Unmount(target, 0)) })
	for _, id := range []string{"11111111", "22222222"} {
		check(t, system.SetBootID(id))
		if shown := system.content(t, kernelsBootID); shown != id+"\n" {
			t.Errorf("shown is %q", shown)
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	check(t, err)
	if count := strings.Count(string(mounts), " "+target+" "); count != 1 {
		t.Errorf("mounted %d times", count)
	}
}

var (
	someNetwork = &Network{
		Address: netip.MustParsePrefix("10.1.2.3/30"), Gateway: netip.MustParseAddr("10.1.2.1"),
		DNS: []netip.Addr{netip.MustParseAddr("10.1.2.1")},
	}
	everywhere = &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}
)

// newNamespace is a network namespace that only the test's thread sees; it is left locked, so that it ends with the test.
func newNamespace(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to make a network namespace")
	}
	runtime.LockOSThread()
	check(t, unix.Unshare(unix.CLONE_NEWNET))
}

// newCard makes a namespace with a card, and returns what the card sends to.
func newCard(t *testing.T) netlink.Link {
	t.Helper()
	newNamespace(t)
	// The peer is made before, so it has the lower index.
	check(t, netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "other"}, PeerName: "card"}))
	other, err := netlink.LinkByName("other")
	check(t, err)
	silence("other")
	return other
}

// listen takes an interface up and counts the frames that reach it.
func listen(t *testing.T, at netlink.Link) (heard func() int) {
	t.Helper()
	const every = 0x0300 // ETH_P_ALL in the network's order of bytes
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, every)
	check(t, err)
	t.Cleanup(func() { unix.Close(socket) })
	check(t, unix.Bind(socket, &unix.SockaddrLinklayer{Protocol: every, Ifindex: at.Attrs().Index}))
	check(t, netlink.LinkSetUp(at))
	return func() int {
		count := 0
		for frame := make([]byte, 1514); ; count++ {
			if _, _, err := unix.Recvfrom(socket, frame, 0); err != nil {
				return count
			}
		}
	}
}

// awaitCarrier returns the first card when it sends: until then the kernel gives it no address of IPv6.
func awaitCarrier(t *testing.T) netlink.Link {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		card, err := firstCard()
		check(t, err)
		if card.Attrs().OperState == netlink.OperUp {
			return card
		}
	}
	t.Fatal("the card is not up")
	return nil
}

// requireJoined fails unless the first card is up in this network.
func requireJoined(t *testing.T, network *Network) {
	t.Helper()
	card, err := firstCard()
	check(t, err)
	if joined, err := hasJoined(card, network); err != nil || !joined {
		t.Errorf("the card %+v is not in its network (%v)", card.Attrs(), err)
	}
}

func TestTheFirstCardGetsItsAddressesAndLosesThemAgain(t *testing.T) {
	newNamespace(t)
	system := newRoot(t)
	check(t, system.ConfigureNetwork(nil, nil)) // No card, and none wanted.
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 7}
	if err := system.ConfigureNetwork(mac, nil); err == nil {
		t.Error("there is no card to give an address to")
	}
	check(t, netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "card"}, PeerName: "other"}))
	for range 2 {
		check(t, system.ConfigureNetwork(mac, someNetwork))
	}
	requireJoined(t, someNetwork)
	card, err := firstCard()
	check(t, err)
	if card.Attrs().HardwareAddr.String() != mac.String() {
		t.Errorf("card %+v", card.Attrs())
	}
	if resolver := system.content(t, "etc/resolv.conf"); strings.TrimRight(resolver, "\n") != "nameserver 10.1.2.1" || len(resolver) != resolverBytes {
		t.Errorf("%q", resolver)
	}
	// What is open stays so when the same is said again, as a server does that was restarted.
	neighbour := &netlink.Neigh{
		LinkIndex: card.Attrs().Index, State: netlink.NUD_PERMANENT, IP: net.IPv4(10, 1, 2, 1), HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 9},
	}
	check(t, netlink.NeighSet(neighbour))
	check(t, system.ConfigureNetwork(nil, someNetwork))
	if known, err := netlink.NeighList(card.Attrs().Index, netlink.FAMILY_V4); err != nil || len(known) != 1 {
		t.Errorf("the card was taken down: it knows %v (%v)", known, err)
	}
	check(t, system.ConfigureNetwork(mac, nil))
	next := net.HardwareAddr{2, 0, 0, 0, 0, 8}
	check(t, system.ConfigureNetwork(next, nil)) // Of a card that has no address already, as in every claim.
	if card, err = firstCard(); err != nil || card.Attrs().Flags&net.FlagUp == 0 || card.Attrs().HardwareAddr.String() != next.String() {
		t.Errorf("the card %+v (%v)", card.Attrs(), err)
	}
	if resolver := system.content(t, "etc/resolv.conf"); !strings.HasPrefix(resolver, "nameserver 10.1.2.1\n") {
		t.Errorf("the next network finds %q", resolver)
	}
	if addresses, err := netlink.AddrList(card, netlink.FAMILY_ALL); err != nil || len(addresses) != 0 {
		t.Errorf("addresses %v (%v)", addresses, err)
	}
	if routes, err := netlink.RouteList(card, netlink.FAMILY_V4); err != nil || len(routes) != 0 {
		t.Errorf("routes %v (%v)", routes, err)
	}
}

// Until it has a network, and after it, a card is silent, but it is up: that is what costs time.
func TestACardWithoutANetworkSendsNothingAndIsNotTakenDownForOne(t *testing.T) {
	other := newCard(t)
	system := newRoot(t)
	heard := listen(t, other)
	check(t, system.ConfigureNetwork(net.HardwareAddr{2, 0, 0, 0, 0, 7}, nil))
	card := awaitCarrier(t)
	// One of IPv6 would be announced, at some later moment.
	if addresses, err := netlink.AddrList(card, netlink.FAMILY_ALL); err != nil || len(addresses) != 0 {
		t.Errorf("addresses %v (%v)", addresses, err)
	}
	changes := make(chan netlink.LinkUpdate, 64)
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	check(t, netlink.LinkSubscribe(changes, stop))
	check(t, system.ConfigureNetwork(nil, someNetwork))
	requireJoined(t, someNetwork)
	for len(changes) > 0 {
		if change := <-changes; change.IfInfomsg.Flags&unix.IFF_UP == 0 {
			t.Error("the card was taken down")
		}
	}
	if frames := heard(); frames != 0 {
		t.Errorf("the card has sent %d frames", frames)
	}
}

func TestARouteThatRootLeftThereDoesNotKeepACardFromItsNetwork(t *testing.T) {
	newCard(t)
	system := newRoot(t)
	check(t, system.ConfigureNetwork(nil, nil))
	card, err := firstCard()
	check(t, err)
	check(t, netlink.RouteAdd(&netlink.Route{LinkIndex: card.Attrs().Index, Dst: everywhere, Scope: netlink.SCOPE_LINK}))
	check(t, system.ConfigureNetwork(nil, someNetwork))
	requireJoined(t, someNetwork)
}

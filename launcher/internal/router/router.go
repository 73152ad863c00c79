package router

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	uplink  = "up0"  // the router's interface to the host, and a machine's to the router
	tapName = "tap0" // the guest's card
)

// hop is what stands for the router in a machine's namespace: never on the wire, for all know the link-layer address of the other.
var hop = net.IPv4(169, 254, 1, 1)

// Config is what a Router works with.
type Config struct {
	Plan     Plan
	Instance string // names what it makes on the host
	Path     string // where its namespace is mounted
	// BytesPerSecond bounds what a guest sends and gets in a second, Flows how many it has open.
	BytesPerSecond int64
	Flows          int
	// Except are networks that guests' policies may open although no guest reaches their kind.
	Except []netip.Prefix
	Log    *slog.Logger

	told bool // the kernel can tell of guests' flows
}

// Router is the namespace between the guests and the host. It is safe for concurrent use.
type Router struct {
	config Config
	space  namespace
	host   namespace
	links  *netlink.Handle

	mutex    sync.Mutex
	sets     sets
	guests   map[netip.Addr]guest
	lastMark uint32
	hosts    map[netip.Addr]bool // what the rules know of the host's own addresses

	closed chan struct{}
	timed  sync.WaitGroup
}

// Open finds the router of a former launcher or makes one; the links of its machines stay as they are. Rules of another release, or with
// other exceptions, are replaced: what guests had pinned is lost then. The caller closes it, which leaves the namespace in place.
func Open(config Config) (*Router, error) {
	problem := tryTelling()
	config.told = problem == nil
	host, err := openNamespace(ownNamespace)
	if err != nil {
		return nil, err
	}
	space, err := findOrBuild(config)
	if err != nil {
		return nil, errors.Join(err, host.close())
	}
	router := &Router{config: config, space: space, host: host, closed: make(chan struct{})}
	if err := router.take(); err != nil {
		return nil, errors.Join(err, router.Close())
	}
	if problem != nil {
		config.Log.Warn("this kernel does not tell of flows: what guests send is not in their logs", "error", problem)
	}
	router.timed.Go(router.keepTime)
	return router, nil
}

// findOrBuild opens the router of a former launcher, if that is whole and has the same addresses.
func findOrBuild(config Config) (namespace, error) {
	space, err := openNamespace(config.Path)
	if err == nil {
		damage := whole(config, space)
		if damage == nil {
			return space, load(hostText(config))
		}
		config.Log.Warn("the former router is replaced: guests that have links lose them", "error", damage)
		err = errors.Join(space.close(), Remove(config.Instance, config.Path))
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return namespace{}, err
	}
	if space, err = build(config); err != nil {
		return namespace{}, errors.Join(err, Remove(config.Instance, config.Path))
	}
	return space, nil
}

// whole tells what is wrong with a router that was found: the launcher that built it may have ended in the midst of that.
func whole(config Config, space namespace) error {
	return errors.Join(
		hasAddress(hostDevice(config.Instance), config.Plan.Host()),
		space.do(func() error { return hasAddress(uplink, config.Plan.Router()) }),
		hasLinks(space),
	)
}

func hasLinks(space namespace) error {
	found, err := openSets(space)
	if err == nil && found.links == nil {
		err = errors.New("the router has no rules")
	}
	return err
}

func hasAddress(device string, wanted netip.Addr) error {
	link, err := netlink.LinkByName(device)
	if err != nil {
		return err
	}
	addresses, err := netlink.AddrList(link, netlink.FAMILY_V4)
	if err != nil {
		return err
	}
	for _, each := range addresses {
		if each.IP.Equal(net.IP(wanted.AsSlice())) {
			return nil
		}
	}
	return fmt.Errorf("%s has not the address %v", device, wanted)
}

// take opens what is in the namespace.
func (r *Router) take() (err error) {
	r.lastMark = rand.Uint32()
	if r.links, err = handleAt(r.space); err != nil {
		return err
	}
	if r.sets, err = openSets(r.space); err != nil {
		return err
	}
	if r.guests, err = r.sets.guests(); err != nil {
		return err
	}
	rules := routerText(r.config)
	current, err := r.sets.has(rules.version)
	if err != nil {
		return err
	}
	if !current {
		if err := r.replaceRules(rules); err != nil {
			return err
		}
	}
	return r.guardHost()
}

// keepTime closes pinned addresses when their time has passed, and looks after the host, until the router is closed.
func (r *Router) keepTime() {
	ticker := time.NewTicker(pinCheck)
	defer ticker.Stop()
	guard := time.NewTicker(hostCheck)
	defer guard.Stop()
	for {
		select {
		case <-r.closed:
			return
		case <-guard.C:
			if err := r.guardHost(); err != nil {
				r.config.Log.Error("what keeps guests from the host is not up to date", "error", err)
			}
		case <-ticker.C:
			if err := r.closePins(); err != nil {
				r.config.Log.Error("pinned addresses stay open for now", "error", err)
			}
		}
	}
}

func handleAt(space namespace) (*netlink.Handle, error) {
	var handle *netlink.Handle
	err := space.do(func() (err error) {
		handle, err = netlink.NewHandle(unix.NETLINK_ROUTE)
		return err
	})
	return handle, err
}

func build(config Config) (namespace, error) {
	if err := requireUnused(config.Plan.network()); err != nil {
		return namespace{}, err
	}
	space, err := makeNamespace(config.Path)
	if err != nil {
		return namespace{}, err
	}
	device := hostDevice(config.Instance)
	// Each step only after those before it: the rules are there before a packet can be.
	for _, step := range []func() error{
		func() error { return load(hostText(config)) },
		func() error { return connect(config, space, device) },
		func() error { return space.do(func() error { return furnish(config) }) },
		func() error { return setSwitches("ipv4/ip_forward", "1") },
	} {
		if err := step(); err != nil {
			return namespace{}, errors.Join(err, space.close())
		}
	}
	return space, nil
}

// requireUnused refuses a network of which the host has an address or a route already: packets of others would go astray.
func requireUnused(network netip.Prefix) error {
	routes, err := netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Table: unix.RT_TABLE_UNSPEC}, netlink.RT_FILTER_TABLE)
	if err != nil {
		return fmt.Errorf("the host's routes cannot be read: %w", err)
	}
	for _, route := range routes {
		if route.Dst == nil {
			continue
		}
		address, _ := netip.AddrFromSlice(route.Dst.IP.To4())
		bits, _ := route.Dst.Mask.Size()
		if known := netip.PrefixFrom(address, bits); bits > 0 && known.Overlaps(network) {
			return fmt.Errorf("%s is in use: the host has a route to %s", network, known)
		}
	}
	return nil
}

// connect makes the link between the host and the router.
func connect(config Config, space namespace, device string) error {
	pair := &netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: device}, PeerName: uplink, PeerNamespace: netlink.NsFd(space.file.Fd()),
	}
	if err := netlink.LinkAdd(pair); err != nil {
		return fmt.Errorf("the host's end of the router's link cannot be made: %w", err)
	}
	link, err := netlink.LinkByName(device)
	if err != nil {
		return err
	}
	if err := setSwitches("ipv6/conf/"+device+"/disable_ipv6", "1"); err != nil {
		return err
	}
	return errors.Join(
		netlink.AddrAdd(link, pointToPoint(config.Plan.Host())),
		netlink.LinkSetUp(link),
		// The server answers guests under their own addresses.
		netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Dst: netOf(config.Plan.Guests()), Gw: net.IP(config.Plan.Router().AsSlice())}),
	)
}

// furnish is run in the router's namespace.
func furnish(config Config) error {
	link, err := netlink.LinkByName(uplink)
	if err != nil {
		return err
	}
	return errors.Join(
		setSwitches("ipv6/conf/all/disable_ipv6", "1", "ipv6/conf/default/disable_ipv6", "1"),
		load(routerText(config).text),
		setSwitches("ipv4/ip_forward", "1", "ipv4/conf/all/send_redirects", "0", "ipv4/conf/default/send_redirects", "0"),
		netlink.AddrAdd(link, pointToPoint(config.Plan.Router())),
		netlink.LinkSetUp(link),
		netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: net.IP(config.Plan.Host().AsSlice())}),
	)
}

func netOf(prefix netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), 32)}
}

func pointToPoint(address netip.Addr) *netlink.Addr {
	return &netlink.Addr{IPNet: &net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(30, 32)}}
}

// Remove takes the router of an instance away with all its links; machines keep an interface that leads nowhere. What is not there is
// removed already.
func Remove(instance, path string) error {
	// Of the calling thread's namespace.
	here, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err == nil {
		defer here.Close()
		err = removeLink(here, hostDevice(instance))
	}
	return errors.Join(err,
		load(emptied(hostTable(instance))), removeNamespace(path))
}

// removeLink removes an interface; one that is not there is removed already.
func removeLink(links *netlink.Handle, name string) error {
	link, err := links.LinkByName(name)
	var missing netlink.LinkNotFoundError
	if errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		return err
	}
	return links.LinkDel(link)
}

// hostDevice is short enough for an interface and differs from one instance to another.
func hostDevice(instance string) string {
	hash := fnv.New32a()
	hash.Write([]byte(instance)) // never fails
	return fmt.Sprintf("omni-%08x", hash.Sum32())
}

func hostTable(instance string) string { return "omnirun_" + instance }

// Config is what the router was opened with.
func (r *Router) Config() Config { return r.config }

// Close forgets the router and leaves it in place.
func (r *Router) Close() error {
	close(r.closed)
	r.timed.Wait()
	if r.links != nil {
		r.links.Close()
	}
	return errors.Join(r.space.close(), r.host.close())
}

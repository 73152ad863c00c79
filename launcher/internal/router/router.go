package router

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net"
	"net/netip"
	"strconv"
	"sync"

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
}

// Router is the namespace between the guests and the host. It is safe for concurrent use.
type Router struct {
	config Config
	space  namespace
	links  *netlink.Handle

	mutex    sync.Mutex
	sets     sets
	policies map[netip.Addr]Policy
}

// Open finds the router of a former launcher or makes one; the links of its machines stay as they are. The caller closes it, which leaves
// the namespace in place.
func Open(config Config) (*Router, error) {
	space, err := openNamespace(config.Path)
	if errors.Is(err, fs.ErrNotExist) {
		if space, err = build(config); err != nil {
			return nil, errors.Join(err, Remove(config.Instance, config.Path))
		}
	}
	if err != nil {
		return nil, err
	}
	found, err := openSets(space)
	if err != nil {
		return nil, errors.Join(err, space.close())
	}
	links, err := handleAt(space)
	if err != nil {
		return nil, errors.Join(err, space.close())
	}
	policies, err := found.policies()
	if err != nil {
		links.Close()
		return nil, errors.Join(err, space.close())
	}
	return &Router{config: config, space: space, links: links, sets: found, policies: policies}, nil
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
	space, err := makeNamespace(config.Path)
	if err != nil {
		return namespace{}, err
	}
	device := hostDevice(config.Instance)
	err = errors.Join(
		connect(config, space, device),
		space.do(func() error { return furnish(config) }),
		setSwitches("ipv4/ip_forward", "1"),
		load(hostRules, "%TABLE%", hostTable(config.Instance), "%UPLINK%", device, "%ROUTER%", config.Plan.Router().String()),
	)
	if err != nil {
		return namespace{}, errors.Join(err, space.close())
	}
	return space, nil
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
		load(routerRules, "%BANDWIDTH%", strconv.FormatInt(config.BytesPerSecond, 10)+" bytes/second",
			"%FLOWS%", strconv.Itoa(config.Flows), "%NETWORK%", config.Plan.network().String()),
		setSwitches("ipv4/ip_forward", "1", "ipv4/conf/all/send_redirects", "0", "ipv4/conf/default/send_redirects", "0"),
		netlink.AddrAdd(link, pointToPoint(config.Plan.Router())),
		netlink.LinkSetUp(link),
		netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: net.IP(config.Plan.Host().AsSlice())}),
	)
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
		load("table inet %TABLE%\ndelete table inet %TABLE%\n", "%TABLE%", hostTable(instance)), removeNamespace(path))
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

// Close forgets the router and leaves it in place.
func (r *Router) Close() error {
	r.links.Close()
	return r.space.close()
}

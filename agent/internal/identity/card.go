package identity

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxCardIndex bounds the search for a card: the kernel numbers from 1 what it finds at boot, the loopback first.
const maxCardIndex = 8

// interfaceRequest is struct ifreq of netdevice(7): a name, and a union that begins with what is asked for.
type interfaceRequest struct {
	name  [unix.IFNAMSIZ]byte
	value [24]byte
}

// configureUnused sets the link-layer address of the first card if that has no address yet, joins a network with it if there is to be one,
// and says whether it did. Nearly every claim finds the card so, and up: to take it up costs an emulated guest milliseconds. The requests of
// netdevice(7) run far less code there than netlink's, which describe every card whole.
func configureUnused(mac net.HardwareAddr, network *Network) (bool, error) {
	if network != nil && !network.isIPv4() {
		return false, nil
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false, fmt.Errorf("ask for the network cards: %w", err)
	}
	defer unix.Close(socket)
	card, found := firstEthernet(socket)
	if !found || card.hasAddress(socket) {
		return false, nil
	}
	if err := card.setMAC(socket, mac); err != nil {
		return false, err
	}
	if network != nil {
		return card.join(socket, network)
	}
	return true, card.takeUp(socket)
}

func (n *Network) isIPv4() bool { return n.Address.Addr().Is4() && n.Gateway.Is4() }

// hasAddress tells whether a card has an IPv4 address.
func (r *interfaceRequest) hasAddress(socket int) bool {
	asked := interfaceRequest{name: r.name}
	return asked.send(socket, unix.SIOCGIFADDR) == nil
}

// setMAC changes the link-layer address, which is this request's value, unless it is absent or set already.
func (r *interfaceRequest) setMAC(socket int, mac net.HardwareAddr) error {
	if len(mac) == 0 || bytes.Equal(mac, r.value[2:8]) {
		return nil
	}
	wanted := interfaceRequest{name: r.name}
	binary.NativeEndian.PutUint16(wanted.value[0:], unix.ARPHRD_ETHER)
	copy(wanted.value[2:], mac)
	if err := wanted.send(socket, unix.SIOCSIFHWADDR); err != nil {
		return fmt.Errorf("set the card's address: %w", err)
	}
	return nil
}

// join gives a card that has no address its own and the route to all others. It does not if somebody has left such a route there.
func (r *interfaceRequest) join(socket int, network *Network) (bool, error) {
	mask, _ := netip.AddrFromSlice(net.CIDRMask(network.Address.Bits(), 32))
	for _, step := range []struct {
		name    string
		request uintptr
		address netip.Addr
	}{
		{"address", unix.SIOCSIFADDR, network.Address.Addr()},
		{"mask", unix.SIOCSIFNETMASK, mask},
	} {
		wanted := interfaceRequest{name: r.name}
		copy(wanted.value[:], socketAddress(step.address))
		if err := wanted.send(socket, step.request); err != nil {
			return false, fmt.Errorf("set the %s: %w", step.name, err)
		}
	}
	if err := r.takeUp(socket); err != nil {
		return false, err
	}
	err := r.routeEverything(socket, network.Gateway)
	if errors.Is(err, unix.EEXIST) {
		return false, nil
	}
	return true, err
}

// takeUp takes a card up, if it is not.
func (r *interfaceRequest) takeUp(socket int) error {
	wanted := interfaceRequest{name: r.name}
	if err := wanted.send(socket, unix.SIOCGIFFLAGS); err != nil {
		return fmt.Errorf("ask for the card's state: %w", err)
	}
	flags := binary.NativeEndian.Uint16(wanted.value[:])
	if flags&unix.IFF_UP != 0 {
		return nil
	}
	silence(unix.ByteSliceToString(r.name[:]))
	binary.NativeEndian.PutUint16(wanted.value[:], flags|unix.IFF_UP)
	if err := wanted.send(socket, unix.SIOCSIFFLAGS); err != nil {
		return fmt.Errorf("take the card up: %w", err)
	}
	return nil
}

// addressModeNone keeps the kernel from giving a card a link-local address (IN6_ADDR_GEN_MODE_NONE of linux/if_link.h).
const addressModeNone = "1"

// silence makes a card that is down say nothing by itself when it is taken up: with an IPv6 address of its own it would look for routers. A
// kernel without IPv6 has no such switch, and is silent.
func silence(card string) {
	err := os.WriteFile(filepath.Join("/proc/sys/net/ipv6/conf", card, "addr_gen_mode"), []byte(addressModeNone), 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Printf("the network card is not silent: %v", err)
	}
}

// socketAddress is struct sockaddr_in without a port.
func socketAddress(address netip.Addr) []byte {
	bytes := make([]byte, 16)
	binary.NativeEndian.PutUint16(bytes, unix.AF_INET)
	copy(bytes[4:], address.AsSlice())
	return bytes
}

// routeRequest is struct rtentry of rtnetlink's predecessor, route(7), on a machine of 64 bits.
type routeRequest struct {
	_                             uint64
	destination, gateway, genmask [16]byte
	flags                         uint16
	_                             [6]byte
	_                             [2]uint64
	metric                        int16
	_                             [6]byte
	device                        *byte
	mtu, window                   uint64
	irtt                          uint16
	_                             [6]byte
}

// The flags of a routeRequest (linux/route.h).
const (
	routeUp      = 1
	routeGateway = 2
)

// routeEverything sends what is for nobody on the card's own network to the gateway, which is on it.
func (r *interfaceRequest) routeEverything(socket int, gateway netip.Addr) error {
	route := routeRequest{flags: routeUp | routeGateway, device: &r.name[0]}
	copy(route.destination[:], socketAddress(netip.IPv4Unspecified()))
	copy(route.genmask[:], socketAddress(netip.IPv4Unspecified()))
	copy(route.gateway[:], socketAddress(gateway))
	// SAFETY: the kernel reads one struct rtentry, which route is, and the name that it points to, which r keeps, during the call.
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(socket), unix.SIOCADDRT, uintptr(unsafe.Pointer(&route))); errno != 0 {
		return fmt.Errorf("set the route: %w", errno)
	}
	runtime.KeepAlive(r)
	return nil
}

// firstEthernet returns the name of the card with the lowest index, with its address as the value.
func firstEthernet(socket int) (interfaceRequest, bool) {
	for index := range uint32(maxCardIndex) {
		var request interfaceRequest
		binary.NativeEndian.PutUint32(request.value[:], index+1)
		if request.send(socket, unix.SIOCGIFNAME) != nil {
			continue // No card has this number.
		}
		err := request.send(socket, unix.SIOCGIFHWADDR)
		if err == nil && binary.NativeEndian.Uint16(request.value[:]) == unix.ARPHRD_ETHER {
			return request, true
		}
	}
	return interfaceRequest{}, false
}

func (r *interfaceRequest) send(socket int, number uintptr) error {
	// SAFETY: the kernel reads and writes one struct ifreq, which r is as large as, during the call.
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(socket), number, uintptr(unsafe.Pointer(r))); errno != 0 {
		return errno
	}
	return nil
}

package identity

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
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

// joinCardThatIsDown sets the link-layer address of the first card if that is down, takes it up in a network if there is to be one, and says
// whether the card was down. Nearly every claim finds it so. The requests of netdevice(7) run far less code in an emulated guest than
// netlink's, which describe every card whole.
func joinCardThatIsDown(mac net.HardwareAddr, network *Network) (bool, error) {
	if network != nil && !network.isIPv4() {
		return false, nil
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false, fmt.Errorf("ask for the network cards: %w", err)
	}
	defer unix.Close(socket)
	request, found := firstEthernet(socket)
	if !found {
		return false, nil
	}
	present := bytes.Clone(request.value[2:8])
	if err := request.send(socket, unix.SIOCGIFFLAGS); err != nil {
		return false, fmt.Errorf("ask for the card's state: %w", err)
	}
	flags := binary.NativeEndian.Uint16(request.value[:])
	if flags&unix.IFF_UP != 0 {
		return false, nil
	}
	if len(mac) != 0 && !bytes.Equal(mac, present) {
		request.value = [24]byte{}
		binary.NativeEndian.PutUint16(request.value[0:], unix.ARPHRD_ETHER)
		copy(request.value[2:], mac)
		if err := request.send(socket, unix.SIOCSIFHWADDR); err != nil {
			return false, fmt.Errorf("set the card's address: %w", err)
		}
	}
	if network == nil {
		return true, nil
	}
	return true, request.join(socket, flags, network)
}

func (n *Network) isIPv4() bool { return n.Address.Addr().Is4() && n.Gateway.Is4() }

// join takes a card up in a network.
func (r *interfaceRequest) join(socket int, flags uint16, network *Network) error {
	mask, _ := netip.AddrFromSlice(net.CIDRMask(network.Address.Bits(), 32))
	for _, step := range []struct {
		name    string
		request uintptr
		address netip.Addr
	}{
		{"address", unix.SIOCSIFADDR, network.Address.Addr()},
		{"mask", unix.SIOCSIFNETMASK, mask},
	} {
		r.value = [24]byte{}
		copy(r.value[:], socketAddress(step.address))
		if err := r.send(socket, step.request); err != nil {
			return fmt.Errorf("set the %s: %w", step.name, err)
		}
	}
	r.value = [24]byte{}
	binary.NativeEndian.PutUint16(r.value[:], flags|unix.IFF_UP)
	if err := r.send(socket, unix.SIOCSIFFLAGS); err != nil {
		return fmt.Errorf("take the card up: %w", err)
	}
	return r.routeEverything(socket, network.Gateway)
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

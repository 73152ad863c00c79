package identity

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
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

// addressCardThatIsDown sets the link-layer address of the first card if that is down, and says whether it was. Nearly
// every claim finds it so. The requests of netdevice(7) run far less code in an emulated guest than netlink's,
// which describe every card whole.
func addressCardThatIsDown(mac net.HardwareAddr) (bool, error) {
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
	if binary.NativeEndian.Uint16(request.value[:])&unix.IFF_UP != 0 {
		return false, nil
	}
	if len(mac) == 0 || bytes.Equal(mac, present) {
		return true, nil
	}
	request.value = [24]byte{}
	binary.NativeEndian.PutUint16(request.value[0:], unix.ARPHRD_ETHER)
	copy(request.value[2:], mac)
	if err := request.send(socket, unix.SIOCSIFHWADDR); err != nil {
		return false, fmt.Errorf("set the card's address: %w", err)
	}
	return true, nil
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

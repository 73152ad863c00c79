package router

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// What the kernel logs of packets by netlink (include/uapi/linux/netfilter/nfnetlink_log.h).
const (
	subsystemLog = 4 // NFNL_SUBSYS_ULOG
	logPacket    = netlink.HeaderType(subsystemLog << subsystemShift)
	logConfigure = netlink.HeaderType(subsystemLog<<subsystemShift | 1)

	logCommand = 1 // NFULA_CFG_CMD
	logBind    = 1 // NFULNL_CFG_CMD_BIND
	logMode    = 2 // NFULA_CFG_MODE
	logPackets = 2 // NFULNL_COPY_PACKET
	logTimeout = 4 // NFULA_CFG_TIMEOUT, hundredths of a second

	logPayload = 9  // NFULA_PAYLOAD
	logPrefix  = 10 // NFULA_PREFIX
)

const (
	// logGroup is rules.nft's; a namespace has groups of its own.
	logGroup = 1
	// logBytes of a packet are enough for an IPv4 header as long as can be and the ports after it.
	logBytes = 64
	// logDelay is for how long, in hundredths of a second, the kernel collects packets before it tells of them.
	logDelay = 10
)

// refused is a packet that the rules have dropped.
type refused struct {
	target
	reason string // the prefix in rules.nft
}

// listenForRefusals asks the kernel for the packets that rules log.
func listenForRefusals(in namespace) (*netlink.Conn, error) {
	connection, err := netlink.Dial(unix.NETLINK_NETFILTER, &netlink.Config{NetNS: int(in.file.Fd())})
	if err != nil {
		return nil, err
	}
	attributes := netlink.NewAttributeEncoder()
	attributes.ByteOrder = binary.BigEndian
	attributes.Uint8(logCommand, logBind)
	attributes.Bytes(logMode, append(binary.BigEndian.AppendUint32(nil, logBytes), logPackets, 0))
	attributes.Uint32(logTimeout, logDelay)
	request, err := message(logConfigure, unix.AF_UNSPEC, logGroup, attributes)
	if err == nil {
		_, err = connection.Execute(request)
	}
	if err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	return connection, nil
}

// parseRefused reads the kernel's message of a packet.
func parseRefused(data []byte) (refused, error) {
	attributes, err := attributesOf(data)
	if err != nil {
		return refused{}, err
	}
	var packet refused
	var payload []byte
	for attributes.Next() {
		switch attributes.Type() {
		case logPrefix:
			packet.reason = attributes.String()
		case logPayload:
			payload = attributes.Bytes()
		}
	}
	if err := attributes.Err(); err != nil {
		return refused{}, err
	}
	packet.target, err = parsePacket(payload)
	return packet, err
}

// Offsets in an IPv4 packet.
const (
	shortestHeader  = 20
	headerWords     = 0x0f // of the first byte: the header's length in words of 32 bits
	protocolOffset  = 9
	sourceOffset    = 12
	targetOffset    = 16
	portOffset      = 2 // of the target's, after the header
	portEnd         = 4
	addressBytes    = 4
	bytesPerWord    = 4
	addressesEnd    = targetOffset + addressBytes
	sourceEndOffset = sourceOffset + addressBytes
)

// parsePacket reads where a packet was to go, which is a guest's work: anything may be in it.
func parsePacket(packet []byte) (target, error) {
	if len(packet) < shortestHeader {
		return target{}, errors.New("a packet is too short")
	}
	source, _ := netip.AddrFromSlice(packet[sourceOffset:sourceEndOffset])
	address, _ := netip.AddrFromSlice(packet[targetOffset:addressesEnd])
	found := target{guest: source, address: address, protocol: packet[protocolOffset]}
	rest := int(packet[0]&headerWords) * bytesPerWord
	if hasPorts(found.protocol) && rest >= shortestHeader && len(packet) >= rest+portEnd {
		found.port = binary.BigEndian.Uint16(packet[rest+portOffset:])
	}
	return found, nil
}

func hasPorts(protocol uint8) bool {
	switch protocol {
	case unix.IPPROTO_TCP, unix.IPPROTO_UDP, unix.IPPROTO_UDPLITE, unix.IPPROTO_SCTP, unix.IPPROTO_DCCP:
		return true
	default:
		return false
	}
}

package router

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// What the kernel's connection tracking tells of a flow (include/uapi/linux/netfilter/nfnetlink_conntrack.h), as far as nl does not name it.
const (
	groupNew     = 1 // NFNLGRP_CONNTRACK_NEW
	groupDestroy = 3 // NFNLGRP_CONNTRACK_DESTROY

	countersBytes = 2 // CTA_COUNTERS_BYTES

	filter            = 25 // CTA_FILTER
	filterOrigFlags   = 1  // CTA_FILTER_ORIG_FLAGS
	filterBySource    = 1  // CTA_FILTER_F_CTA_IP_SRC
	subsystemShift    = 8
	conntrackNew      = netlink.HeaderType(unix.NFNL_SUBSYS_CTNETLINK<<subsystemShift | nl.IPCTNL_MSG_CT_NEW)
	conntrackDelete   = netlink.HeaderType(unix.NFNL_SUBSYS_CTNETLINK<<subsystemShift | nl.IPCTNL_MSG_CT_DELETE)
	conntrackStats    = netlink.HeaderType(unix.NFNL_SUBSYS_CTNETLINK<<subsystemShift | 5) // IPCTNL_MSG_CT_GET_STATS
	netfilterHeader   = 4                                                                  // struct nfgenmsg
	netfilterResource = 2                                                                  // its res_id
)

// target is where a packet or flow of a guest leads. The port is 0 for protocols without.
type target struct {
	guest    netip.Addr
	address  netip.Addr
	protocol uint8
	port     uint16
}

// tracked is a flow as the kernel knows it.
type tracked struct {
	target
	id        uint32 // no other flow has it as long as this one is there
	bytesUp   uint64
	bytesDown uint64
}

// message makes what a subsystem of netfilter is told.
func message(kind netlink.HeaderType, family uint8, resource uint16, attributes *netlink.AttributeEncoder) (netlink.Message, error) {
	encoded, err := attributes.Encode()
	if err != nil {
		return netlink.Message{}, err
	}
	header := []byte{family, 0, 0, 0}
	binary.BigEndian.PutUint16(header[netfilterResource:], resource)
	return netlink.Message{
		Header: netlink.Header{Type: kind, Flags: netlink.Request | netlink.Acknowledge}, Data: append(header, encoded...),
	}, nil
}

// attributesOf reads what follows the header of a netfilter message. All numbers in there are in network order.
func attributesOf(data []byte) (*netlink.AttributeDecoder, error) {
	if len(data) < netfilterHeader {
		return nil, errors.New("a netfilter message is too short")
	}
	attributes, err := netlink.NewAttributeDecoder(data[netfilterHeader:])
	if err != nil {
		return nil, err
	}
	attributes.ByteOrder = binary.BigEndian
	return attributes, nil
}

// parseTracked reads the kernel's message of a flow's beginning or end.
func parseTracked(data []byte) (tracked, error) {
	attributes, err := attributesOf(data)
	if err != nil {
		return tracked{}, err
	}
	var flow tracked
	for attributes.Next() {
		switch attributes.Type() {
		case nl.CTA_TUPLE_ORIG:
			attributes.Nested(flow.parseTuple)
		case nl.CTA_ID:
			flow.id = attributes.Uint32()
		case nl.CTA_COUNTERS_ORIG:
			attributes.Nested(func(counters *netlink.AttributeDecoder) error { return parseBytes(counters, &flow.bytesUp) })
		case nl.CTA_COUNTERS_REPLY:
			attributes.Nested(func(counters *netlink.AttributeDecoder) error { return parseBytes(counters, &flow.bytesDown) })
		}
	}
	return flow, attributes.Err()
}

func (t *target) parseTuple(tuple *netlink.AttributeDecoder) error {
	for tuple.Next() {
		switch tuple.Type() {
		case nl.CTA_TUPLE_IP:
			tuple.Nested(t.parseAddresses)
		case nl.CTA_TUPLE_PROTO:
			tuple.Nested(t.parseProtocol)
		}
	}
	return nil
}

func (t *target) parseAddresses(addresses *netlink.AttributeDecoder) error {
	for addresses.Next() {
		switch addresses.Type() {
		case nl.CTA_IP_V4_SRC:
			t.guest, _ = netip.AddrFromSlice(addresses.Bytes())
		case nl.CTA_IP_V4_DST:
			t.address, _ = netip.AddrFromSlice(addresses.Bytes())
		}
	}
	return nil
}

func (t *target) parseProtocol(protocol *netlink.AttributeDecoder) error {
	for protocol.Next() {
		switch protocol.Type() {
		case nl.CTA_PROTO_NUM:
			t.protocol = protocol.Uint8()
		case nl.CTA_PROTO_DST_PORT:
			t.port = protocol.Uint16()
		}
	}
	return nil
}

func parseBytes(counters *netlink.AttributeDecoder, into *uint64) error {
	for counters.Next() {
		if counters.Type() == countersBytes {
			*into = counters.Uint64()
		}
	}
	return nil
}

// tryTracking asks the connection tracking of the calling thread's namespace for anything at all.
func tryTracking() error {
	request, err := message(conntrackStats, unix.AF_UNSPEC, 0, netlink.NewAttributeEncoder())
	if err != nil {
		return err
	}
	return execute(&netlink.Config{}, request)
}

// endFlows makes the kernel forget the flows that a guest has begun: their end is told, and whoever has the address next begins with none.
func endFlows(in namespace, guest netip.Addr) error {
	attributes := netlink.NewAttributeEncoder()
	attributes.Nested(nl.CTA_TUPLE_ORIG, func(tuple *netlink.AttributeEncoder) error {
		tuple.Nested(nl.CTA_TUPLE_IP, func(addresses *netlink.AttributeEncoder) error {
			addresses.Bytes(nl.CTA_IP_V4_SRC, guest.AsSlice())
			return nil
		})
		return nil
	})
	attributes.Nested(filter, func(flags *netlink.AttributeEncoder) error {
		flags.Uint32(filterOrigFlags, filterBySource)
		return nil
	})
	request, err := message(conntrackDelete, unix.AF_INET, 0, attributes)
	if err != nil {
		return err
	}
	if err := execute(&netlink.Config{NetNS: int(in.file.Fd())}, request); err != nil {
		return fmt.Errorf("the flows of %v cannot be ended: %w", guest, err)
	}
	return nil
}

func execute(config *netlink.Config, request netlink.Message) error {
	connection, err := netlink.Dial(unix.NETLINK_NETFILTER, config)
	if err != nil {
		return err
	}
	_, err = connection.Execute(request)
	return errors.Join(err, connection.Close())
}

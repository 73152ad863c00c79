package link

import (
	"encoding/binary"
	"hash/crc32"
)

// The control messages of the handshake; api/link.md has the layout.
const (
	messageBytes = 32
	nonceBytes   = 16
	version      = 2

	// guestOpens is the first version in which the guest opens streams, too.
	guestOpens = 2

	kindHello = 1
	kindEcho  = 2
	kindStart = 3
	kindReady = 4
)

// magic opens every control message. Its first byte is no yamux version, and the carriage return and line feed show
// a path that is not clean for eight bits.
var magic = [8]byte{0x89, 'O', 'M', 'R', 'U', 'N', '\r', '\n'}

type nonce [nonceBytes]byte

type message struct {
	version uint16
	kind    byte
	nonce   nonce
}

func (m message) encode() []byte {
	encoded := make([]byte, messageBytes)
	copy(encoded, magic[:])
	binary.BigEndian.PutUint16(encoded[8:], m.version)
	encoded[10] = m.kind
	copy(encoded[12:], m.nonce[:])
	binary.BigEndian.PutUint32(encoded[28:], crc32.ChecksumIEEE(encoded[:28]))
	return encoded
}

// decode reads a message from exactly messageBytes bytes; false if they are none.
func decode(encoded []byte) (message, bool) {
	if len(encoded) != messageBytes || [8]byte(encoded[:8]) != magic || encoded[11] != 0 {
		return message{}, false
	}
	if binary.BigEndian.Uint32(encoded[28:]) != crc32.ChecksumIEEE(encoded[:28]) {
		return message{}, false
	}
	return message{
		version: binary.BigEndian.Uint16(encoded[8:]),
		kind:    encoded[10],
		nonce:   nonce(encoded[12:28]),
	}, true
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/yamux"
)

const (
	patience   = 60 * time.Second
	helloKind  = 1
	echoKind   = 2
	startKind  = 3
	tagBytes   = 8
	nonceBytes = 16
)

var magic = []byte{0x89, 'O', 'M', 'R', 'U', 'N', '\r', '\n'}

// host is the other end of the link, written after api/link.md alone.
type host struct {
	net.Conn
	reader  *bufio.Reader
	nonce   []byte
	pending []byte
}

func connectHost(t *testing.T, path string) *yamux.Session {
	t.Helper()
	connection, err := net.Dial("unix", path)
	check(t, err)
	host := &host{Conn: connection, reader: bufio.NewReader(connection), nonce: make([]byte, nonceBytes)}
	_, err = rand.Read(host.nonce)
	check(t, err)
	check(t, host.say(helloKind))
	host.awaitEcho(t)
	check(t, host.say(startKind))
	config := yamux.DefaultConfig()
	config.EnableKeepAlive = false
	session, err := yamux.Client(host, config)
	check(t, err)
	t.Cleanup(func() { _ = session.Close() })
	return session
}

func (h *host) say(kind byte) error {
	message := append(bytes.Clone(magic), 0, 1, kind, 0)
	message = append(message, h.nonce...)
	message = binary.BigEndian.AppendUint32(message, crc32.ChecksumIEEE(message))
	_, err := h.Conn.Write(message)
	return err
}

// awaitEcho skips the READY that the agent wrote when it was free.
func (h *host) awaitEcho(t *testing.T) {
	t.Helper()
	message := make([]byte, 32)
	for message[10] != echoKind {
		_, err := io.ReadFull(h.reader, message)
		check(t, err)
	}
	if !bytes.Equal(message[12:28], h.nonce) {
		t.Fatalf("the echo is not ours: %x", message)
	}
}

func (h *host) Read(target []byte) (int, error) {
	if len(h.pending) == 0 {
		var length uint32
		if err := binary.Read(h.reader, binary.BigEndian, &length); err != nil {
			return 0, err
		}
		record := make([]byte, length+tagBytes)
		if _, err := io.ReadFull(h.reader, record); err != nil {
			return 0, err
		}
		if !bytes.Equal(record[length:], h.nonce[tagBytes:]) {
			return 0, fmt.Errorf("wrong tag")
		}
		h.pending = record[:length]
	}
	count := copy(target, h.pending)
	h.pending = h.pending[count:]
	return count, nil
}

func (h *host) Write(payload []byte) (int, error) {
	for start := 0; start < len(payload); start += 65_536 {
		chunk := payload[start:min(len(payload), start+65_536)]
		record := binary.BigEndian.AppendUint32(nil, uint32(len(chunk)))
		record = append(append(record, chunk...), h.nonce[:tagBytes]...)
		if _, err := h.Conn.Write(record); err != nil {
			return start, err
		}
	}
	return len(payload), nil
}

// clientOf speaks HTTP with one port of the guest.
func clientOf(session *yamux.Session, port int) *http.Client {
	dial := func(context.Context, string, string) (net.Conn, error) {
		stream, err := session.Open()
		if err != nil {
			return nil, err
		}
		if _, err := fmt.Fprintf(stream, "CONNECT %d\n", port); err != nil {
			return nil, err
		}
		answer := make([]byte, len("OK 1\n"))
		if _, err := io.ReadFull(stream, answer); err != nil || string(answer) != "OK 1\n" {
			return nil, fmt.Errorf("answer %q: %w", answer, err)
		}
		return stream, nil
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial}, Timeout: patience}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

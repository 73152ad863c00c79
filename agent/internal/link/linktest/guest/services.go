package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net"

	"omnirun/agent/internal/link"
)

// The services by port, as the host's CONNECT names them. Nothing listens on others.
const (
	echoPort       = 7
	digestPort     = 9
	journalPort    = 11
	violationsPort = 12
	silentPort     = 13
	sourcePort     = 19
	uplinkPort     = 23
)

// bufferBytes are read or written at a time; a multiple of the size of source's numbers.
const bufferBytes = 256 * 1024

type services struct {
	journal *journal
	host    *link.Host
}

// handle reads the preface and serves the stream.
func (s *services) handle(stream net.Conn) {
	defer closeLogged(stream)
	input := bufio.NewReaderSize(stream, bufferBytes)
	var port int
	if _, err := fmt.Fscanf(input, "CONNECT %d\n", &port); err != nil {
		return
	}
	serve := s.service(port)
	if serve == nil {
		return
	}
	if _, err := io.WriteString(stream, "OK 1\n"); err != nil {
		return
	}
	if err := serve(stream, input); err != nil {
		log.Printf("port %d: %v", port, err)
	}
}

func (s *services) service(port int) func(io.Writer, *bufio.Reader) error {
	switch port {
	case echoPort:
		return echo
	case digestPort:
		return digest
	case sourcePort:
		return source
	case silentPort:
		return silent
	case uplinkPort:
		return s.uplink
	case journalPort:
		return s.journal.write
	case violationsPort:
		return s.journal.report
	}
	return nil
}

func echo(output io.Writer, input *bufio.Reader) error {
	_, err := io.Copy(output, input)
	return err
}

// digest answers with the SHA-256 of all it was sent.
func digest(output io.Writer, input *bufio.Reader) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, input); err != nil {
		return err
	}
	_, err := io.WriteString(output, hex.EncodeToString(sum.Sum(nil)))
	return err
}

// source sends as many bytes as the first line says: big-endian numbers of eight bytes, counting from 0.
func source(output io.Writer, input *bufio.Reader) error {
	var left int
	if _, err := fmt.Fscanf(input, "%d\n", &left); err != nil {
		return err
	}
	chunk := make([]byte, 0, bufferBytes)
	for counter := uint64(0); left > 0; {
		chunk = chunk[:0]
		for len(chunk) < min(left, bufferBytes) {
			chunk = binary.BigEndian.AppendUint64(chunk, counter)
			counter++
		}
		count, err := output.Write(chunk[:min(left, len(chunk))])
		if err != nil {
			return err
		}
		left -= count
	}
	return nil
}

// uplink opens a stream to the port of the host that the first line says, and joins both, each way with its end.
func (s *services) uplink(output io.Writer, input *bufio.Reader) error {
	var port int
	if _, err := fmt.Fscanf(input, "%d\n", &port); err != nil {
		return err
	}
	stream, err := s.host.Open(context.Background(), port)
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(stream, input)
		closeLogged(stream)
	}()
	_, err = io.Copy(output, stream)
	return err
}

// silent never ends, whatever the other side does: as a server that works on a request, and does not look whether anybody waits.
func silent(io.Writer, *bufio.Reader) error { select {} }

func closeLogged(closer io.Closer) {
	if err := closer.Close(); err != nil {
		log.Printf("close: %v", err)
	}
}

// Package linktest emulates the guest's side of a virtio-serial port for tests, with the habits that make one hard to use.
package linktest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	// queueBytes may wait in each direction: a virtqueue's worth.
	queueBytes = 128 * 1024
	// chunkBytes are moved at a time. It is no divisor of a record, so that cuts fall anywhere.
	chunkBytes = 4093
)

// Departure is whether a guest that waits for bytes is told that its host has left.
type Departure int

const (
	// Noticed departures end a waiting Read with nothing.
	Noticed Departure = iota
	// Silent ones do not, as when the next host comes before the guest has looked: it reads on in what that one sends.
	Silent
	// InTurn has every other departure noticed.
	InTurn
)

// Port is a virtio-serial port without a machine. It outlives its hosts: what one has left half, in either direction, is
// what the next one and the guest see first. Read returns nothing while no host is there, but after a departure that is not
// noticed; Write waits for one.
type Port struct {
	departure Departure

	lock    sync.Mutex
	changed *sync.Cond
	host    *net.UnixConn
	hosts   int
	noticed int
	toGuest bytes.Buffer
	toHost  bytes.Buffer
}

// NewPort makes a port with no host.
func NewPort(departure Departure) *Port {
	port := &Port{departure: departure}
	port.changed = sync.NewCond(&port.lock)
	return port
}

// Read implements the guest's read(2).
func (p *Port) Read(target []byte) (int, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	noticed := p.noticed
	if p.host == nil && p.tells() {
		noticed = -1
	}
	for p.toGuest.Len() == 0 {
		if p.noticed != noticed {
			return 0, nil
		}
		p.changed.Wait()
	}
	p.changed.Broadcast()
	return p.toGuest.Read(target)
}

// Write implements the guest's write(2).
func (p *Port) Write(source []byte) (int, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	for written := 0; written < len(source); {
		for p.host == nil || p.toHost.Len() >= queueBytes {
			p.changed.Wait()
		}
		chunk := source[written:min(len(source), written+chunkBytes)]
		p.toHost.Write(chunk)
		written += len(chunk)
		p.changed.Broadcast()
	}
	return len(source), nil
}

// Connect lets a host have the port until it leaves, and closes its connection. One host at a time.
func (p *Port) Connect(host *net.UnixConn) error {
	p.attach(host)
	var pumps sync.WaitGroup
	pumps.Go(func() { p.pumpToGuest(host) })
	pumps.Go(func() { p.pumpToHost(host) })
	err := awaitHangUp(host)
	p.detach()
	pumps.Wait()
	return errors.Join(err, host.Close())
}

func (p *Port) attach(host *net.UnixConn) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.host = host
	p.hosts++
	p.changed.Broadcast()
}

func (p *Port) detach() {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.host = nil
	if p.tells() {
		p.noticed++
	}
	p.changed.Broadcast()
}

// tells whether the guest is told that the newest host has left.
func (p *Port) tells() bool {
	return p.departure == Noticed || p.departure == InTurn && p.hosts%2 == 0
}

// pumpToGuest goes on to the end of what a host has sent before it left, as long as there is room.
func (p *Port) pumpToGuest(host *net.UnixConn) {
	var chunk [chunkBytes]byte
	for {
		count, err := host.Read(chunk[:])
		if err != nil || !p.queueToGuest(host, chunk[:count]) {
			return
		}
	}
}

// queueToGuest waits for room while the host is there. It is false when nothing more is to be queued: a cut.
func (p *Port) queueToGuest(host *net.UnixConn, chunk []byte) bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	for p.toGuest.Len() >= queueBytes && p.host == host {
		p.changed.Wait()
	}
	p.toGuest.Write(chunk)
	p.changed.Broadcast()
	return p.toGuest.Len() < queueBytes || p.host == host
}

func (p *Port) pumpToHost(host *net.UnixConn) {
	for {
		chunk := p.nextToHost(host)
		if chunk == nil {
			return
		}
		count, err := host.Write(chunk)
		p.dropToHost(count)
		if err != nil {
			return
		}
	}
}

// nextToHost returns a copy of the next bytes, nil when the host has left.
func (p *Port) nextToHost(host *net.UnixConn) []byte {
	p.lock.Lock()
	defer p.lock.Unlock()
	for p.toHost.Len() == 0 && p.host == host {
		p.changed.Wait()
	}
	if p.host != host {
		return nil
	}
	return bytes.Clone(p.toHost.Bytes()[:min(p.toHost.Len(), chunkBytes)])
}

// dropToHost forgets what a host has got; the rest is for the next one.
func (p *Port) dropToHost(count int) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.toHost.Next(count)
	p.changed.Broadcast()
}

// awaitHangUp returns when the other end is closed, though nobody reads or writes.
func awaitHangUp(host *net.UnixConn) error {
	raw, err := host.SyscallConn()
	if err != nil {
		return fmt.Errorf("await a host's end: %w", err)
	}
	var pollErr error
	err = raw.Control(func(descriptor uintptr) {
		pollErr = unix.EINTR
		for errors.Is(pollErr, unix.EINTR) {
			_, pollErr = unix.Poll([]unix.PollFd{{Fd: int32(descriptor)}}, -1)
		}
	})
	return errors.Join(err, pollErr)
}

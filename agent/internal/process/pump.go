package process

import (
	"errors"
	"log"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"omnirun/agent/internal/spool"
)

// pumpBufferBytes is the default capacity of a pipe, which is also as much as a terminal holds.
const pumpBufferBytes = 64 << 10

// pumpBuffers are only held while there is something to read, so that processes that print nothing cost none.
var pumpBuffers = sync.Pool{New: func() any { return new([pumpBufferBytes]byte) }}

// pump moves what a process writes into a spool, as fast as it comes. It owns the file.
type pump struct {
	file  *os.File
	spool *spool.Spool
	// done is closed when the output has ended and the file is closed.
	done chan struct{}

	// mu is held from a read until its bytes are in the spool, so that whoever holds it finds nothing on the way.
	mu    sync.Mutex
	ended bool
}

func startPump(file *os.File, into *spool.Spool) *pump {
	p := &pump{file: file, spool: into, done: make(chan struct{})}
	go p.run()
	return p
}

func (p *pump) run() {
	defer close(p.done)
	defer p.spool.Close()
	defer p.file.Close()
	raw, err := p.file.SyscallConn()
	if err == nil {
		// The runtime waits until there is something to read whenever the function returns false.
		err = raw.Read(func(descriptor uintptr) bool {
			for {
				if count, ended := p.move(int(descriptor)); ended || count == 0 {
					return ended
				}
			}
		})
	}
	if err != nil {
		log.Printf("output of a process: %v", err)
	}
}

// move takes one read's worth of output over without waiting for any: 0 means that there is nothing at present.
func (p *pump) move(descriptor int) (count int, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return 0, true
	}
	buffer := pumpBuffers.Get().(*[pumpBufferBytes]byte)
	defer pumpBuffers.Put(buffer)
	count, err := readOnce(descriptor, buffer[:])
	if errors.Is(err, syscall.EAGAIN) {
		return 0, false
	}
	if err != nil || count == 0 { // A terminal reports EIO when its last program has gone.
		p.ended = true
		return 0, true
	}
	p.spool.Append(buffer[:count])
	return count, false
}

func readOnce(descriptor int, buffer []byte) (int, error) {
	for {
		count, err := unix.Read(descriptor, buffer)
		if err != syscall.EINTR {
			return count, err
		}
	}
}

// catchUp returns when everything written before the call is in the spool. Others may go on writing meanwhile, so it
// stops after as much as can have been waiting in the pipe or terminal.
func (p *pump) catchUp() {
	raw, err := p.file.SyscallConn()
	if err == nil {
		err = raw.Control(func(descriptor uintptr) {
			waiting := waitingAtMost(int(descriptor))
			for taken := 0; taken < waiting; {
				count, ended := p.move(int(descriptor))
				if ended || count == 0 {
					return
				}
				taken += count
			}
		})
	}
	if err != nil {
		return // The file is closed, so its end has been read.
	}
}

// waitingAtMost bounds what a pipe holds, or a terminal: its driver keeps 64 KiB and its line discipline 4 KiB.
func waitingAtMost(descriptor int) int {
	capacity, err := unix.FcntlInt(uintptr(descriptor), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		return 2 * pumpBufferBytes
	}
	return capacity
}

package golden

import (
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/sealed"
	"omnirun/launcher/internal/spec"
	"omnirun/launcher/internal/wire"
)

// maxHeld bounds how many snapshots are held at once: a host has a few templates with a few size classes each. It keeps a mistaken
// server from filling the descriptor table.
const maxHeld = 256

// Opener opens the RAM file of a golden snapshot for reading, in the server's cache, with the server's rights. The caller closes it.
type Opener func(golden spec.Hash) (*os.File, error)

// Store holds golden snapshots by name. It is safe for concurrent use. Held memory goes with the process.
type Store struct {
	open Opener

	mutex sync.Mutex
	held  map[spec.Hash]*holding
}

// Held describes a held snapshot to the server.
type Held struct {
	Golden spec.Hash `json:"golden"`
	Bytes  int64     `json:"bytes"` // the memory that it takes
}

// holding is one snapshot, or the attempt to hold it; its other fields are fixed once ready is closed.
type holding struct {
	ready  chan struct{}
	memory *os.File
	bytes  int64
	err    error
}

// NewStore makes an empty store.
func NewStore(open Opener) *Store {
	return &Store{open: open, held: make(map[spec.Hash]*holding)}
}

// Hold reads a snapshot's RAM into sealed memory unless that is done, and returns how many bytes of memory it takes. It blocks until
// the copy is there; concurrent calls for one snapshot share one copy. After a failure the next call tries anew.
func (s *Store) Hold(golden spec.Hash) (int64, error) {
	s.mutex.Lock()
	current, known := s.held[golden]
	if known {
		s.mutex.Unlock()
		<-current.ready
		return current.bytes, current.err
	}
	if len(s.held) >= maxHeld {
		s.mutex.Unlock()
		return 0, wire.Fail(wire.NoMemory, "%d golden snapshots are held already, which is the most", maxHeld)
	}
	current = &holding{ready: make(chan struct{})}
	s.held[golden] = current
	s.mutex.Unlock()
	s.read(golden, current)
	return current.bytes, current.err
}

func (s *Store) read(golden spec.Hash, current *holding) {
	defer close(current.ready)
	current.memory, current.bytes, current.err = s.copyIn(golden)
	if current.err != nil {
		s.forget(golden, current)
	}
}

func (s *Store) copyIn(golden spec.Hash) (*os.File, int64, error) {
	source, err := s.open(golden)
	if err != nil {
		return nil, 0, err
	}
	defer source.Close()
	if err := checkMemory(source); err != nil {
		return nil, 0, err
	}
	return sealed.Copy(source, "golden-"+string(golden))
}

// checkMemory refuses what would drive the host out of memory: by then it would be too late for an error.
func checkMemory(source *os.File) error {
	var status unix.Stat_t
	if err := unix.Fstat(int(source.Fd()), &status); err != nil {
		return wire.Wrap(wire.Internal, err, "the RAM file cannot be examined")
	}
	const blockBytes = 512 // the unit of st_blocks, whatever the file system's own
	needed := min(status.Size, status.Blocks*blockBytes)
	available, err := availableMemory()
	if err != nil {
		return err
	}
	if needed > available {
		return wire.Fail(wire.NoMemory, "the snapshot needs %d bytes and the host has %d available", needed, available)
	}
	return nil
}

// Release forgets a snapshot; an unknown one is no error. It waits for a copy that is being made. Machines that map it keep it.
func (s *Store) Release(golden spec.Hash) error {
	s.mutex.Lock()
	current, known := s.held[golden]
	s.mutex.Unlock()
	if !known {
		return nil
	}
	<-current.ready
	if !s.forget(golden, current) || current.err != nil {
		return nil
	}
	return current.memory.Close()
}

// List gives the snapshots that are held, by name. One that is still being read is not among them.
func (s *Store) List() []Held {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	listed := make([]Held, 0, len(s.held))
	for name, current := range s.held {
		if current.isReady() {
			listed = append(listed, Held{Golden: name, Bytes: current.bytes})
		}
	}
	slices.SortFunc(listed, func(a, b Held) int { return strings.Compare(string(a.Golden), string(b.Golden)) })
	return listed
}

// forget removes the holding if it is still the one of that name, and says whether it was.
func (s *Store) forget(golden spec.Hash, current *holding) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.held[golden] != current {
		return false
	}
	delete(s.held, golden)
	return true
}

// Memory gives a descriptor of a held snapshot's sealed memory, which the caller closes, and the RAM's size. It is NotFound when the
// snapshot is not held, or not yet.
func (s *Store) Memory(golden spec.Hash) (*os.File, int64, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	current, known := s.held[golden]
	if !known || !current.isReady() {
		return nil, 0, wire.Fail(wire.NotFound, "the golden snapshot %s is not held", golden)
	}
	status, err := current.memory.Stat()
	if err != nil {
		return nil, 0, wire.Wrap(wire.Internal, err, "the golden snapshot %s cannot be examined", golden)
	}
	// Under the lock, so that a release cannot close the number in between and somebody else be given it.
	descriptor, err := unix.FcntlInt(current.memory.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, 0, wire.Wrap(wire.Internal, err, "the golden snapshot %s cannot be handed out", golden)
	}
	return os.NewFile(uintptr(descriptor), current.memory.Name()), status.Size(), nil
}

func (h *holding) isReady() bool {
	select {
	case <-h.ready:
		return h.err == nil
	default:
		return false
	}
}

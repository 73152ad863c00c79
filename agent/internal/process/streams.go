package process

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// streams are the files between the agent and one process: its own ends and the child's, whose place in the slice is
// the descriptor the child gets. In a terminal input and output are the same file.
type streams struct {
	input  *os.File
	output *os.File
	errors *os.File
	child  [3]*os.File
}

// openStreams makes the files for a process. The child's ends are to be closed with closeChildEnds once it has been
// started, all of them with closeAll if it has not.
func openStreams(specification *Specification) (*streams, error) {
	opened := &streams{}
	open := opened.openPipes
	if specification.Terminal != nil {
		open = opened.openTerminal
	}
	if err := open(specification); err != nil {
		opened.closeAll()
		return nil, err
	}
	return opened, nil
}

func (s *streams) openTerminal(specification *Specification) error {
	master, slave, err := openTerminal(*specification.Terminal, specification.User.UID)
	if err != nil {
		return err
	}
	s.input, s.output = master, master
	s.child = [3]*os.File{slave, slave, slave}
	return nil
}

func (s *streams) openPipes(specification *Specification) (err error) {
	if specification.Input {
		s.child[0], s.input, err = openPipe(inputPipe)
	} else {
		s.child[0], err = os.OpenFile(os.DevNull, os.O_RDONLY, 0)
	}
	if err != nil {
		return err
	}
	if s.output, s.child[1], err = openPipe(outputPipe); err != nil {
		return err
	}
	s.errors, s.child[2], err = openPipe(outputPipe)
	return err
}

func (s *streams) closeChildEnds() {
	closeFiles(s.child[:]...)
}

func (s *streams) closeAll() {
	s.closeChildEnds()
	closeFiles(s.input, s.output, s.errors)
}

// closeFiles closes what is there. Closing a pipe or a terminal cannot lose data, and a file that occurs twice is
// already closed the second time, so its error says nothing.
func closeFiles(files ...*os.File) {
	for _, file := range files {
		if file != nil {
			file.Close()
		}
	}
}

// pipeDirection says which end of a pipe is the agent's.
type pipeDirection int

const (
	inputPipe pipeDirection = iota
	outputPipe
)

// openPipe makes a pipe of which only the agent's end is non-blocking. os.Pipe would make both so, and many programs
// take EAGAIN on their standard output for an error.
func openPipe(direction pipeDirection) (reader, writer *os.File, err error) {
	var descriptors [2]int
	if err := unix.Pipe2(descriptors[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, fmt.Errorf("open a pipe: %w", err)
	}
	own := descriptors[1]
	if direction == outputPipe {
		own = descriptors[0]
	}
	if err := unix.SetNonblock(own, true); err != nil {
		unix.Close(descriptors[0])
		unix.Close(descriptors[1])
		return nil, nil, fmt.Errorf("open a pipe: %w", err)
	}
	return os.NewFile(uintptr(descriptors[0]), "pipe"), os.NewFile(uintptr(descriptors[1]), "pipe"), nil
}

package jail

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// image is where the arguments of the one permitted execve stand in memory. The addresses are drawn at random, some 86 bits together, and
// nobody in the program that is begun can find them out: it has a new memory, and the filter that knows them cannot be read without
// CAP_SYS_ADMIN. So the filter, which must be there before the VMM begins, permits this execve and no later one.
type image struct {
	path      uintptr // a text
	arguments uintptr // an array of pointers to texts, which a null ends
}

// The range from which addresses are drawn: above what a 32-bit address reaches, below the end of every process.
const (
	lowestAddress = 1 << 32
	addressBits   = 46
	pageBytes     = 4096
	pointerBytes  = 8
)

// placements bounds how often a place is drawn that has something in it already.
const placements = 16

// newImage lays out a path and arguments, the program's name among them.
func newImage(path string, arguments []string) (image, error) {
	texts := append([]byte(path), 0)
	offsets := make([]uint64, 0, len(arguments))
	for _, argument := range arguments {
		offsets = append(offsets, uint64(len(texts)))
		texts = append(append(texts, argument...), 0)
	}
	at, err := place(texts)
	if err != nil {
		return image{}, err
	}
	pointers := make([]byte, 0, pointerBytes*(len(offsets)+1))
	for _, offset := range offsets {
		pointers = binary.LittleEndian.AppendUint64(pointers, uint64(at)+offset)
	}
	pointers = binary.LittleEndian.AppendUint64(pointers, 0)
	array, err := place(pointers)
	return image{path: at, arguments: array}, err
}

// execute becomes the program, without an environment. It returns only if that fails.
func (i image) execute() error {
	_, _, failure := unix.RawSyscall(unix.SYS_EXECVE, i.path, i.arguments, 0)
	return failure
}

// place maps content at an address that nobody can guess. The mapping stays until execve.
func place(content []byte) (uintptr, error) {
	for range placements {
		drawn, err := drawAddress()
		if err != nil {
			return 0, err
		}
		err = mapAt(drawn&^(pageBytes-1), append(make([]byte, drawn%pageBytes), content...))
		if !errors.Is(err, unix.EEXIST) {
			return drawn, err
		}
	}
	return 0, errors.New("there is no place for the program's arguments")
}

func drawAddress() (uintptr, error) {
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return 0, err
	}
	const mask = 1<<addressBits - pointerBytes // a multiple of a pointer's size
	return lowestAddress + uintptr(binary.LittleEndian.Uint64(random[:])&mask), nil
}

// mapAt maps a file with the content, rather than memory that is written afterwards: Go's pointers may not lead there.
func mapAt(address uintptr, content []byte) error {
	file, err := unix.MemfdCreate("arguments", unix.MFD_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(file)
	if written, err := unix.Write(file, content); err != nil || written != len(content) {
		return fmt.Errorf("%d of %d bytes were written: %w", written, len(content), err)
	}
	const flags = unix.MAP_PRIVATE | unix.MAP_FIXED_NOREPLACE
	_, _, failure := unix.RawSyscall6(unix.SYS_MMAP, address, uintptr(len(content)), unix.PROT_READ, flags, uintptr(file), 0)
	if failure != 0 {
		return failure
	}
	return nil
}

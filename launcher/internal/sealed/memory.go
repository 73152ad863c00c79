package sealed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/wire"
)

// chunkBytes is how much is copied at once: large enough that the calls do not count, small enough to stay in the CPU's cache.
const chunkBytes = 1 << 20

// pageBytes is the grain in which zeros are left out. It is the kernel's page, below which a hole saves nothing.
const pageBytes = 4096

// seals forbid every later change of the memory, and of the seals.
const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE | unix.F_SEAL_SEAL

// Copy copies a file into a new memory file and seals it. Holes, and pages of zeros, stay holes. It returns the memory file, whose
// size is the file's, and how many bytes of it hold data; the caller closes it. The source's offset moves.
func Copy(source *os.File, name string) (*os.File, int64, error) {
	descriptor, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, 0, wire.Wrap(wire.Internal, err, "a memory file cannot be made")
	}
	memory := os.NewFile(uintptr(descriptor), name)
	held, err := fill(memory, source)
	if err == nil {
		_, err = unix.FcntlInt(memory.Fd(), unix.F_ADD_SEALS, seals)
	}
	if errors.Is(err, unix.ENOSPC) {
		// On a memory file this is not the disk.
		err = wire.Wrap(wire.NoMemory, unix.ENOMEM, "there is no memory for %s", name)
	}
	if err != nil {
		return nil, 0, errors.Join(wire.Wrap(wire.Internal, err, "%s cannot be copied into memory", name), memory.Close())
	}
	return memory, held, nil
}

// fill copies the extents of data one after the other.
func fill(memory, source *os.File) (int64, error) {
	status, err := source.Stat()
	if err != nil {
		return 0, err
	}
	size := status.Size()
	if err := memory.Truncate(size); err != nil {
		return 0, err
	}
	var held int64
	for position := int64(0); position < size; {
		start, end, err := nextExtent(source, position, size)
		if err != nil {
			return held, err
		}
		written, err := copyExtent(memory, source, start, end)
		held += written
		if err != nil {
			return held, err
		}
		position = end
	}
	return held, nil
}

// nextExtent finds data at or after the position; without any it answers with an empty extent at the file's end.
func nextExtent(source *os.File, position, size int64) (start, end int64, err error) {
	start, err = source.Seek(position, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		return size, size, nil
	}
	if err != nil {
		return 0, 0, err
	}
	end, err = source.Seek(start, unix.SEEK_HOLE)
	return start, min(end, size), err
}

func copyExtent(memory, source *os.File, start, end int64) (int64, error) {
	buffer := make([]byte, chunkBytes)
	var held int64
	for start < end {
		chunk := buffer[:min(chunkBytes, end-start)]
		if _, err := source.ReadAt(chunk, start); err != nil {
			if errors.Is(err, io.EOF) {
				return held, fmt.Errorf("the file became shorter while it was read: %w", io.ErrUnexpectedEOF)
			}
			return held, err
		}
		written, err := writePages(memory, chunk, start)
		held += written
		if err != nil {
			return held, err
		}
		start += int64(len(chunk))
	}
	return held, nil
}

// writePages writes runs of pages that hold something.
func writePages(memory *os.File, chunk []byte, offset int64) (int64, error) {
	var held int64
	for first := 0; first < len(chunk); {
		end := first
		for end < len(chunk) && !isZero(page(chunk, end)) {
			end += len(page(chunk, end))
		}
		if end == first {
			first += len(page(chunk, first))
			continue
		}
		if _, err := memory.WriteAt(chunk[first:end], offset+int64(first)); err != nil {
			return held, err
		}
		held += int64(end - first)
		first = end
	}
	return held, nil
}

func page(chunk []byte, start int) []byte { return chunk[start:min(start+pageBytes, len(chunk))] }

var zeroPage [pageBytes]byte

func isZero(candidate []byte) bool { return bytes.Equal(candidate, zeroPage[:len(candidate)]) }

package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

const (
	// entryHeaderBytes are the writer u64, the sequence u64 and the filler's length u32 of an entry.
	entryHeaderBytes = 20
	maxFillerBytes   = 256 * 1024
)

// journal keeps what writers have sent and acknowledges it. A writer has one stream and numbers its entries from 1; all
// bytes of its filler are made of writer and sequence. So an entry with a byte of another session in it is seen.
type journal struct {
	lock       sync.Mutex
	last       map[uint64]uint64
	violations []string
}

func newJournal() *journal { return &journal{last: map[uint64]uint64{}} }

// write takes the entries of one writer and answers each, once it is kept, with itself.
func (j *journal) write(output io.Writer, input *bufio.Reader) error {
	var expected uint64
	var writer uint64
	for {
		entry, err := readEntry(input)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return j.classify(err)
		}
		if expected == 0 {
			writer = entry.writer
		}
		expected++
		if entry.writer != writer || entry.sequence != expected {
			return j.violation(fmt.Sprintf("writer %d, entry %d: got writer %d, entry %d", writer, expected, entry.writer, entry.sequence))
		}
		j.keep(entry)
		if _, err := output.Write(entry.bytes); err != nil {
			return err
		}
	}
}

type entry struct {
	writer   uint64
	sequence uint64
	bytes    []byte
}

var errNoEntry = errors.New("not an entry")

func readEntry(input io.Reader) (entry, error) {
	var header [entryHeaderBytes]byte
	if _, err := io.ReadFull(input, header[:]); err != nil {
		return entry{}, err
	}
	length := binary.BigEndian.Uint32(header[16:])
	if length > maxFillerBytes {
		return entry{}, fmt.Errorf("%w: %d bytes of filler", errNoEntry, length)
	}
	read := entry{
		writer:   binary.BigEndian.Uint64(header[:]),
		sequence: binary.BigEndian.Uint64(header[8:]),
		bytes:    append(header[:], make([]byte, length)...),
	}
	filler := read.bytes[entryHeaderBytes:]
	if _, err := io.ReadFull(input, filler); err != nil {
		return entry{}, err
	}
	for _, value := range filler {
		if value != byte(read.writer)^byte(read.sequence) {
			return entry{}, fmt.Errorf("%w: writer %d, entry %d: a foreign byte", errNoEntry, read.writer, read.sequence)
		}
	}
	return read, nil
}

func (j *journal) keep(kept entry) {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.last[kept.writer] = kept.sequence
}

// classify tells a stream that ended early, which is usual here, from bytes that nobody can have written.
func (j *journal) classify(err error) error {
	if errors.Is(err, errNoEntry) {
		return j.violation(err.Error())
	}
	return err
}

func (j *journal) violation(text string) error {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.violations = append(j.violations, text)
	return errors.New(text)
}

// report answers a line with a writer's number by that writer's last entry, then how many violations there were, then the
// first of them.
func (j *journal) report(output io.Writer, input *bufio.Reader) error {
	var writer uint64
	if _, err := fmt.Fscanf(input, "%d\n", &writer); err != nil {
		return err
	}
	j.lock.Lock()
	text := fmt.Sprintf("%d %d", j.last[writer], len(j.violations))
	if len(j.violations) > 0 {
		text += " " + j.violations[0]
	}
	j.lock.Unlock()
	_, err := io.WriteString(output, text)
	return err
}

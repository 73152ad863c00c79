package spool

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	smallCapacity = 64 << 10
	patience      = 60 * time.Second
)

func newStore(t *testing.T, directory string, stallLimit time.Duration) *Store {
	t.Helper()
	store, err := NewStore(directory)
	if err != nil {
		t.Fatal(err)
	}
	store.capacity = smallCapacity
	store.stallLimit = stallLimit
	return store
}

func newSpool(t *testing.T) *Spool {
	t.Helper()
	spool := newStore(t, filepath.Join(t.TempDir(), "spool"), patience).New(func() {})
	t.Cleanup(spool.Release)
	return spool
}

// numbered returns size bytes in which every byte depends on its offset in the stream.
func numbered(from, size int) []byte {
	data := make([]byte, size)
	for index := range data {
		data[index] = byte((from + index) * 31 >> 3)
	}
	return data
}

func readAll(t *testing.T, cursor *Cursor) (first int64, data []byte) {
	t.Helper()
	first = -1
	buffer := make([]byte, 1000)
	for {
		count, offset, err := cursor.Read(buffer, math.MaxInt64)
		if err != nil {
			t.Fatal(err)
		}
		if first < 0 {
			first = offset
		}
		if count == 0 {
			return first, data
		}
		data = append(data, buffer[:count]...)
	}
}

func TestEveryByteIsReadBackWhileItIsStillInMemory(t *testing.T) {
	spool := newSpool(t)
	spool.Append(numbered(0, 100))
	spool.Append(numbered(100, 900))
	if spool.file != nil {
		t.Error("a short output has a file")
	}
	first, data := readAll(t, spool.NewCursor(0))
	if first != 0 || !bytes.Equal(data, numbered(0, 1000)) {
		t.Errorf("read %d bytes from %d, not what was written", len(data), first)
	}
}

func TestTheOldestBytesAreDroppedBeyondTheCapacity(t *testing.T) {
	spool := newSpool(t)
	const total = 5*smallCapacity + 777
	for from := 0; from < total; from += 999 {
		spool.Append(numbered(from, min(999, total-from)))
	}
	first, data := readAll(t, spool.NewCursor(0))
	if first != total-smallCapacity || !bytes.Equal(data, numbered(total-smallCapacity, smallCapacity)) {
		t.Errorf("read %d bytes from %d", len(data), first)
	}
	if !spool.Truncated() {
		t.Error("not reported as truncated")
	}
	newest, from, err := spool.ReadNewest(1234)
	if err != nil || from != total-1234 || !bytes.Equal(newest, numbered(total-1234, 1234)) {
		t.Errorf("newest bytes are wrong (%v)", err)
	}
}

func TestAPieceLargerThanTheSpoolLeavesItsOwnEnd(t *testing.T) {
	spool := newSpool(t)
	spool.Append(numbered(0, 3*smallCapacity))
	first, data := readAll(t, spool.NewCursor(0))
	if first != 2*smallCapacity || !bytes.Equal(data, numbered(2*smallCapacity, smallCapacity)) {
		t.Errorf("read %d bytes from %d", len(data), first)
	}
}

func TestAReaderThatKeepsGoingMissesNothing(t *testing.T) {
	changed := make(chan struct{}, 1)
	spool := newStore(t, filepath.Join(t.TempDir(), "spool"), patience).New(func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer spool.Release()
	cursor := spool.NewCursor(0)
	defer cursor.Close()
	const total = 20 * smallCapacity
	go func() {
		spool.Append(numbered(0, total))
		spool.Close()
	}()
	var data []byte
	for buffer := make([]byte, 500); len(data) < total; {
		count, offset, err := cursor.Read(buffer, math.MaxInt64)
		if err != nil || count > 0 && offset != int64(len(data)) {
			t.Fatalf("got offset %d after %d bytes (%v)", offset, len(data), err)
		}
		data = append(data, buffer[:count]...)
		if count == 0 {
			<-changed
		}
	}
	if !bytes.Equal(data, numbered(0, total)) {
		t.Error("the bytes differ")
	}
}

func TestAReaderThatStopsDoesNotBlockTheWriterForEver(t *testing.T) {
	spool := newStore(t, filepath.Join(t.TempDir(), "spool"), time.Millisecond).New(func() {})
	defer spool.Release()
	cursor := spool.NewCursor(0)
	defer cursor.Close()
	spool.Append(numbered(0, 4*smallCapacity))
	if first, _ := readAll(t, cursor); first != 3*smallCapacity {
		t.Errorf("the stopped reader went on at %d", first)
	}
}

func TestAReaderThatLeavesFreesTheWriterAtOnce(t *testing.T) {
	spool := newSpool(t) // Its stall limit is longer than the test may take.
	cursor := spool.NewCursor(0)
	spool.Append(numbered(0, smallCapacity))
	done := make(chan struct{})
	go func() {
		spool.Append(numbered(0, smallCapacity))
		close(done)
	}()
	cursor.Close()
	select {
	case <-done:
	case <-time.After(patience / 2):
		t.Fatal("the writer still waits")
	}
}

func TestAReleasedSpoolTakesOutputAndHoldsNothing(t *testing.T) {
	spool := newSpool(t)
	spool.Append(numbered(0, smallCapacity))
	spool.Release()
	spool.Append(numbered(0, 10))
	if start, end := spool.Bounds(); start != end || end != smallCapacity+10 {
		t.Errorf("bounds are %d and %d", start, end)
	}
}

func TestAFullDiskDropsOutputAndGoesOnWhenThereIsRoomAgain(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to mount a tmpfs")
	}
	mountPoint := t.TempDir()
	if err := unix.Mount("tmpfs", mountPoint, "tmpfs", 0, "size=128k"); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(mountPoint, unix.MNT_DETACH)
	spool := newStore(t, filepath.Join(mountPoint, "spool"), patience).New(func() {})
	defer spool.Release()
	ballast := filepath.Join(mountPoint, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 120<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	spool.Append(numbered(0, smallCapacity))
	if start, end := spool.Bounds(); end != smallCapacity || start != end {
		t.Fatalf("bounds are %d and %d", start, end)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	spool.Append(numbered(smallCapacity, 40<<10))
	first, data := readAll(t, spool.NewCursor(0))
	if first != smallCapacity || !bytes.Equal(data, numbered(smallCapacity, 40<<10)) {
		t.Errorf("read %d bytes from %d", len(data), first)
	}
}

func TestOnlyTheOwnerCanEnterTheSpoolDirectoryAndItsFilesHaveNoName(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "spool")
	spool := newStore(t, directory, patience).New(func() {})
	defer spool.Release()
	spool.Append(numbered(0, smallCapacity))
	information, err := os.Stat(directory)
	if err != nil || information.Mode().Perm() != 0o700 {
		t.Errorf("mode %v (%v)", information.Mode(), err)
	}
	if entries, err := os.ReadDir(directory); err != nil || len(entries) != 0 {
		t.Errorf("%d files have names (%v)", len(entries), err)
	}
}

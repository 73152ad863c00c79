package sealed

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// sparseFile makes a file of 64 MiB that holds data in three places, one of them at an odd offset and one at the very end.
func sparseFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	file, err := os.Create(path)
	must(t, err)
	defer file.Close()
	must(t, file.Truncate(64<<20))
	source := rand.NewChaCha8([32]byte{1})
	for _, extent := range []struct{ offset, length int64 }{{0, 8192}, {5<<20 + 123, 3 << 20}, {64<<20 - 10, 10}} {
		content := make([]byte, extent.length)
		source.Read(content)
		_, err := file.WriteAt(content, extent.offset)
		must(t, err)
	}
	return path
}

func copyOf(t *testing.T, path string) (*os.File, int64) {
	t.Helper()
	source, err := os.Open(path)
	must(t, err)
	defer source.Close()
	memory, held, err := Copy(source, "test")
	must(t, err)
	t.Cleanup(func() { must(t, memory.Close()) })
	return memory, held
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheCopyEqualsTheFileAndItsHolesTakeNoMemory(t *testing.T) {
	path := sparseFile(t)
	memory, held := copyOf(t, path)
	want, err := os.ReadFile(path)
	must(t, err)
	got := make([]byte, len(want))
	_, err = memory.ReadAt(got, 0)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Fatal("the memory differs from the file")
	}
	var status unix.Stat_t
	must(t, unix.Fstat(int(memory.Fd()), &status))
	if status.Blocks*512 > 4<<20 || held > 4<<20 {
		t.Fatalf("%d bytes of memory for 3 MiB of data, reported as %d", status.Blocks*512, held)
	}
}

func TestPagesOfZerosTakeNoMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ram")
	must(t, os.WriteFile(path, make([]byte, 8<<20), 0o600))
	_, held := copyOf(t, path)
	if held != 0 {
		t.Fatalf("%d bytes are held", held)
	}
}

func TestNothingCanChangeACopy(t *testing.T) {
	memory, _ := copyOf(t, sparseFile(t))
	if _, err := memory.WriteAt([]byte{1}, 0); !errors.Is(err, unix.EPERM) {
		t.Errorf("write: %v", err)
	}
	if err := memory.Truncate(1); !errors.Is(err, unix.EPERM) {
		t.Errorf("truncate: %v", err)
	}
	if err := memory.Truncate(128 << 20); !errors.Is(err, unix.EPERM) {
		t.Errorf("grow: %v", err)
	}
	if _, err := unix.Mmap(int(memory.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); !errors.Is(err, unix.EPERM) {
		t.Errorf("shared writable mapping: %v", err)
	}
	if _, err := unix.FcntlInt(memory.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_FUTURE_WRITE); !errors.Is(err, unix.EPERM) {
		t.Errorf("other seals: %v", err)
	}
	if err := unix.Fallocate(int(memory.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, 4096); !errors.Is(err, unix.EPERM) {
		t.Errorf("punching a hole: %v", err)
	}
}

func TestAPrivateMappingOfACopyIsWritableAndTheCopyUntouched(t *testing.T) {
	memory, _ := copyOf(t, sparseFile(t))
	mapping, err := unix.Mmap(int(memory.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	must(t, err)
	defer unix.Munmap(mapping)
	before := mapping[0]
	mapping[0]++
	var after [1]byte
	_, err = memory.ReadAt(after[:], 0)
	must(t, err)
	if after[0] != before {
		t.Fatal("the copy changed")
	}
}

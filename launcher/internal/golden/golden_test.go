package golden

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"omnirun/launcher/internal/spec"
	"omnirun/launcher/internal/wire"
)

const snapshot spec.Hash = "0123456789abcdef"

// ramFile makes a RAM file with a little data in it.
func ramFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ram")
	must(t, os.WriteFile(path, []byte("some RAM"), 0o600))
	must(t, os.Truncate(path, 1<<20))
	return path
}

func storeOf(path string) *Store {
	return NewStore(func(spec.Hash) (*os.File, error) { return os.Open(path) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantNotFound(t *testing.T, err error) {
	t.Helper()
	var failure *wire.Failure
	if !errors.As(err, &failure) || failure.Code != wire.NotFound {
		t.Fatalf("got %v, want not_found", err)
	}
}

func TestConcurrentHoldsShareOneCopy(t *testing.T) {
	path := ramFile(t)
	var opened atomic.Int32
	store := NewStore(func(spec.Hash) (*os.File, error) { opened.Add(1); return os.Open(path) })
	var holders sync.WaitGroup
	for range 16 {
		holders.Go(func() {
			if _, err := store.Hold(snapshot); err != nil {
				t.Error(err)
			}
		})
	}
	holders.Wait()
	if opened.Load() != 1 {
		t.Fatalf("the file was read %d times", opened.Load())
	}
}

func TestAReleasedSnapshotIsNotFoundAndItsUsersKeepIt(t *testing.T) {
	store := storeOf(ramFile(t))
	_, err := store.Hold(snapshot)
	must(t, err)
	memory, _, err := store.Memory(snapshot)
	must(t, err)
	defer memory.Close()
	must(t, store.Release(snapshot))
	must(t, store.Release(snapshot))
	_, _, err = store.Memory(snapshot)
	wantNotFound(t, err)
	if _, err := memory.ReadAt(make([]byte, 1), 0); err != nil {
		t.Fatalf("the descriptor handed out before died: %v", err)
	}
}

func TestHeldSnapshotsAreListedAndReleasedOnesAreNot(t *testing.T) {
	const other spec.Hash = "00000000000000ff"
	store := storeOf(ramFile(t))
	if listed := store.List(); len(listed) != 0 {
		t.Fatalf("%v are held by nobody's wish", listed)
	}
	bytes, err := store.Hold(snapshot)
	must(t, err)
	_, err = store.Hold(other)
	must(t, err)
	if listed := store.List(); !slices.Equal(listed, []Held{{other, bytes}, {snapshot, bytes}}) {
		t.Fatalf("got %v", listed)
	}
	must(t, store.Release(other))
	if listed := store.List(); !slices.Equal(listed, []Held{{snapshot, bytes}}) {
		t.Fatalf("got %v", listed)
	}
}

func TestASnapshotThatIsStillReadIsNotListed(t *testing.T) {
	path := ramFile(t)
	reading, goOn := make(chan struct{}), make(chan struct{})
	store := NewStore(func(spec.Hash) (*os.File, error) {
		close(reading)
		<-goOn
		return os.Open(path)
	})
	var holder sync.WaitGroup
	holder.Go(func() {
		if _, err := store.Hold(snapshot); err != nil {
			t.Error(err)
		}
	})
	<-reading
	if listed := store.List(); len(listed) != 0 {
		t.Errorf("got %v", listed)
	}
	close(goOn)
	holder.Wait()
	if listed := store.List(); len(listed) != 1 {
		t.Errorf("got %v", listed)
	}
}

func TestAFailedHoldIsTriedAnew(t *testing.T) {
	path := ramFile(t)
	var failed bool
	store := NewStore(func(spec.Hash) (*os.File, error) {
		if !failed {
			failed = true
			return nil, wire.Fail(wire.NotFound, "not there yet")
		}
		return os.Open(path)
	})
	_, err := store.Hold(snapshot)
	wantNotFound(t, err)
	_, err = store.Hold(snapshot)
	must(t, err)
}

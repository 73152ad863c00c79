package access

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"omnirun/agent/internal/users"
)

var nobody = users.User{Name: "nobody", UID: 65534, GID: 65534, Groups: []uint32{65534, 4242}}

func requireRoot(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to act as somebody else")
	}
	directory := t.TempDir()
	if err := os.Chmod(directory, 0o777); err != nil {
		t.Fatal(err)
	}
	for parent := filepath.Dir(directory); parent != os.TempDir(); parent = filepath.Dir(parent) {
		if err := os.Chmod(parent, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return directory
}

func TestFilesMadeAsAUserBelongToIt(t *testing.T) {
	path := filepath.Join(requireRoot(t), "file")
	if err := As(nobody, func() error { return os.WriteFile(path, nil, 0o644) }); err != nil {
		t.Fatal(err)
	}
	information, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if owner := information.Sys().(*syscall.Stat_t); owner.Uid != nobody.UID || owner.Gid != nobody.GID {
		t.Errorf("owner is %d:%d", owner.Uid, owner.Gid)
	}
}

func TestAUserIsRefusedWhatItsRightsDoNotCoverWhileOtherThreadsStayRoot(t *testing.T) {
	path := filepath.Join(requireRoot(t), "secret")
	if err := os.WriteFile(path, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			err := As(nobody, func() error {
				_, err := os.ReadFile(path)
				return err
			})
			if !errors.Is(err, fs.ErrPermission) {
				t.Errorf("as nobody: %v", err)
			}
		})
		group.Go(func() {
			if _, err := os.ReadFile(path); err != nil {
				t.Errorf("as root: %v", err)
			}
		})
	}
	group.Wait()
}

func TestSupplementaryGroupsCount(t *testing.T) {
	path := filepath.Join(requireRoot(t), "shared")
	if err := os.WriteFile(path, []byte("x"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 0, 4242); err != nil {
		t.Fatal(err)
	}
	err := As(nobody, func() error {
		_, err := os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

package filesystem

import (
	"os"
	"path/filepath"
	"testing"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/filesystem"
)

func TestWhatIsMountedIsNotRemoved(t *testing.T) {
	f := newFixture(t)
	check(t, os.Symlink("/", filepath.Join(f.home, "root")))
	for _, path := range []string{"/proc", "/proc/", filepath.Join(f.home, "root/proc"), "/"} {
		_, err := f.client.Remove(f.ctx, asked(&wire.RemoveRequest{Path: path}, ""))
		if code := connect.CodeOf(err); code != connect.CodeFailedPrecondition && (path != "/" || code != connect.CodeInvalidArgument) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestALinkToAMountIsRemovedAlone(t *testing.T) {
	f := newFixture(t)
	link := filepath.Join(f.home, "link")
	check(t, os.Symlink("/proc", link))
	_, err := f.client.Remove(f.ctx, asked(&wire.RemoveRequest{Path: link}, ""))
	check(t, err)
	if _, err := os.Lstat(link); !os.IsNotExist(err) {
		t.Error(err)
	}
}

func TestMountPointsAreFoundAtAndBelowAPath(t *testing.T) {
	table := "24 1 0:22 / / rw - ext4 /dev/vda rw\n" +
		`25 24 0:23 / /mnt/with\040space rw - tmpfs t rw` + "\n26 24 0:24 / /data/in/deep rw - tmpfs t rw\n"
	for path, expected := range map[string]bool{
		"/mnt/with space": true, "/mnt": true, "/data/in": true, "/data/in/deep": true,
		"/data/in/deeper": false, "/data/i": false, "/mnt/with": false, "/home": false,
	} {
		if _, found := mountWithin(table, path); found != expected {
			t.Errorf("%s: %v", path, found)
		}
	}
}

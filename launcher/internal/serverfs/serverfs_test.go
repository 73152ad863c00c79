package serverfs

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/wire"
)

// testServer stands for the server: a uid that owns nothing on any host.
var testServer = Identity{UID: 61017, GID: 61017}

const machineName = "m-0123456789abcdefghij"

// newRoot makes a root directory of the server's with one machine directory in it.
func newRoot(t *testing.T) (*Root, string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	path := filepath.Join(t.TempDir(), "state")
	for _, directory := range []string{path, filepath.Join(path, "machines"), filepath.Join(path, "machines", machineName)} {
		must(t, os.Mkdir(directory, 0o700))
		must(t, os.Chown(directory, testServer.UID, testServer.GID))
	}
	root, err := OpenRoot(path, testServer)
	must(t, err)
	t.Cleanup(func() { must(t, root.Close()) })
	return root, path
}

func machineDir(t *testing.T, root *Root) *MachineDir {
	t.Helper()
	directory, err := root.MachineDir("machines/" + machineName)
	must(t, err)
	t.Cleanup(func() { must(t, directory.Close()) })
	return directory
}

func writeFile(t *testing.T, path string, uid int) {
	t.Helper()
	must(t, os.WriteFile(path, []byte("content"), 0o600))
	must(t, os.Chown(path, uid, uid))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, code wire.Code) {
	t.Helper()
	var failure *wire.Failure
	if !errors.As(err, &failure) || failure.Code != code {
		t.Fatalf("got %v, want the code %s", err, code)
	}
}

func TestTheServersOwnFileIsOpened(t *testing.T) {
	root, path := newRoot(t)
	writeFile(t, filepath.Join(path, "machines", machineName, "disk.img"), testServer.UID)
	file, err := machineDir(t, root).Regular("disk.img", unix.O_RDWR)
	must(t, err)
	must(t, file.Close())
}

func TestAMissingFileIsNotFound(t *testing.T) {
	root, _ := newRoot(t)
	_, err := machineDir(t, root).Regular("disk.img", unix.O_RDWR)
	wantCode(t, err, wire.NotFound)
}

func TestASymbolicLinkInPlaceOfAFileIsRefused(t *testing.T) {
	root, path := newRoot(t)
	target := filepath.Join(path, "target")
	writeFile(t, target, testServer.UID)
	must(t, os.Symlink(target, filepath.Join(path, "machines", machineName, "disk.img")))
	_, err := machineDir(t, root).Regular("disk.img", unix.O_RDWR)
	wantCode(t, err, wire.InvalidSpec)
}

func TestASymbolicLinkInPlaceOfTheMachineDirectoryIsRefused(t *testing.T) {
	root, path := newRoot(t)
	directory := filepath.Join(path, "machines", machineName)
	must(t, os.Rename(directory, directory+"-elsewhere"))
	must(t, os.Symlink(directory+"-elsewhere", directory))
	_, err := root.MachineDir("machines/" + machineName)
	wantCode(t, err, wire.InvalidSpec)
}

func TestAPathThatLeavesTheDirectoryIsRefused(t *testing.T) {
	root, path := newRoot(t)
	writeFile(t, filepath.Join(filepath.Dir(path), "outside"), testServer.UID)
	for _, escape := range []string{"../outside", "machines/../../outside", "/etc/hostname"} {
		_, err := root.Regular(escape, unix.O_RDONLY)
		wantCode(t, err, wire.InvalidSpec)
	}
}

func TestAFileThatTheServerCouldNotOpenIsRefused(t *testing.T) {
	root, path := newRoot(t)
	writeFile(t, filepath.Join(path, "ram"), 0)
	_, err := root.Regular("ram", unix.O_RDONLY)
	wantCode(t, err, wire.InvalidSpec)
}

func TestAReadableFileOfAnotherUserIsRefused(t *testing.T) {
	root, path := newRoot(t)
	writeFile(t, filepath.Join(path, "ram"), testServer.UID+1)
	must(t, os.Chmod(filepath.Join(path, "ram"), 0o644))
	_, err := root.Regular("ram", unix.O_RDONLY)
	wantCode(t, err, wire.InvalidSpec)
}

func TestAReadableFileOfRootsIsTakenUnlessItHasASecondName(t *testing.T) {
	root, path := newRoot(t)
	writeFile(t, filepath.Join(path, "ram"), 0)
	must(t, os.Chmod(filepath.Join(path, "ram"), 0o644))
	file, err := root.Regular("ram", unix.O_RDONLY)
	must(t, err)
	must(t, file.Close())
	must(t, os.Link(filepath.Join(path, "ram"), filepath.Join(path, "second")))
	_, err = root.Regular("ram", unix.O_RDONLY)
	wantCode(t, err, wire.InvalidSpec)
}

func TestAFifoInPlaceOfAFileIsRefusedWithoutWaitingForItsWriter(t *testing.T) {
	root, path := newRoot(t)
	fifo := filepath.Join(path, "machines", machineName, "disk.img")
	must(t, unix.Mkfifo(fifo, 0o600))
	must(t, os.Chown(fifo, testServer.UID, testServer.GID))
	_, err := machineDir(t, root).Regular("disk.img", unix.O_RDONLY)
	wantCode(t, err, wire.InvalidSpec)
}

func TestAMachineDirectoryOfAnotherUserIsRefused(t *testing.T) {
	root, path := newRoot(t)
	must(t, os.Chown(filepath.Join(path, "machines", machineName), 0, 0))
	_, err := root.MachineDir("machines/" + machineName)
	wantCode(t, err, wire.InvalidSpec)
}

func TestWhatIsCreatedBelongsToTheServerAndReplacesALinkInsteadOfFollowingIt(t *testing.T) {
	root, path := newRoot(t)
	victim := filepath.Join(t.TempDir(), "victim")
	writeFile(t, victim, 0)
	created := filepath.Join(path, "machines", machineName, "ram")
	must(t, os.Symlink(victim, created))
	file, err := machineDir(t, root).Create("ram", unix.O_RDWR)
	must(t, err)
	must(t, file.Close())
	wantOwner(t, created, unix.S_IFREG|0o600)
	content, err := os.ReadFile(victim)
	must(t, err)
	if string(content) != "content" {
		t.Fatalf("the link's target was changed to %q", content)
	}
}

func TestASocketBelongsToTheServerAndReplacesAnOldOne(t *testing.T) {
	root, path := newRoot(t)
	directory := machineDir(t, root)
	for range 2 {
		socket, err := directory.Listen("qmp.sock")
		must(t, err)
		defer socket.Close()
	}
	wantOwner(t, filepath.Join(path, "machines", machineName, "qmp.sock"), unix.S_IFSOCK|0o600)
	connection, err := net.Dial("unix", fmt.Sprintf("/proc/self/fd/%d/qmp.sock", directory.directory.Fd()))
	must(t, err)
	must(t, connection.Close())
}

func TestASocketCanBeMadeInADirectoryWithALongPath(t *testing.T) {
	root, path := newRoot(t)
	long := "machines/" + machineName + "/" + strings.Repeat("d", 200)
	must(t, os.Mkdir(filepath.Join(path, long), 0o700))
	must(t, os.Chown(filepath.Join(path, long), testServer.UID, testServer.GID))
	directory, err := root.MachineDir(long)
	must(t, err)
	defer directory.Close()
	socket, err := directory.Listen("qmp.sock")
	must(t, err)
	must(t, socket.Close())
}

func TestTheThreadIsRootAgainAfterwards(t *testing.T) {
	_, path := newRoot(t)
	secret := filepath.Join(path, "secret")
	writeFile(t, secret, 0)
	inside := testServer.Do(func() error { _, err := os.ReadFile(secret); return err })
	if !errors.Is(inside, os.ErrPermission) {
		t.Fatalf("the server's identity could read root's file: %v", inside)
	}
	for range 100 {
		_, err := os.ReadFile(secret)
		must(t, err)
	}
}

func wantOwner(t *testing.T, path string, mode uint32) {
	t.Helper()
	var status unix.Stat_t
	must(t, unix.Lstat(path, &status))
	if int(status.Uid) != testServer.UID || int(status.Gid) != testServer.GID || status.Mode != mode {
		t.Fatalf("%s: uid %d, gid %d, mode %o", path, status.Uid, status.Gid, status.Mode)
	}
}

func TestAnUnreadableFileOfTheServersIsSharedAndOneOfRootsIsNot(t *testing.T) {
	root, path := newRoot(t)
	own, foreign := filepath.Join(path, "own"), filepath.Join(path, "foreign")
	writeFile(t, own, testServer.UID)
	writeFile(t, foreign, 0)
	must(t, os.Chown(foreign, 0, testServer.GID))
	must(t, os.Chmod(foreign, 0o640))
	file, err := root.Shared("own")
	must(t, err)
	must(t, file.Close())
	wantOwner(t, own, unix.S_IFREG|0o644)
	_, err = root.Shared("foreign")
	wantCode(t, err, wire.InvalidSpec)
	must(t, os.Chmod(foreign, 0o444))
	file, err = root.Shared("foreign")
	must(t, err)
	must(t, file.Close())
}

func TestADirectoryIsPrivateIfItIsTheServersAndNobodyElseMayEnterIt(t *testing.T) {
	_, path := newRoot(t)
	private, err := OpenPrivate(path, testServer)
	must(t, err)
	must(t, private.Close())
	for spoiled, change := range map[string]func() error{
		"mode":  func() error { return os.Chmod(path, 0o701) },
		"owner": func() error { return errors.Join(os.Chmod(path, 0o700), os.Chown(path, 0, 0)) },
	} {
		must(t, change())
		if _, err := OpenPrivate(path, testServer); err == nil || !strings.Contains(err.Error(), "install -d -m 700 -o 61017 "+path) {
			t.Errorf("%s: %v", spoiled, err)
		}
		must(t, os.Chown(path, testServer.UID, testServer.GID))
		must(t, os.Chmod(path, 0o700))
	}
}

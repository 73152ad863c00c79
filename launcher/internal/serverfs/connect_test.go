package serverfs

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/wire"
)

// short names a path by its open directory: the whole is too long for a socket's address.
func short(t *testing.T, path string) string {
	t.Helper()
	directory, err := os.Open(filepath.Dir(path))
	must(t, err)
	t.Cleanup(func() { must(t, directory.Close()) })
	return fmt.Sprintf("/proc/self/fd/%d/%s", directory.Fd(), filepath.Base(path))
}

// serve listens at a path, as a uid.
func serve(t *testing.T, path string, uid int) *net.UnixListener {
	t.Helper()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: short(t, path), Net: "unix"})
	must(t, err)
	listener.SetUnlinkOnClose(false)
	t.Cleanup(func() { listener.Close() })
	must(t, os.Chown(path, uid, uid))
	return listener
}

func TestBytesComeOutOfTheServersSocketAndNoneGoIn(t *testing.T) {
	root, path := newRoot(t)
	listener := serve(t, filepath.Join(path, "machines", machineName, "state.sock"), testServer.UID)
	receiving, err := machineDir(t, root).ConnectReceiving("state.sock")
	must(t, err)
	defer receiving.Close()
	accepted, err := listener.AcceptUnix()
	must(t, err)
	defer accepted.Close()
	_, err = accepted.Write([]byte("state"))
	must(t, err)
	content := make([]byte, 5)
	if _, err := unix.Read(int(receiving.Fd()), content); err != nil || string(content) != "state" {
		t.Errorf("%q, %v", content, err)
	}
	if _, err := unix.SendmsgN(int(receiving.Fd()), []byte("x"), nil, nil, unix.MSG_NOSIGNAL); !errors.Is(err, unix.EPIPE) {
		t.Errorf("a byte was sent: %v", err)
	}
}

func TestNoOtherSocketIsConnectedTo(t *testing.T) {
	root, path := newRoot(t)
	elsewhere := filepath.Join(path, "elsewhere.sock")
	serve(t, elsewhere, testServer.UID)
	for name, lay := range map[string]func(string){
		"a link":              func(target string) { must(t, os.Symlink(elsewhere, target)) },
		"a file":              func(target string) { writeFile(t, target, testServer.UID) },
		"somebody else's":     func(target string) { serve(t, target, testServer.UID+1) },
		"one that was closed": func(target string) { abandon(t, target) },
	} {
		target := filepath.Join(path, "machines", machineName, "state.sock")
		lay(target)
		_, err := machineDir(t, root).ConnectReceiving("state.sock")
		if err == nil {
			t.Errorf("%s was connected to", name)
		}
		wantCode(t, err, wire.InvalidSpec)
		must(t, os.Remove(target))
	}
	_, err := machineDir(t, root).ConnectReceiving("state.sock")
	wantCode(t, err, wire.NotFound)
}

func abandon(t *testing.T, path string) {
	t.Helper()
	listener := serve(t, path, testServer.UID)
	must(t, listener.Close())
}

func TestAServerThatAcceptsNobodyDoesNotHoldTheLauncherUp(t *testing.T) {
	root, path := newRoot(t)
	target := filepath.Join(path, "machines", machineName, "state.sock")
	descriptor, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	defer unix.Close(descriptor)
	must(t, unix.Bind(descriptor, &unix.SockaddrUnix{Name: short(t, target)}))
	must(t, unix.Listen(descriptor, 0))
	must(t, os.Chown(target, testServer.UID, testServer.GID))
	for range 3 { // A queue of no places has one.
		if receiving, failure := machineDir(t, root).ConnectReceiving("state.sock"); failure != nil {
			wantCode(t, failure, wire.InvalidSpec)
			return
		} else {
			defer receiving.Close()
		}
	}
	t.Error("three callers were taken")
}

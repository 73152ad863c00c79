package boot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func requireRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
}

func TestOnlyWhatIsOnTheInitramfsItselfIsRemoved(t *testing.T) {
	requireRoot(t)
	root := t.TempDir()
	mounted := filepath.Join(root, "newroot")
	for _, directory := range []string{mounted, filepath.Join(root, "modules/deep")} {
		check(t, os.MkdirAll(directory, 0o755))
	}
	check(t, os.WriteFile(filepath.Join(root, "modules/deep/file"), nil, 0o644))
	check(t, os.Symlink("/nowhere", filepath.Join(root, "link")))
	check(t, unix.Mount("tmpfs", mounted, "tmpfs", 0, "size=64k"))
	defer unix.Unmount(mounted, unix.MNT_DETACH)
	check(t, os.WriteFile(filepath.Join(mounted, "kept"), nil, 0o644))
	var information unix.Stat_t
	check(t, unix.Lstat(root, &information))
	check(t, removeBelow(root, information.Dev))
	if _, err := os.Stat(filepath.Join(mounted, "kept")); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(root); err != nil || len(entries) != 1 {
		t.Errorf("%v is left (%v)", entries, err)
	}
}

func TestThePortIsFoundByItsName(t *testing.T) {
	directory := t.TempDir()
	if found := findPort(directory); found != "" {
		t.Errorf("found %q where nothing is", found)
	}
	for device, name := range map[string]string{"vport1p1": "org.qemu.guest_agent.0\n", "vport2p1": portName + "\n", "vport3p1": ""} {
		check(t, os.Mkdir(filepath.Join(directory, device), 0o755))
		if name != "" {
			check(t, os.WriteFile(filepath.Join(directory, device, "name"), []byte(name), 0o644))
		}
	}
	if found := findPort(directory); found != "/dev/vport2p1" {
		t.Errorf("found %q", found)
	}
}

// The event is real: the kernel repeats that of a device when it is asked to.
func TestADeviceIsAwaitedByTheKernelsEvents(t *testing.T) {
	requireRoot(t)
	const trigger = "/sys/devices/virtual/mem/null/uevent"
	if _, err := os.Stat(trigger); err != nil {
		t.Skip("no device to ask for an event")
	}
	devices, err := watchDevices()
	check(t, err)
	defer devices.close()
	looks := 0
	check(t, devices.until("the event", func() bool {
		looks++
		if looks == 1 { // Between the first look and the wait, where an event must not be missed.
			check(t, os.WriteFile(trigger, []byte("change"), 0o200))
		}
		return looks > 1
	}))
	check(t, devices.await("/dev/null", "/dev/zero"))
}

func TestASharedDirectoryIsSticky(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a/tmp")
	check(t, makeShared(path))
	if information, err := os.Stat(path); err != nil || information.Mode().String() != "dtrwxrwxrwx" {
		t.Errorf("%v (%v)", information.Mode(), err)
	}
}

func TestAModuleThatCannotBeLoadedIsAnErrorThatNamesIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wrong.ko")
	check(t, os.WriteFile(path, []byte("no module"), 0o644))
	for _, wrong := range []string{path, path + ".missing"} {
		if err := loadModule(wrong); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func TestAVsockDeviceIsToldFromItsDriver(t *testing.T) {
	driver := t.TempDir()
	for _, name := range []string{"bind", "module", "uevent"} {
		if err := os.WriteFile(filepath.Join(driver, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if hasVsock(driver) || hasVsock(filepath.Join(driver, "none")) {
		t.Error("a driver without a device was taken for one")
	}
	if err := os.Symlink("../../devices/virtio3", filepath.Join(driver, "virtio3")); err != nil {
		t.Fatal(err)
	}
	if !hasVsock(driver) {
		t.Error("the device was not found")
	}
}

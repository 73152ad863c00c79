package command

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func lookInside(t *testing.T) (*host, string, started, sight) {
	t.Helper()
	h := newHost(t)
	machine, begun := h.clone(h.connect(), nil)
	return h, machine, begun, ask[sight](h, machine, order{Do: "look"})
}

func TestAVMMHasAUserOfItsOwnAndNoPrivilege(t *testing.T) {
	_, _, begun, seen := lookInside(t)
	uid := fmt.Sprint(uidBase)
	for field, want := range map[string]string{
		"Uid": strings.Join([]string{uid, uid, uid, uid}, " "), "Gid": strings.Join([]string{uid, uid, uid, uid}, " "), "Groups": "",
		"CapInh": "0000000000000000", "CapPrm": "0000000000000000", "CapEff": "0000000000000000", "CapBnd": "0000000000000000",
		"CapAmb": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2",
	} {
		if seen.Status[field] != want {
			t.Errorf("%s is %q, want %q", field, seen.Status[field], want)
		}
	}
	if seen.Umask != 0o077 || seen.MaxCore != 0 || seen.MaxFile != 1<<30 || len(seen.Environment) != 0 {
		t.Errorf("umask %o, core %d, file %d, environment %v", seen.Umask, seen.MaxCore, seen.MaxFile, seen.Environment)
	}
	if session, err := unix.Getsid(begun.PID); err != nil || session != begun.PID {
		t.Errorf("the VMM is in the session %d, %v", session, err)
	}
}

func TestAVMMSeesNoOtherProcessAndNotTheHostsName(t *testing.T) {
	_, _, _, seen := lookInside(t)
	if seen.PID != 1 || !slices.Equal(seen.Processes, []string{"1"}) {
		t.Errorf("it is process %d among %v", seen.PID, seen.Processes)
	}
	if seen.HostName != "vmm" {
		t.Errorf("the host's name is %q", seen.HostName)
	}
}

func TestAVMMSeesNothingOfTheHostsFilesAndCanWriteNowhere(t *testing.T) {
	_, _, _, seen := lookInside(t)
	for path, problem := range seen.Read {
		// The probe lies below /tmp, and its path is all that is there.
		if problem == "" && path != "/tmp" {
			t.Errorf("%s is visible", path)
		}
	}
	for path, problem := range seen.Write {
		if problem == "" {
			t.Errorf("%s is writable", path)
		}
	}
	for _, name := range seen.Root {
		if !slices.Contains([]string{"dev", "lib", "lib64", "out", "proc", "tmp", "usr"}, name) {
			t.Errorf("the root has %s", name)
		}
	}
	if !slices.Equal(seen.Devices, []string{"urandom"}) {
		t.Errorf("the devices are %v", seen.Devices)
	}
}

func TestAVMMHasTheDescriptorsOfItsMachineAndNoOthers(t *testing.T) {
	h, machine, _, seen := lookInside(t)
	for number, want := range map[string]string{
		"0": "/dev/null", "1": h.machinePath(machine, "vmm.log"), "2": h.machinePath(machine, "vmm.log"),
		"5": "socket:", "6": "socket:", "7": h.path("cache/images/" + imageName + "/base.img"), "8": h.machinePath(machine, "disk.img"),
		"9": "/memfd:golden-" + goldenName, "10": h.path("cache/golden/" + goldenName + "/state"), "14": "/dev/net/tun",
	} {
		found := seen.Descriptors[number]
		// A path may be shown from the root of the jail, where the host's directories are out of reach.
		if found == "" || !strings.HasPrefix(found, want) && !strings.HasSuffix(want, strings.TrimPrefix(found, "(unreachable)")) {
			t.Errorf("descriptor %s is %q, want %q", number, found, want)
		}
		delete(seen.Descriptors, number)
	}
	for number, target := range seen.Descriptors {
		if !strings.HasPrefix(target, "anon_inode:[event") { // the probe's own runtime
			t.Errorf("descriptor %s is %s", number, target)
		}
	}
}

func TestAVMMsNetworkIsATapWithoutAnAddress(t *testing.T) {
	_, _, begun, _ := lookInside(t)
	inNetworkOf(t, begun.PID, func() {
		interfaces, addresses := network()
		if len(interfaces) != 2 || strings.Contains(interfaces["lo"], "up") || !strings.Contains(interfaces["tap0"], "up") {
			t.Errorf("the interfaces are %v", interfaces)
		}
		if len(addresses) != 0 {
			t.Errorf("there are the addresses %v", addresses)
		}
		for _, scope := range []string{"all", "default", "tap0"} {
			disabled, err := os.ReadFile("/proc/sys/net/ipv6/conf/" + scope + "/disable_ipv6")
			if err != nil || strings.TrimSpace(string(disabled)) != "1" {
				t.Errorf("IPv6 is on for %s: %q, %v", scope, disabled, err)
			}
		}
	})
}

// inNetworkOf looks from another process's network namespace: from within its jail nobody can.
func inNetworkOf(t *testing.T, pid int, look func()) {
	t.Helper()
	namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	must(t, err)
	defer namespace.Close()
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends in the other namespace
		err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET)
		if err == nil {
			look()
		}
		result <- err
	}()
	must(t, <-result)
}

func network() (map[string]string, []string) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return map[string]string{"error": err.Error()}, nil
	}
	flags := make(map[string]string)
	var found []string
	for _, one := range interfaces {
		flags[one.Name] = one.Flags.String()
		addresses, _ := one.Addrs()
		for _, address := range addresses {
			found = append(found, one.Name+" "+address.String())
		}
	}
	return flags, found
}

func TestEachVMMHasNamespacesAndAUserThatNoOtherHas(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	_, first := h.clone(c, nil)
	_, second := h.clone(c, nil)
	for _, namespace := range []string{"mnt", "pid", "ipc", "uts", "net"} {
		own, err := os.Readlink("/proc/self/ns/" + namespace)
		must(t, err)
		one, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", first.PID, namespace))
		must(t, err)
		other, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", second.PID, namespace))
		must(t, err)
		if one == other || one == own || other == own {
			t.Errorf("%s is shared: host %s, %s, %s", namespace, own, one, other)
		}
	}
	if owner(t, first.PID) == owner(t, second.PID) {
		t.Error("two machines run as one user")
	}
}

func owner(t *testing.T, pid int) uint32 {
	t.Helper()
	var status unix.Stat_t
	must(t, unix.Stat(fmt.Sprintf("/proc/%d", pid), &status))
	return status.Uid
}

func TestAVMMCanWriteItsDiskButNeitherTheImageNorTheGoldenRAM(t *testing.T) {
	h := newHost(t)
	machine, _ := h.clone(h.connect(), nil)
	if problem := ask[string](h, machine, order{Do: "change the own disk"}); problem != "" {
		t.Errorf("the own disk: %s", problem)
	}
	if problem := ask[string](h, machine, order{Do: "change the base image"}); problem == "" {
		t.Error("the base image was written")
	}
	if succeeded := ask[[]string](h, machine, order{Do: "change the golden RAM"}); len(succeeded) != 0 {
		t.Errorf("the golden RAM: %v", succeeded)
	}
}

func TestAVMMReachesTheSocketsThatTheServerOffersIt(t *testing.T) {
	h := newHost(t)
	machine, _ := h.clone(h.connect(), nil)
	path := h.machinePath(machine, "out/test.sock")
	var listener net.Listener
	must(t, asServer(t, func() (err error) { listener, err = net.Listen("unix", path); return err }))
	defer listener.Close()
	must(t, os.Chmod(path, 0o666))
	if problem := ask[string](h, machine, order{Do: "call the server"}); problem != "" {
		t.Fatal(problem)
	}
	connection, err := listener.Accept()
	must(t, err)
	defer connection.Close()
	received := make([]byte, 5)
	_, err = connection.Read(received)
	must(t, err)
	if string(received) != "state" {
		t.Fatalf("received %q", received)
	}
}

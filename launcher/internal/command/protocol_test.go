package command

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/golden"
	"omnirun/launcher/internal/wire"
)

func TestTheSocketIsTheServersAlone(t *testing.T) {
	h := newHost(t)
	var status unix.Stat_t
	must(t, unix.Lstat(h.path("l.sock"), &status))
	if status.Mode != unix.S_IFSOCK|0o600 || status.Uid != serverID || status.Gid != serverID {
		t.Fatalf("mode %o, uid %d, gid %d", status.Mode, status.Uid, status.Gid)
	}
}

func TestAPeerOfAnotherUserGetsNoAnswer(t *testing.T) {
	h := newHost(t)
	connection, err := net.Dial("unix", h.path("l.sock")) // as root, whom the socket's mode does not stop
	must(t, err)
	defer connection.Close()
	must(t, connection.SetDeadline(time.Now().Add(patience)))
	// Writing may fail already; what counts is that nothing comes back.
	_, _ = fmt.Fprintln(connection, `{"id":1,"verb":"host.info","spec":{}}`)
	if count, err := connection.Read(make([]byte, 1)); count != 0 || err == nil || os.IsTimeout(err) {
		t.Fatalf("%d bytes came back, %v", count, err)
	}
}

func TestTheHostIsDescribed(t *testing.T) {
	h := newHost(t)
	var info map[string]any
	h.connect().call("host.info", fields{}, &info)
	if info["instance"] != h.instance || info["qemuVersion"] != "7.2.22" {
		t.Fatalf("got %v", info)
	}
	for _, field := range []string{"cgroup", "kvmNode", "cpuVirtualization"} {
		if _, has := info[field]; !has {
			t.Errorf("%s is missing", field)
		}
	}
}

func TestGarbageIsRefusedAndTheConnectionGoesOn(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	for _, line := range []string{
		"garbage", "", "\x00\xff", "[]", `{"id":1}`, `{"id":1,"verb":"host.info","spec":{},"more":1}`, `{"id":"1","verb":"host.info","spec":{}}`,
	} {
		_, err := fmt.Fprintln(c.connection, line)
		must(t, err)
		if refusal := c.next(); refusal.Error == nil || refusal.Error.Code != wire.InvalidSpec {
			t.Fatalf("%q: got %+v", line, refusal)
		}
	}
	c.call("host.info", fields{}, nil)
}

func TestUnknownVerbsAndFieldsAreRefused(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.refused(wire.InvalidSpec, "machine.exec", fields{})
	c.refused(wire.InvalidSpec, "host.info", fields{"verbose": true})
	c.refused(wire.InvalidSpec, "machine.kill", fields{"machine": "../../etc"})
	c.refused(wire.InvalidSpec, "machine.kill", fields{"machine": 5})
	c.refused(wire.InvalidSpec, "golden.hold", fields{})
	c.refused(wire.InvalidSpec, "golden.list", fields{"golden": goldenName})
}

func TestARequestThatIsTooLongIsAnsweredAndEndsTheConnection(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	// The launcher closes before it has read everything, so the end of the write may fail.
	_, _ = fmt.Fprintf(c.connection, `{"id":1,"verb":"%s","spec":{}}`+"\n", strings.Repeat("x", wire.MaxRequestBytes))
	if refusal := c.next(); refusal.Error == nil || refusal.Error.Code != wire.InvalidSpec {
		t.Fatalf("got %+v", refusal)
	}
	if c.lines.Scan() {
		t.Fatalf("the connection goes on: %s", c.lines.Text())
	}
	h.connect().call("host.info", fields{}, nil)
}

func TestRequestsMayBePipelined(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	waiting := make(map[uint64]bool)
	for range 100 {
		waiting[c.send("machine.list", fields{})] = true
	}
	for range 100 {
		line := c.next()
		if !waiting[line.ID] || line.Error != nil {
			t.Fatalf("got %+v", line)
		}
		delete(waiting, line.ID)
	}
}

func TestAnswersAreStillSentWhenTheServerHasFinishedAsking(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	const count = 200
	for range count {
		c.send("machine.list", fields{})
	}
	half, ok := c.connection.(*net.UnixConn)
	if !ok {
		t.Fatal("not a unix connection")
	}
	must(t, half.CloseWrite())
	for range count {
		c.next()
	}
	if c.lines.Scan() {
		t.Fatalf("one answer too many: %s", c.lines.Text())
	}
}

func TestAGoldenSnapshotMustBeHeldBeforeItIsCloned(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	machine := h.newMachine()
	c.refused(wire.NotFound, "machine.clone", cloneSpec(machine, nil))
	c.refused(wire.NotFound, "golden.hold", fields{"golden": "00000000000000ff"})
	var held struct {
		Bytes int64 `json:"bytes"`
	}
	c.call("golden.hold", fields{"golden": goldenName}, &held)
	if held.Bytes <= 0 || held.Bytes > 1<<20 {
		t.Errorf("%d bytes are held of a file with a few", held.Bytes)
	}
	c.call("golden.hold", fields{"golden": goldenName}, nil)
	c.call("machine.clone", cloneSpec(machine, nil), nil)
	c.refused(wire.AlreadyExists, "machine.clone", cloneSpec(machine, nil))
	var list struct {
		Goldens []golden.Held `json:"goldens"`
	}
	c.call("golden.list", fields{}, &list)
	if !slices.Equal(list.Goldens, []golden.Held{{Golden: goldenName, Bytes: held.Bytes}}) {
		t.Errorf("held are %v", list.Goldens)
	}
	c.call("golden.release", fields{"golden": goldenName}, nil)
	c.call("golden.release", fields{"golden": goldenName}, nil)
	c.call("golden.list", fields{}, &list)
	if len(list.Goldens) != 0 {
		t.Errorf("%v are held after their release", list.Goldens)
	}
	c.refused(wire.NotFound, "machine.clone", cloneSpec(h.newMachine(), nil))
}

func TestKVMIsUnsupportedWithoutItsDeviceAndItsDeviceIsInTheJailWithIt(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.call("golden.hold", fields{"golden": goldenName}, nil)
	machine := h.newMachine()
	spec := cloneSpec(machine, nil)
	spec["accelerator"] = "kvm"
	if !exists(t, "/dev/kvm") {
		c.refused(wire.Unsupported, "machine.clone", spec)
		return
	}
	c.call("machine.clone", spec, nil)
	if seen := ask[sight](h, machine, order{Do: "look"}); !slices.Equal(seen.Devices, []string{"kvm", "urandom"}) {
		t.Fatalf("the devices are %v", seen.Devices)
	}
}

func TestACloneOfAnotherSizeThanItsSnapshotIsRefused(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.call("golden.hold", fields{"golden": goldenName}, nil)
	spec := cloneSpec(h.newMachine(), nil)
	spec["memoryMib"] = 128
	c.refused(wire.InvalidSpec, "machine.clone", spec)
}

func TestTheServerCannotAimTheLauncherOutsideOfItsDirectories(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.call("golden.hold", fields{"golden": goldenName}, nil)
	for name, trick := range map[string]func(machine string){
		"machine directory is a link": func(machine string) {
			must(t, os.Rename(h.machinePath(machine, ""), h.path("state/elsewhere")))
			must(t, os.Symlink(h.path("state/elsewhere"), h.machinePath(machine, "")))
		},
		"disk is a link": func(machine string) {
			must(t, os.Remove(h.machinePath(machine, "disk.img")))
			must(t, os.Symlink("/etc/hostname", h.machinePath(machine, "disk.img")))
		},
		"disk is another user's": func(machine string) { must(t, os.Chown(h.machinePath(machine, "disk.img"), 0, 0)) },
		"disk is a fifo": func(machine string) {
			must(t, os.Remove(h.machinePath(machine, "disk.img")))
			must(t, unix.Mkfifo(h.machinePath(machine, "disk.img"), 0o600))
			must(t, os.Chown(h.machinePath(machine, "disk.img"), serverID, serverID))
		},
		"log is a directory": func(machine string) { must(t, os.Mkdir(h.machinePath(machine, "vmm.log"), 0o700)) },
		"sockets' directory is a link": func(machine string) {
			must(t, os.Symlink("/etc", h.machinePath(machine, "out")))
		},
	} {
		machine := h.newMachine()
		trick(machine)
		line := c.try("machine.clone", cloneSpec(machine, nil))
		if line.Error == nil || line.Error.Code != wire.InvalidSpec {
			t.Errorf("%s: got %+v", name, line)
		}
	}
}

func TestMistakesOnTheCommandLineAreSentences(t *testing.T) {
	for name, expectation := range map[string]struct {
		change map[string]string
		want   string
	}{
		"server is root":      {map[string]string{"--server-uid": "0"}, "must name the server's own user"},
		"server is a machine": {map[string]string{"--server-uid": fmt.Sprint(uidBase + 5)}, "lies within the machines'"},
		"relative path":       {map[string]string{"--state-dir": "state"}, "--state-dir must be an absolute path"},
		"instance":            {map[string]string{"--instance": "../x"}, "instance must be 1 to 16"},
		"no QEMU":             {map[string]string{"--qemu": "/nonexistent/qemu"}, "--qemu is of no use"},
		"not QEMU":            {map[string]string{"--qemu": "/bin/true"}, "does not answer like QEMU"},
		"no state directory":  {map[string]string{"--state-dir": "/nonexistent"}, "the directory /nonexistent cannot be opened"},
		"second launcher":     {nil, "another launcher uses --run-dir"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			arguments := h.arguments()
			if expectation.change != nil {
				arguments = append(arguments, "--run-dir", h.path("other-run"))
			}
			for flag, value := range expectation.change {
				arguments = append(arguments, flag, value)
			}
			output, err := runLauncher(arguments...)
			if err == nil || !strings.Contains(output, expectation.want) {
				t.Fatalf("%v: %s", err, output)
			}
		})
	}
}

func TestEventsComeInTheFormOfTheContract(t *testing.T) {
	h := newHost(t)
	c := h.connect()
	c.call("events.subscribe", fields{}, nil)
	machine, _ := h.clone(c, nil)
	h.tell(machine, order{Do: "exit", Number: 1})
	if !c.lines.Scan() {
		t.Fatal(c.lines.Err())
	}
	var document map[string]any
	must(t, json.Unmarshal(c.lines.Bytes(), &document))
	want := map[string]any{"event": "machine.exited", "machine": machine, "exitCode": 1.0, "signal": 0.0, "statusKnown": true, "oomKilled": false}
	if len(document) != len(want) {
		t.Fatalf("got %v", document)
	}
	for field, value := range want {
		if document[field] != value {
			t.Errorf("%s is %v", field, document[field])
		}
	}
}

package command

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/qemu"
	"omnirun/launcher/internal/sealed"
	"omnirun/launcher/internal/spec"
)

// BenchmarkJailAdds starts clones in turns: by the launcher, and by hand with the same arguments and files, as root and without jail, control
// group, record and protocol. A start ends when QEMU's control socket greets. It is the figure of SPECIFICATION.md.
func BenchmarkJailAdds(b *testing.B) {
	h := newRealHost(b)
	c := h.connect()
	c.call("golden.hold", fields{"golden": goldenName}, nil)
	bare := newBareClones(h)
	var with, without []time.Duration
	for b.Loop() {
		machine := h.newMachine()
		started := time.Now()
		c.call("machine.clone", cloneSpec(machine, nil), nil)
		h.greeting(machine)
		with = append(with, time.Since(started))
		c.call("machine.kill", fields{"machine": machine}, nil)
		without = append(without, bare.start())
	}
	slices.Sort(with)
	slices.Sort(without)
	for _, quantile := range []int{50, 95} {
		place := (len(with) - 1) * quantile / 100
		b.ReportMetric(milliseconds(with[place]), fmt.Sprintf("p%d-with-ms", quantile))
		b.ReportMetric(milliseconds(without[place]), fmt.Sprintf("p%d-without-ms", quantile))
		b.ReportMetric(milliseconds(with[place]-without[place]), fmt.Sprintf("p%d-added-ms", quantile))
	}
}

func milliseconds(duration time.Duration) float64 { return float64(duration.Microseconds()) / 1000 }

// bareClones starts clones by hand.
type bareClones struct {
	h      *host
	memory *os.File
}

func newBareClones(h *host) *bareClones {
	source, err := os.Open(h.path("cache/golden/" + goldenName + "/ram"))
	must(h.t, err)
	defer source.Close()
	memory, _, err := sealed.Copy(source, "golden")
	must(h.t, err)
	h.t.Cleanup(func() { memory.Close() })
	return &bareClones{h: h, memory: memory}
}

// start starts a clone, ends it, and says how long the start took.
func (c *bareClones) start() time.Duration {
	h := c.h
	machine := h.newMachine()
	shape := qemu.Machine{Start: qemu.Clone, Size: spec.Size{Accelerator: spec.TCG, VCPUs: 1, MemoryMib: goldenBytes >> 20}}
	started := time.Now()
	files := make([]uintptr, qemu.TapDescriptor+1)
	opened := c.open(machine)
	for number, file := range opened {
		files[number] = file.Fd()
	}
	pid, err := syscall.ForkExec(realQEMU, append([]string{realQEMU}, shape.Arguments()...), &syscall.ProcAttr{Files: files})
	must(h.t, err)
	for number, file := range opened {
		if number != qemu.RAMDescriptor {
			_ = file.Close() // the log is there several times
		}
	}
	h.greeting(machine)
	took := time.Since(started)
	must(h.t, unix.Kill(pid, unix.SIGKILL))
	_, err = unix.Wait4(pid, nil, 0, nil)
	must(h.t, err)
	return took
}

// open opens what the launcher opens for a clone, under the same numbers. Those between are the log's.
func (c *bareClones) open(machine string) map[qemu.Descriptor]*os.File {
	h := c.h
	log, err := os.Create(h.machinePath(machine, "vmm.log"))
	must(h.t, err)
	opened := make(map[qemu.Descriptor]*os.File)
	for number := range qemu.TapDescriptor {
		opened[number] = log
	}
	for number, path := range map[qemu.Descriptor]string{
		qemu.BaseDescriptor: "cache/images/" + imageName + "/base.img", qemu.StateDescriptor: "cache/golden/" + goldenName + "/state",
	} {
		opened[number], err = os.Open(h.path(path))
		must(h.t, err)
	}
	opened[qemu.DiskDescriptor], err = os.OpenFile(h.machinePath(machine, "disk.img"), os.O_RDWR, 0)
	must(h.t, err)
	opened[qemu.QMPDescriptor] = listenFor(h, filepath.Join(machine, "qmp.sock"))
	opened[qemu.ChannelDescriptor] = listenFor(h, filepath.Join(machine, "channel.sock"))
	opened[qemu.RAMDescriptor] = c.memory
	opened[qemu.TapDescriptor] = newTap(h)
	return opened
}

func listenFor(h *host, path string) *os.File {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: h.path("state/machines/" + path), Net: "unix"})
	must(h.t, err)
	listener.SetUnlinkOnClose(false)
	defer listener.Close()
	must(h.t, os.Chmod(h.path("state/machines/"+path), 0o666))
	file, err := listener.File()
	must(h.t, err)
	return file
}

// newTap makes a tap on the host that goes with its descriptor.
func newTap(h *host) *os.File {
	tun, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	must(h.t, err)
	request, err := unix.NewIfreq("omnibench0")
	must(h.t, err)
	request.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI | unix.IFF_VNET_HDR)
	must(h.t, unix.IoctlIfreq(tun, unix.TUNSETIFF, request))
	return os.NewFile(uintptr(tun), "tap")
}

// BenchmarkJailerAdds starts the probe in Firecracker's place in turns: in the launcher's walls alone, and by the FAKE jailer within them. A
// start ends when its API's socket is there.
func BenchmarkJailerAdds(b *testing.B) {
	hosts := map[string]*host{"walls": layOutStaticFirecrackerHost(b), "jailer": layOutJailerHost(b)}
	clients := make(map[string]*client)
	for name, h := range hosts {
		h.start()
		clients[name] = h.connect()
	}
	took := make(map[string][]time.Duration)
	for b.Loop() {
		for name, h := range hosts {
			started := time.Now()
			machine, _ := h.startFirecracker(clients[name], fields{"golden": goldenName})
			took[name] = append(took[name], time.Since(started))
			clients[name].call("machine.kill", fields{"machine": machine}, nil)
		}
	}
	for name, durations := range took {
		slices.Sort(durations)
		b.ReportMetric(milliseconds(durations[(len(durations)-1)/2]), "p50-"+name+"-ms")
	}
}

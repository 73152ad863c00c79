package qemu

import (
	"fmt"
	"strconv"

	"omnirun/launcher/internal/spec"
)

// translationCacheMib bounds the memory that TCG keeps translated code in. Measured with 64, 128 and 256: a clone that answers its
// first command and starts Python six times has 64 MiB of anonymous memory and the same speed with each, for it has translated about
// 30 MiB; a guest that boots as well about 75 MiB, for which 64 flushes once. QEMU's own default, a gigabyte, lets one guest take it.
const translationCacheMib = 128

// cardAddress is every machine's MAC. It travels in a snapshot's device state, so a clone could not have another one anyway; the agent
// sets the sandbox's own.
const cardAddress = "02:4f:4d:00:00:01"

// channelName is how the guest's agent finds the port; api/link.md fixes it.
const channelName = "omnirun.channel"

// Start is how a machine comes to life.
type Start int

// The ways to start.
const (
	Boot   Start = iota // a kernel starts, RAM is a shared mapping of a file
	Clone               // a snapshot is loaded, RAM is a private mapping of sealed memory
	Resume              // a paused machine is loaded, RAM is its own and comes in the state
)

// Machine is the shape of a machine.
type Machine struct {
	Start       Start
	Size        spec.Size
	CommandLine string // of the kernel; boot only
}

// LoadsState says whether the machine waits for a state, instead of starting a kernel.
func (m Machine) LoadsState() bool { return m.Start != Boot }

// Arguments are the arguments of QEMU 7.2 or newer, without the program's name.
func (m Machine) Arguments() []string {
	var arguments []string
	for _, part := range [][]string{m.process(), m.board(), m.disks(), m.network(), m.console(), m.control(), m.origin()} {
		arguments = append(arguments, part...)
	}
	return arguments
}

// process is about QEMU itself. -no-reboot because what was loaded has no kernel that it could boot again: for a guest that resets, the
// machine ends.
func (m Machine) process() []string {
	return []string{
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
	}
}

// board is q35, whose HPET and PM timer let a kernel calibrate its clock on a loaded host, which -M microvm does not under TCG. What
// a sandbox has no use for is off. So is mem-merge: on a host with KSM a guest could find out which pages another has, too.
func (m Machine) board() []string {
	return []string{
		"-machine", "q35,memory-backend=ram,usb=off,vmport=off,smbus=off,sata=off,dump-guest-core=off,mem-merge=off",
		"-accel", m.accelerator(), "-cpu", m.processor(), "-smp", strconv.FormatInt(m.Size.VCPUs, 10),
		"-m", strconv.FormatInt(m.Size.MemoryMib, 10),
		"-object", m.memory(),
	}
}

// memory has one name however it comes about: a state finds the RAM by it.
func (m Machine) memory() string {
	switch m.Start {
	case Boot:
		return fmt.Sprintf("memory-backend-file,id=ram,size=%dM,mem-path=%s,share=on", m.Size.MemoryMib, path(RAMDescriptor))
	case Clone:
		return fmt.Sprintf("memory-backend-file,id=ram,size=%dM,mem-path=%s,share=off", m.Size.MemoryMib, path(RAMDescriptor))
	default:
		return fmt.Sprintf("memory-backend-ram,id=ram,size=%dM", m.Size.MemoryMib)
	}
}

func (m Machine) accelerator() string {
	if m.Size.Accelerator == spec.KVM {
		return "kvm"
	}
	// With one processor a thread for each would only add locking.
	thread := "single"
	if m.Size.VCPUs > 1 {
		thread = "multi"
	}
	return fmt.Sprintf("tcg,thread=%s,tb-size=%d", thread, translationCacheMib)
}

// processor is max under TCG: programs built for AVX2 run, and RDRAND gives a clone fresh numbers. Measured: a Python start takes
// 110-125 ms, on a qemu64 without AVX 100-110 ms, on Nehalem or Haswell 155-175 ms, because a kernel that sees an Intel processor
// turns its Meltdown defences on. Two features are hidden, for the kernel would use them and emulation makes them slow (measured with
// four guests side by side): without erms, whose copies QEMU does byte by byte, writing 32 MB to a file takes 375 ms instead of 640;
// without la57 page tables have one level less to walk.
func (m Machine) processor() string {
	if m.Size.Accelerator == spec.KVM {
		return "host"
	}
	return "max,-erms,-la57"
}

// onDiskError lets the guest see that a request failed. QEMU's default for a host without space, enospc, stops the vCPUs instead: the
// sandbox would hang without a word. The device and its state stay what they were: a snapshot does not hold the policy.
const onDiskError = ",werror=report,rerror=report"

// disks are the shared image as vda and the machine's own disk as vdb. Locks are off: the descriptors are all there is to share.
func (m Machine) disks() []string {
	return []string{
		"-add-fd", fmt.Sprintf("fd=%d,set=1", BaseDescriptor),
		"-blockdev", "driver=file,node-name=base-file,filename=/dev/fdset/1,read-only=on,locking=off",
		"-blockdev", "driver=raw,node-name=base,file=base-file,read-only=on",
		"-device", "virtio-blk-pci,id=base-disk,drive=base" + onDiskError,
		"-add-fd", fmt.Sprintf("fd=%d,set=2", DiskDescriptor),
		"-blockdev", "driver=file,node-name=own-file,filename=/dev/fdset/2,locking=off,discard=unmap",
		"-blockdev", "driver=raw,node-name=own,file=own-file,discard=unmap",
		"-device", "virtio-blk-pci,id=own-disk,drive=own" + onDiskError,
	}
}

// network has no boot ROM: loading it costs time in every start.
func (m Machine) network() []string {
	return []string{
		"-netdev", fmt.Sprintf("tap,id=network,fd=%d,vhost=off", TapDescriptor),
		"-device", "virtio-net-pci,id=card,netdev=network,mac=" + cardAddress + ",romfile=",
		"-object", "rng-random,id=entropy,filename=/dev/urandom",
		"-device", "virtio-rng-pci,id=entropy-source,rng=entropy",
		"-device", "vmgenid,id=generation,guid=auto", // tells a kernel that knows it that it has been cloned
	}
}

// console is the first serial port. What is loaded has the same device, for the state names it, and drops what comes out.
func (m Machine) console() []string {
	if m.LoadsState() {
		return []string{"-chardev", "null,id=console", "-serial", "chardev:console"}
	}
	return []string{
		"-add-fd", fmt.Sprintf("fd=%d,set=3", ConsoleDescriptor),
		"-chardev", "file,id=console,path=/dev/fdset/3", "-serial", "chardev:console",
	}
}

// control are the two sockets of the server. The one port of the serial bus is number 1: 0 is reserved for consoles.
func (m Machine) control() []string {
	return []string{
		"-device", "virtio-serial-pci,id=serial,max_ports=2",
		"-chardev", fmt.Sprintf("socket,id=channel,fd=%d,server=on,wait=off", ChannelDescriptor),
		"-device", "virtserialport,id=channel-port,nr=1,chardev=channel,name=" + channelName,
		"-chardev", fmt.Sprintf("socket,id=qmp,fd=%d,server=on,wait=off", QMPDescriptor),
		"-mon", "chardev=qmp,mode=control",
	}
}

// origin is a kernel, or a state that the server loads by QMP: 7.2 has no option for the capability that the loading needs.
func (m Machine) origin() []string {
	if m.LoadsState() {
		return []string{"-incoming", "defer"}
	}
	return []string{"-kernel", path(KernelDescriptor), "-initrd", path(InitrdDescriptor), "-append", m.CommandLine}
}

// path lets QEMU open anew what is open already. What is opened this way must allow it to the machine's own uid or gid.
func path(descriptor Descriptor) string { return fmt.Sprintf("/proc/self/fd/%d", descriptor) }

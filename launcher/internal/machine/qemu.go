package machine

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/jail"
	"omnirun/launcher/internal/qemu"
	"omnirun/launcher/internal/sealed"
	"omnirun/launcher/internal/serverfs"
	"omnirun/launcher/internal/spec"
	"omnirun/launcher/internal/wire"
)

// maxKernelBytes bounds a kernel and an initial RAM disk each: they are copied into memory for the time of a start.
const maxKernelBytes = 512 << 20

// ramMode lets the VMM open the RAM again through its own gid, which nobody else has. The owner stays the server.
const ramMode = 0o660

// qemuUmask keeps what QEMU might make to itself.
const qemuUmask = 0o077

// Boot starts a machine from a kernel. It returns when the VMM runs; the kernel will not have.
func (m *Manager) Boot(wanted spec.Boot) (Started, error) {
	shape := qemu.Machine{Start: qemu.Boot, Size: wanted.Size, CommandLine: wanted.CommandLine}
	return m.start(m.qemuOrder(shape, order{name: wanted.Machine, limits: wanted.Limits}, wanted.Image,
		func(opened *files, directory *serverfs.MachineDir, gid int) error {
			return m.openForBoot(opened, directory, wanted, gid)
		}))
}

// Clone starts a machine that awaits its device state. It returns when the VMM runs; the server loads the state.
func (m *Manager) Clone(wanted spec.Clone) (Started, error) {
	shape := qemu.Machine{Start: qemu.Clone, Size: wanted.Size}
	return m.start(m.qemuOrder(shape, order{name: wanted.Machine, golden: wanted.Golden, limits: wanted.Limits}, wanted.Image,
		func(opened *files, _ *serverfs.MachineDir, _ int) error {
			return m.openForClone(opened, wanted)
		}))
}

// Resume starts a machine that awaits its RAM and device state, which the server sends through a socket of its own. It returns when
// the VMM runs.
func (m *Manager) Resume(wanted spec.Resume) (Started, error) {
	shape := qemu.Machine{Start: qemu.Resume, Size: wanted.Size}
	return m.start(m.qemuOrder(shape, order{name: wanted.Machine, limits: wanted.Limits}, wanted.Image,
		func(opened *files, directory *serverfs.MachineDir, _ int) error {
			state, err := directory.ConnectReceiving("state.sock")
			return opened.add(qemu.StateDescriptor, state, err)
		}))
}

// qemuOrder completes an order for a machine of that shape; further opens what not all of them have.
func (m *Manager) qemuOrder(
	shape qemu.Machine, wanted order, image spec.Hash, further func(*files, *serverfs.MachineDir, int) error,
) order {
	wanted.kvm = shape.Size.Accelerator == spec.KVM
	if shape.LoadsState() {
		wanted.stateFD = int(qemu.StateDescriptor)
	}
	wanted.open = func(opened *files, directory *serverfs.MachineDir, gid int) error {
		if err := m.openCommon(opened, directory, image); err != nil {
			return err
		}
		return further(opened, directory, gid)
	}
	var keep []int
	for _, descriptor := range shape.Descriptors() {
		keep = append(keep, int(descriptor))
	}
	wanted.plan = jail.Plan{
		Program: m.config.QEMU.Binary, Arguments: shape.Arguments(), Root: m.config.QEMU.Tree, Directory: "/", Umask: qemuUmask,
		Keep: keep, Tap: int(qemu.TapDescriptor),
	}
	return wanted
}

// openCommon opens what a boot and a clone share.
func (m *Manager) openCommon(opened *files, directory *serverfs.MachineDir, image spec.Hash) error {
	base, err := m.config.Cache.Regular("images/"+string(image)+"/base.img", unix.O_RDONLY)
	if err := opened.add(qemu.BaseDescriptor, base, err); err != nil {
		return err
	}
	disk, err := directory.Regular("disk.img", unix.O_RDWR)
	if err := opened.add(qemu.DiskDescriptor, disk, err); err != nil {
		return err
	}
	outgoing, err := directory.Subdirectory("out")
	if err != nil {
		return err
	}
	defer outgoing.Close()
	if err := opened.mount(outgoing, qemu.OutgoingPath, false); err != nil {
		return err
	}
	control, err := directory.Listen("qmp.sock")
	if err := opened.add(qemu.QMPDescriptor, control, err); err != nil {
		return err
	}
	channel, err := directory.Listen("channel.sock")
	return opened.add(qemu.ChannelDescriptor, channel, err)
}

func (m *Manager) openForClone(opened *files, wanted spec.Clone) error {
	memory, size, err := m.config.Goldens.Memory(wanted.Golden)
	if err := opened.add(qemu.RAMDescriptor, memory, err); err != nil {
		return err
	}
	if size != wanted.Size.MemoryBytes() {
		return wire.Fail(wire.InvalidSpec, "memoryMib is %d and the golden snapshot has %d", wanted.Size.MemoryMib, size>>20)
	}
	state, err := m.config.Cache.Regular("golden/"+string(wanted.Golden)+"/state", unix.O_RDONLY)
	return opened.add(qemu.StateDescriptor, state, err)
}

func (m *Manager) openForBoot(opened *files, directory *serverfs.MachineDir, wanted spec.Boot, gid int) error {
	ram, err := directory.Create("ram", unix.O_RDWR)
	if err := opened.add(qemu.RAMDescriptor, ram, err); err != nil {
		return err
	}
	if err := sizeRAM(ram, wanted.Size.MemoryBytes(), gid); err != nil {
		return err
	}
	console, err := directory.Create("console.log", unix.O_WRONLY|unix.O_APPEND)
	if err := opened.add(qemu.ConsoleDescriptor, console, err); err != nil {
		return err
	}
	kernel, err := m.kernelFile(wanted.Kernel, "vmlinuz")
	if err := opened.add(qemu.KernelDescriptor, kernel, err); err != nil {
		return err
	}
	initrd, err := m.kernelFile(wanted.Kernel, "initrd")
	return opened.add(qemu.InitrdDescriptor, initrd, err)
}

// sizeRAM makes it as long as the machine's memory and gives it to the machine.
func sizeRAM(ram *os.File, size int64, gid int) error {
	if err := ram.Truncate(size); err != nil {
		return wire.Wrap(wire.Internal, err, "the RAM file cannot be made %d bytes long", size)
	}
	return giveToGroup(ram, gid, ramMode)
}

// giveToGroup works on the descriptor alone, as root: the server could not give a file to another group.
func giveToGroup(file *os.File, gid int, mode os.FileMode) error {
	if err := errors.Join(file.Chown(-1, gid), file.Chmod(mode)); err != nil {
		return wire.Wrap(wire.Internal, err, "%s cannot be given to the machine", file.Name())
	}
	return nil
}

// kernelFile copies one into memory that the machine's uid may open: the cache is the server's alone.
func (m *Manager) kernelFile(kernel spec.Hash, name string) (*os.File, error) {
	source, err := m.config.Cache.Regular("kernels/"+string(kernel)+"/"+name, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	status, err := source.Stat()
	if err != nil {
		return nil, wire.Wrap(wire.Internal, err, "the %s cannot be examined", name)
	}
	if status.Size() > maxKernelBytes {
		return nil, wire.Fail(wire.InvalidSpec, "the %s is larger than %d bytes", name, maxKernelBytes)
	}
	memory, _, err := sealed.Copy(source, name)
	return memory, err
}

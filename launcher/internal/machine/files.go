package machine

import (
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

// outgoingDescriptor lies above all that a VMM gets: only its jail has it.
const outgoingDescriptor = int(qemu.TapDescriptor) + 1

// files are what a VMM gets, by descriptor, its log and the directory with the server's sockets. They are open only while it is being
// started; close ends that.
type files struct {
	byDescriptor map[qemu.Descriptor]*os.File
	log          *os.File
	outgoing     *os.File
	opened       undo
}

func (f *files) close() error { return f.opened.run() }

// add keeps a file under a descriptor, unless it could not be opened.
func (f *files) add(descriptor qemu.Descriptor, file *os.File, err error) error {
	if err != nil {
		return err
	}
	f.opened.add(file.Close)
	f.byDescriptor[descriptor] = file
	return nil
}

// addOutgoing opens the directory in which the VMM finds the server's sockets.
func (f *files) addOutgoing(parent *serverfs.MachineDir) error {
	directory, err := parent.Subdirectory("out")
	if err != nil {
		return err
	}
	defer directory.Close()
	f.outgoing, err = jail.Detach(directory)
	if err != nil {
		return err
	}
	f.opened.add(f.outgoing.Close)
	return nil
}

// numbers gives the files as the jail takes them.
func (f *files) numbers() map[int]*os.File {
	numbered := map[int]*os.File{outgoingDescriptor: f.outgoing}
	for descriptor, file := range f.byDescriptor {
		numbered[int(descriptor)] = file
	}
	return numbered
}

// openCommon opens what a boot and a clone share.
func (m *Manager) openCommon(opened *files, directory *serverfs.MachineDir, image spec.Hash) error {
	log, err := directory.Create("vmm.log", unix.O_WRONLY|unix.O_APPEND)
	if err != nil {
		return err
	}
	opened.opened.add(log.Close)
	opened.log = log
	base, err := m.config.Cache.Regular("images/"+string(image)+"/base.img", unix.O_RDONLY)
	if err := opened.add(qemu.BaseDescriptor, base, err); err != nil {
		return err
	}
	disk, err := directory.Regular("disk.img", unix.O_RDWR)
	if err := opened.add(qemu.DiskDescriptor, disk, err); err != nil {
		return err
	}
	if err := opened.addOutgoing(directory); err != nil {
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

// sizeRAM works on the descriptor alone, as root: the server could not give a file to another group.
func sizeRAM(ram *os.File, size int64, gid int) error {
	if err := ram.Truncate(size); err != nil {
		return wire.Wrap(wire.Internal, err, "the RAM file cannot be made %d bytes long", size)
	}
	if err := ram.Chown(-1, gid); err != nil {
		return wire.Wrap(wire.Internal, err, "the RAM file cannot be given to the machine")
	}
	if err := ram.Chmod(ramMode); err != nil {
		return wire.Wrap(wire.Internal, err, "the RAM file cannot be given to the machine")
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

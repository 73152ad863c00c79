package machine

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/firecracker"
	"omnirun/launcher/internal/jail"
	"omnirun/launcher/internal/serverfs"
	"omnirun/launcher/internal/spec"
	"omnirun/launcher/internal/wire"
)

// Modes of what a Firecracker gets through its own gid, which nobody else has. The server stays the owner, and closes the work directory
// to the VMM before a guest runs.
const (
	workDirectoryMode = 0o770
	diskMode          = 0o660
)

// firecrackerUmask lets the server use the sockets that a VMM makes.
const firecrackerUmask = 0

// Firecracker starts a VMM that the server speaks with. It returns when the VMM, or the jailer that becomes it, runs; it need
// not listen yet, and what a jailer cannot do is its end.
func (m *Manager) Firecracker(wanted spec.Firecracker) (Started, error) {
	if m.config.Firecracker.Binary == "" {
		return Started{}, wire.Fail(wire.Unsupported, "this launcher has no --firecracker")
	}
	plan := jail.Plan{
		Program: m.config.Firecracker.Binary, Arguments: firecracker.Arguments(), Root: m.config.Firecracker.Tree, Umask: firecrackerUmask, Null: true,
	}
	if m.config.Jailer.Binary == "" {
		plan.Arguments = append([]string{"--id", string(wanted.Machine)}, plan.Arguments...)
		plan.Directory = firecracker.WorkDirectory
	} else {
		plan.Jailer = jail.Jailer{Program: m.config.Jailer.Binary, Entry: m.config.Jailer.Entry, Machine: string(wanted.Machine)}
		plan.Directory = "/"
	}
	return m.start(order{
		name: wanted.Machine, golden: wanted.Golden, limits: wanted.Limits, kvm: true,
		open: func(opened *files, directory *serverfs.MachineDir, gid int) error {
			return m.openForFirecracker(opened, directory, wanted, gid)
		},
		plan: plan,
	})
}

func (m *Manager) openForFirecracker(opened *files, directory *serverfs.MachineDir, wanted spec.Firecracker, gid int) error {
	return errors.Join(
		m.mountWorkDirectory(opened, directory, gid),
		m.mountDisk(opened, directory, gid),
		m.mountShared(opened, "images/"+string(wanted.Image)+"/base.img", firecracker.Base),
		m.mountOrigin(opened, directory, wanted),
	)
}

func (m *Manager) mountWorkDirectory(opened *files, directory *serverfs.MachineDir, gid int) error {
	work, err := directory.Directory("vmm")
	if err != nil {
		return err
	}
	defer work.Close()
	if err := giveToGroup(work, gid, workDirectoryMode); err != nil {
		return err
	}
	return opened.mount(work, firecracker.WorkDirectory, true)
}

func (m *Manager) mountDisk(opened *files, directory *serverfs.MachineDir, gid int) error {
	disk, err := directory.Regular("disk/disk.img", unix.O_RDWR)
	if err != nil {
		return err
	}
	defer disk.Close()
	if err := giveToGroup(disk, gid, diskMode); err != nil {
		return err
	}
	return opened.mount(disk, firecracker.Disk, true)
}

// mountOrigin mounts what the machine comes from, and where it writes or has a snapshot of its own: a boot in the server's state, for
// its snapshot becomes a golden one, which is no secret; the others on the tmpfs of such memory.
func (m *Manager) mountOrigin(opened *files, directory *serverfs.MachineDir, wanted spec.Firecracker) error {
	if wanted.Kernel != "" {
		return errors.Join(
			m.mountMemory(opened, func() (*os.File, error) { return directory.Directory("memory") }),
			m.mountShared(opened, "kernels-uncompressed/"+string(wanted.Vmlinux)+"/vmlinux", firecracker.Kernel),
			m.mountShared(opened, "kernels/"+string(wanted.Kernel)+"/initrd", firecracker.Initrd),
		)
	}
	err := m.mountMemory(opened, func() (*os.File, error) { return m.config.Memory.Directory(string(wanted.Machine)) })
	if wanted.Golden == "" {
		return err
	}
	golden := "golden-firecracker/" + string(wanted.Golden)
	return errors.Join(
		err,
		m.mountShared(opened, golden+"/state", firecracker.GoldenState),
		m.mountShared(opened, golden+"/mem", firecracker.GoldenMemory),
	)
}

func (m *Manager) mountMemory(opened *files, open func() (*os.File, error)) error {
	memory, err := open()
	if err != nil {
		return err
	}
	defer memory.Close()
	return opened.mount(memory, firecracker.Memory, true)
}

// mountShared mounts a file of the cache that no machine changes.
func (m *Manager) mountShared(opened *files, path, target string) error {
	file, err := m.config.Cache.Shared(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return opened.mount(file, target, false)
}

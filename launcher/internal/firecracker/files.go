package firecracker

import "omnirun/launcher/internal/tree"

// WorkDirectory is where a VMM makes its sockets, named relative to it: a snapshot holds the names, and each clone has its own.
const WorkDirectory = "/vmm"

// The other places in a jail that a machine's files are mounted at.
const (
	Memory       = "/memory" // a directory: a snapshot that the VMM writes, or one of its own that it is loaded from
	Disk         = "/disk/disk.img"
	Base         = "/base/base.img"
	Kernel       = "/kernel/vmlinux"
	Initrd       = "/kernel/initrd"
	GoldenState  = "/golden/state"
	GoldenMemory = "/golden/mem"
)

// MountPoints are those of the tree.
var MountPoints = tree.MountPoints{
	Directories: []string{"dev", "proc", WorkDirectory, Memory},
	Files:       []string{Disk, Base, Kernel, Initrd, GoldenState, GoldenMemory},
}

// Files lists the files of the host that the program needs, itself first. As released it is static and needs nothing else.
func Files(binary string, uid, gid uint32) ([]string, error) {
	libraries, err := tree.Libraries(binary, nil, uid, gid)
	return append([]string{binary}, libraries...), err
}

// Arguments are those of the program, without its name. The socket is relative to the work directory. It logs nothing: many of its errors
// are a guest's doing, which could fill the host's disk with them. What keeps it from starting it prints all the same.
func Arguments(machine string) []string {
	return []string{"--id", machine, "--level", "Off", "--api-sock", "api.sock"}
}

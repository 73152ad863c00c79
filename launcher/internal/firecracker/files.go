package firecracker

import (
	"fmt"

	"omnirun/launcher/internal/jail"
	"omnirun/launcher/internal/tree"
)

// WorkDirectory is where a VMM makes its sockets: a snapshot holds the names, and each clone has its own. Where no jailer is, it begins there.
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

// JailerMountPoints are those of a tree in which a jailer begins. Those of its machine are in the file system that it makes a root of.
var JailerMountPoints = tree.MountPoints{Directories: []string{"proc", jail.JailsDirectory}}

// Files lists the files of the host that the program needs, itself first. As released it is static and needs nothing else.
func Files(binary string, uid, gid uint32) ([]string, error) {
	libraries, err := tree.Libraries(binary, nil, uid, gid)
	return append([]string{binary}, libraries...), err
}

// Entry is the file name of what a jailer begins, and what becomes Firecracker.
const Entry = "omnirun-firecracker"

// Jailer is Firecracker's own, with what it begins.
type Jailer struct {
	Binary string // absolute path
	Entry  string // absolute path of what becomes Firecracker
}

// JailerFiles lists the files of the host that a jailer needs. The root that it makes has the two programs that it leads to, and no libraries.
func JailerFiles(jailer Jailer, binary string, uid, gid uint32) ([]string, error) {
	for _, program := range []string{jailer.Entry, binary} {
		static, err := tree.IsStatic(program)
		if err != nil {
			return nil, err
		}
		if !static {
			return nil, fmt.Errorf("%s is no static program, which a jailer starts alone", program)
		}
	}
	libraries, err := tree.Libraries(jailer.Binary, nil, uid, gid)
	return append([]string{jailer.Binary, jailer.Entry, binary}, libraries...), err
}

// Arguments are those of the program, without its name and, by --id, the machine's: a jailer gives that itself. The socket is named relative to
// any directory of a jail's root. It logs nothing: many of its errors are a guest's doing, which could fill the host's disk with them. What
// keeps it from starting it prints all the same.
func Arguments() []string {
	return []string{"--level", "Off", "--api-sock", ".." + WorkDirectory + "/api.sock"}
}

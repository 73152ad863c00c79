package qemu

import (
	"os"
	"path/filepath"
	"strings"

	"omnirun/launcher/internal/program"
	"omnirun/launcher/internal/tree"
)

// OutgoingPath is where the VMM finds the server's sockets, which it may connect to.
const OutgoingPath = "/out"

// MountPoints are those of the tree.
var MountPoints = tree.MountPoints{Directories: []string{"dev", "proc", OutgoingPath}}

// firmware is what QEMU reads for the machines of this package: the BIOS, its patch for emulated interrupt controllers, and how a kernel is
// started.
var firmware = []string{"bios-256k.bin", "kvmvapic.bin", "linuxboot_dma.bin", "pvh.bin"}

// modules are parts of QEMU that distributions pack apart, and the directories, from the program's, that they are in.
var (
	modules           = []string{"accel-tcg-x86_64.so"}
	moduleDirectories = []string{"../lib/x86_64-linux-gnu/qemu", "../lib64/qemu", "../lib/qemu"}
)

// Files lists the files of the host that a machine's VMM needs, the program first. Which there are depends on the distribution.
func Files(binary string, uid, gid uint32) ([]string, error) {
	directories, err := program.Ask(binary, uid, gid, "-L", "help")
	if err != nil {
		return nil, err
	}
	var found []string
	for directory := range strings.FieldsSeq(string(directories)) {
		found = append(found, existing(directory, firmware)...)
	}
	var parts []string
	for _, directory := range moduleDirectories {
		parts = append(parts, existing(filepath.Join(filepath.Dir(binary), directory), modules)...)
	}
	libraries, err := tree.Libraries(binary, parts, uid, gid)
	if err != nil {
		return nil, err
	}
	return append(append(append([]string{binary}, found...), parts...), libraries...), nil
}

func existing(directory string, names []string) []string {
	var found []string
	for _, name := range names {
		path := filepath.Join(directory, name)
		if _, err := os.Stat(path); err == nil {
			found = append(found, path)
		}
	}
	return found
}

package machine

import (
	"os"

	"omnirun/launcher/internal/jail"
	"omnirun/launcher/internal/qemu"
)

// firstMount lies above all descriptors that a VMM gets: only its jail has mounts under numbers.
const firstMount = int(qemu.TapDescriptor) + 1

// files are what a VMM gets, by descriptor or mounted in its jail, and its log. They are open only while it is being started; close ends
// that.
type files struct {
	byDescriptor map[int]*os.File
	mounts       []jail.Mount
	log          *os.File
	opened       undo
}

func (f *files) close() error { return f.opened.run() }

// add keeps a file under a descriptor, unless it could not be opened.
func (f *files) add(descriptor qemu.Descriptor, file *os.File, err error) error {
	if err != nil {
		return err
	}
	f.opened.add(file.Close)
	f.byDescriptor[int(descriptor)] = file
	return nil
}

// mount has a file or directory appear at a path in the jail. It stays the caller's.
func (f *files) mount(file *os.File, target string, writable bool) error {
	detached, err := jail.Detach(file)
	if err != nil {
		return err
	}
	f.opened.add(detached.Close)
	number := firstMount + len(f.mounts)
	f.byDescriptor[number] = detached
	f.mounts = append(f.mounts, jail.Mount{Descriptor: number, Target: target, Writable: writable})
	return nil
}

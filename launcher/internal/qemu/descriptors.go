package qemu

// Descriptor is the number under which something is open in the VMM.
type Descriptor int

// The descriptors of a VMM besides its standard ones. StateDescriptor is part of the launcher's protocol: the server names it in
// the QMP command migrate-incoming ("fd:10").
const (
	QMPDescriptor     Descriptor = 5 // listening socket
	ChannelDescriptor Descriptor = 6 // listening socket
	BaseDescriptor    Descriptor = 7 // read-only image
	DiskDescriptor    Descriptor = 8
	RAMDescriptor     Descriptor = 9  // boot and clone
	StateDescriptor   Descriptor = 10 // clone: a file; resume: a socket of the server's
	ConsoleDescriptor Descriptor = 11 // boot only
	KernelDescriptor  Descriptor = 12 // boot only
	InitrdDescriptor  Descriptor = 13 // boot only
	TapDescriptor     Descriptor = 14
)

// Descriptors lists those that a machine of this shape needs, besides the standard ones.
func (m Machine) Descriptors() []Descriptor {
	common := []Descriptor{QMPDescriptor, ChannelDescriptor, BaseDescriptor, DiskDescriptor, TapDescriptor}
	switch m.Start {
	case Boot:
		return append(common, RAMDescriptor, ConsoleDescriptor, KernelDescriptor, InitrdDescriptor)
	case Clone:
		return append(common, RAMDescriptor, StateDescriptor)
	default:
		return append(common, StateDescriptor)
	}
}

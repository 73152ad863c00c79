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
	RAMDescriptor     Descriptor = 9
	StateDescriptor   Descriptor = 10 // clone only
	ConsoleDescriptor Descriptor = 11 // boot only
	KernelDescriptor  Descriptor = 12 // boot only
	InitrdDescriptor  Descriptor = 13 // boot only
	TapDescriptor     Descriptor = 14
)

// Descriptors lists those that a machine of this shape needs, besides the standard ones.
func (m Machine) Descriptors() []Descriptor {
	common := []Descriptor{QMPDescriptor, ChannelDescriptor, BaseDescriptor, DiskDescriptor, RAMDescriptor, TapDescriptor}
	if m.Start == Clone {
		return append(common, StateDescriptor)
	}
	return append(common, ConsoleDescriptor, KernelDescriptor, InitrdDescriptor)
}

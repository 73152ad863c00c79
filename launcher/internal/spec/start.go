package spec

import (
	"encoding/json"

	"omnirun/launcher/internal/wire"
)

// Accelerator is how the VMM runs guest code.
type Accelerator string

// The accelerators. KVM needs a host where it works; the server has probed that before it asks.
const (
	TCG Accelerator = "tcg"
	KVM Accelerator = "kvm"
)

// Size is what must be the same for a machine and for every clone of its snapshot.
type Size struct {
	Accelerator Accelerator
	VCPUs       int64
	MemoryMib   int64
}

// MemoryBytes is the guest's RAM.
func (s Size) MemoryBytes() int64 { return s.MemoryMib << 20 }

// Boot asks for a machine that starts a kernel.
type Boot struct {
	Machine     Machine
	Size        Size
	Kernel      Hash
	Image       Hash
	CommandLine string
	Limits      Limits
}

// Clone asks for a machine that goes on where a golden snapshot stopped.
type Clone struct {
	Machine Machine
	Size    Size
	Golden  Hash
	Image   Hash
	Limits  Limits
}

// Resume asks for a machine that goes on where it was paused.
type Resume struct {
	Machine Machine
	Size    Size
	Image   Hash
	Limits  Limits
}

// ParseBoot decodes and checks the spec of machine.boot.
func ParseBoot(document json.RawMessage) (Boot, error) {
	var raw struct {
		Machine     string      `json:"machine"`
		Accelerator Accelerator `json:"accelerator"`
		VCPUs       int64       `json:"vcpus"`
		MemoryMib   int64       `json:"memoryMib"`
		Kernel      string      `json:"kernel"`
		Image       string      `json:"image"`
		CommandLine string      `json:"commandLine"`
		Limits      Limits      `json:"limits"`
	}
	if err := wire.Decode(document, &raw); err != nil {
		return Boot{}, err
	}
	machine, machineErr := ParseMachine(raw.Machine)
	kernel, kernelErr := parseHash("kernel", raw.Kernel)
	image, imageErr := parseHash("image", raw.Image)
	size := Size{Accelerator: raw.Accelerator, VCPUs: raw.VCPUs, MemoryMib: raw.MemoryMib}
	err := firstError(machineErr, kernelErr, imageErr, size.check(), checkCommandLine(raw.CommandLine), raw.Limits.check())
	if err != nil {
		return Boot{}, err
	}
	return Boot{Machine: machine, Size: size, Kernel: kernel, Image: image, CommandLine: raw.CommandLine, Limits: raw.Limits}, nil
}

// ParseClone decodes and checks the spec of machine.clone.
func ParseClone(document json.RawMessage) (Clone, error) {
	var raw struct {
		Machine     string      `json:"machine"`
		Accelerator Accelerator `json:"accelerator"`
		Golden      string      `json:"golden"`
		VCPUs       int64       `json:"vcpus"`
		MemoryMib   int64       `json:"memoryMib"`
		Image       string      `json:"image"`
		Limits      Limits      `json:"limits"`
	}
	if err := wire.Decode(document, &raw); err != nil {
		return Clone{}, err
	}
	machine, machineErr := ParseMachine(raw.Machine)
	golden, goldenErr := parseHash("golden", raw.Golden)
	image, imageErr := parseHash("image", raw.Image)
	size := Size{Accelerator: raw.Accelerator, VCPUs: raw.VCPUs, MemoryMib: raw.MemoryMib}
	if err := firstError(machineErr, goldenErr, imageErr, size.check(), raw.Limits.check()); err != nil {
		return Clone{}, err
	}
	return Clone{Machine: machine, Size: size, Golden: golden, Image: image, Limits: raw.Limits}, nil
}

// ParseResume decodes and checks the spec of machine.resume.
func ParseResume(document json.RawMessage) (Resume, error) {
	var raw struct {
		Machine     string      `json:"machine"`
		Accelerator Accelerator `json:"accelerator"`
		VCPUs       int64       `json:"vcpus"`
		MemoryMib   int64       `json:"memoryMib"`
		Image       string      `json:"image"`
		Limits      Limits      `json:"limits"`
	}
	if err := wire.Decode(document, &raw); err != nil {
		return Resume{}, err
	}
	machine, machineErr := ParseMachine(raw.Machine)
	image, imageErr := parseHash("image", raw.Image)
	size := Size{Accelerator: raw.Accelerator, VCPUs: raw.VCPUs, MemoryMib: raw.MemoryMib}
	if err := firstError(machineErr, imageErr, size.check(), raw.Limits.check()); err != nil {
		return Resume{}, err
	}
	return Resume{Machine: machine, Size: size, Image: image, Limits: raw.Limits}, nil
}

// ParseGolden decodes and checks the spec of golden.hold and golden.release.
func ParseGolden(document json.RawMessage) (Hash, error) {
	var raw struct {
		Golden string `json:"golden"`
	}
	if err := wire.Decode(document, &raw); err != nil {
		return "", err
	}
	return parseHash("golden", raw.Golden)
}

// ParseName decodes and checks a spec that names a machine and nothing else.
func ParseName(document json.RawMessage) (Machine, error) {
	var raw struct {
		Machine string `json:"machine"`
	}
	if err := wire.Decode(document, &raw); err != nil {
		return "", err
	}
	return ParseMachine(raw.Machine)
}

// ParseEmpty checks that a spec is an empty object.
func ParseEmpty(document json.RawMessage) error {
	var raw wire.Empty
	return wire.Decode(document, &raw)
}

func (s Size) check() error {
	if s.Accelerator != TCG && s.Accelerator != KVM {
		return wire.Fail(wire.InvalidSpec, "accelerator must be tcg or kvm")
	}
	return firstError(
		within("vcpus", s.VCPUs, 1, maxVCPUs),
		within("memoryMib", s.MemoryMib, minMemoryMib, maxMemoryMib),
	)
}

// checkCommandLine keeps out what QEMU's option parser or a log reader could take for something else.
func checkCommandLine(line string) error {
	if len(line) > maxCommandLineLen {
		return wire.Fail(wire.InvalidSpec, "commandLine must be at most %d bytes", maxCommandLineLen)
	}
	for _, character := range []byte(line) {
		if character < ' ' || character > '~' || character == ',' {
			return wire.Fail(wire.InvalidSpec, "commandLine must be printable ASCII without commas")
		}
	}
	return nil
}

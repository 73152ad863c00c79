package spec

import (
	"encoding/json"

	"omnirun/launcher/internal/wire"
)

// Firecracker asks for a VMM that the server tells by its API what to do. The hashes say which files it finds.
type Firecracker struct {
	Machine Machine
	Image   Hash
	Golden  Hash // of a clone
	Kernel  Hash // of a machine that boots: whose initial RAM disk it gets
	Vmlinux Hash // of a machine that boots
	Limits  Limits
}

// ParseFirecracker decodes and checks the spec of machine.firecracker.
func ParseFirecracker(document json.RawMessage) (Firecracker, error) {
	var raw struct {
		Machine string `json:"machine"`
		Image   string `json:"image"`
		Golden  string `json:"golden"`
		Kernel  string `json:"kernel"`
		Vmlinux string `json:"vmlinux"`
		Limits  Limits `json:"limits"`
	}
	if err := wire.Decode(document, &raw); err != nil {
		return Firecracker{}, err
	}
	machine, machineErr := ParseMachine(raw.Machine)
	image, imageErr := parseHash("image", raw.Image)
	golden, goldenErr := parseOptionalHash("golden", raw.Golden)
	kernel, kernelErr := parseOptionalHash("kernel", raw.Kernel)
	vmlinux, vmlinuxErr := parseOptionalHash("vmlinux", raw.Vmlinux)
	parsed := Firecracker{Machine: machine, Image: image, Golden: golden, Kernel: kernel, Vmlinux: vmlinux, Limits: raw.Limits}
	return parsed, firstError(machineErr, imageErr, goldenErr, kernelErr, vmlinuxErr, parsed.checkOrigin(), raw.Limits.check())
}

// checkOrigin sees that there is one at most: a machine that was paused has neither.
func (f Firecracker) checkOrigin() error {
	if (f.Kernel == "") != (f.Vmlinux == "") {
		return wire.Fail(wire.InvalidSpec, "kernel and vmlinux go together")
	}
	if f.Kernel != "" && f.Golden != "" {
		return wire.Fail(wire.InvalidSpec, "a machine boots a kernel or is a clone, not both")
	}
	return nil
}

func parseOptionalHash(field, name string) (Hash, error) {
	if name == "" {
		return "", nil
	}
	return parseHash(field, name)
}

package server

import (
	"encoding/json"

	"omnirun/launcher/internal/golden"
	"omnirun/launcher/internal/machine"
	"omnirun/launcher/internal/spec"
	"omnirun/launcher/internal/wire"
)

const subscribeVerb = "events.subscribe"

// Info is the answer to host.info: what this host and this launcher are.
type Info struct {
	Cgroup            CgroupInfo       `json:"cgroup"`
	KVMNode           bool             `json:"kvmNode"`           // there is a /dev/kvm, which alone means little
	CPUVirtualization bool             `json:"cpuVirtualization"` // the CPU says that it has VMX or SVM
	QEMUVersion       string           `json:"qemuVersion"`
	HardwareVersion   int              `json:"hardwareVersion"`
	Instance          spec.Instance    `json:"instance"`
	Firecracker       *FirecrackerInfo `json:"firecracker,omitempty"` // none: machines run in QEMU
	Network           *NetworkInfo     `json:"network,omitempty"`     // none: no guest gets a link, and the problem says why
	NetworkProblem    string           `json:"networkProblem,omitempty"`
}

// FirecrackerInfo is what the server must know to have machines of Firecracker.
type FirecrackerInfo struct {
	Version         string `json:"version"`
	SnapshotVersion string `json:"snapshotVersion"`
	MemoryDirectory string `json:"memoryDirectory"`  // the server's, on tmpfs
	Jailer          string `json:"jailer,omitempty"` // the version of the jailer that it is started by, if any
}

// NetworkInfo is what the server must know to serve guests with links.
type NetworkInfo struct {
	Guests   string   `json:"guests"`   // what their addresses are from
	Services string   `json:"services"` // the address at which the server's services listen
	Resolver string   `json:"resolver"` // what guests have as their name server
	DNSPort  int      `json:"dnsPort"`
	TLSPort  int      `json:"tlsPort"`
	HTTPPort int      `json:"httpPort"`
	Except   []string `json:"except"` // networks of a kind that no guest reaches, which policies may open nevertheless
}

// CgroupInfo says which limits hold. Version 0 means none.
type CgroupInfo struct {
	Version     int      `json:"version"`
	Controllers []string `json:"controllers"`
}

// verbs is the closed set of what the peer may ask for.
type verbs struct {
	machines *machine.Manager
	goldens  *golden.Store
	hub      *Hub
	info     Info
}

type held struct {
	Bytes int64 `json:"bytes"`
}

type heldGoldens struct {
	Goldens []golden.Held `json:"goldens"`
}

type listed struct {
	Machines []machine.Living `json:"machines"`
}

// perform checks a request's spec, does what it asks for and returns the answer. It blocks for as long as that takes.
func (v verbs) perform(request wire.Request) (any, error) {
	switch request.Verb {
	case "host.info":
		return v.info, spec.ParseEmpty(request.Spec)
	case "golden.hold":
		return v.hold(request.Spec)
	case "golden.release":
		return wire.Empty{}, v.release(request.Spec)
	case "golden.list":
		return heldGoldens{Goldens: v.goldens.List()}, spec.ParseEmpty(request.Spec)
	case "machine.boot":
		return v.boot(request.Spec)
	case "machine.clone":
		return v.clone(request.Spec)
	case "machine.resume":
		return v.resume(request.Spec)
	case "machine.firecracker":
		return v.firecracker(request.Spec)
	case "machine.kill":
		return wire.Empty{}, v.kill(request.Spec)
	case "machine.list":
		return listed{Machines: v.machines.List()}, spec.ParseEmpty(request.Spec)
	case "network.plug":
		return v.plug(request.Spec)
	case "network.policy":
		return v.setPolicy(request.Spec)
	case "network.pin":
		return wire.Empty{}, v.pin(request.Spec)
	case "network.unplug":
		return wire.Empty{}, v.unplug(request.Spec)
	case subscribeVerb:
		return wire.Empty{}, spec.ParseEmpty(request.Spec)
	default:
		return nil, wire.Fail(wire.InvalidSpec, "unknown verb")
	}
}

func (v verbs) hold(document json.RawMessage) (any, error) {
	name, err := spec.ParseGolden(document)
	if err != nil {
		return nil, err
	}
	bytes, err := v.goldens.Hold(name)
	return held{Bytes: bytes}, err
}

func (v verbs) release(document json.RawMessage) error {
	name, err := spec.ParseGolden(document)
	if err != nil {
		return err
	}
	return v.goldens.Release(name)
}

func (v verbs) boot(document json.RawMessage) (any, error) {
	wanted, err := spec.ParseBoot(document)
	if err != nil {
		return nil, err
	}
	return v.machines.Boot(wanted)
}

func (v verbs) clone(document json.RawMessage) (any, error) {
	wanted, err := spec.ParseClone(document)
	if err != nil {
		return nil, err
	}
	return v.machines.Clone(wanted)
}

func (v verbs) resume(document json.RawMessage) (any, error) {
	wanted, err := spec.ParseResume(document)
	if err != nil {
		return nil, err
	}
	return v.machines.Resume(wanted)
}

func (v verbs) firecracker(document json.RawMessage) (any, error) {
	wanted, err := spec.ParseFirecracker(document)
	if err != nil {
		return nil, err
	}
	return v.machines.Firecracker(wanted)
}

func (v verbs) plug(document json.RawMessage) (any, error) {
	wanted, err := spec.ParsePlug(document)
	if err != nil {
		return nil, err
	}
	return v.machines.Plug(wanted)
}

func (v verbs) setPolicy(document json.RawMessage) (any, error) {
	wanted, err := spec.ParsePlug(document)
	if err != nil {
		return nil, err
	}
	return v.machines.SetPolicy(wanted)
}

func (v verbs) pin(document json.RawMessage) error {
	wanted, err := spec.ParsePin(document)
	if err != nil {
		return err
	}
	return v.machines.Pin(wanted)
}

func (v verbs) unplug(document json.RawMessage) error {
	name, err := spec.ParseName(document)
	if err != nil {
		return err
	}
	return v.machines.Unplug(name)
}

func (v verbs) kill(document json.RawMessage) error {
	name, err := spec.ParseName(document)
	if err != nil {
		return err
	}
	return v.machines.Kill(name)
}

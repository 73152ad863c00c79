package identity

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// recorded is a system that keeps what it was asked for; the real one would change the machine that runs the tests.
type recorded struct {
	steps       []string
	failAt      string
	environment string
}

func (r *recorded) note(step string) error {
	r.steps = append(r.steps, step)
	if step == r.failAt {
		return errors.New("no")
	}
	return nil
}

func (r *recorded) AddEntropy([]byte) error     { return r.note("entropy") }
func (r *recorded) SetClock(time.Time) error    { return r.note("clock") }
func (r *recorded) SetHostname(n string) error  { return r.note("hostname " + n) }
func (r *recorded) SetMachineID(i string) error { return r.note("machine " + i) }
func (r *recorded) SetBootID(i string) error    { return r.note("boot " + i) }
func (r *recorded) ConfigureNetwork(mac net.HardwareAddr, network *Network) error {
	return r.note(fmt.Sprintf("network %v %v", mac, network != nil))
}
func (r *recorded) WriteEnvironment(block []byte) error {
	r.environment = string(block)
	return r.note("environment")
}
func (r *recorded) WriteCredentials(script []byte) error {
	return r.note("credentials " + string(script))
}

func valid() Identity {
	return Identity{
		Hostname: "sb-1", MachineID: strings.Repeat("0f", 16), BootID: "01234567-89ab-cdef-0123-456789abcdef",
		Entropy: make([]byte, 32), Clock: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC),
		Environment: map[string]string{"A": "b"}, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, AccessToken: "token",
	}
}

func TestEntropyComesFirstAndTheTokenAfterEverything(t *testing.T) {
	system, store := &recorded{}, NewStore()
	if err := NewApplier(system, store).Apply(valid()); err != nil {
		t.Fatal(err)
	}
	wanted := []string{
		"entropy", "clock", "hostname sb-1", "machine " + strings.Repeat("0f", 16), "boot 01234567-89ab-cdef-0123-456789abcdef",
		"network 02:00:00:00:00:01 false", "environment",
	}
	if !slices.Equal(system.steps, wanted) {
		t.Errorf("steps %q", system.steps)
	}
	if current := store.Load(); current.AccessToken != "token" || current.Environment["A"] != "b" {
		t.Errorf("%+v", current)
	}
}

func TestAFailureNamesItsStepAndLetsNobodyIn(t *testing.T) {
	system, store := &recorded{failAt: "hostname sb-1"}, NewStore()
	err := NewApplier(system, store).Apply(valid())
	if err == nil || !strings.Contains(err.Error(), "hostname") || len(system.steps) != 3 {
		t.Errorf("%v after %q", err, system.steps)
	}
	if store.Load().AccessToken != "" {
		t.Error("the token is set")
	}
	system.failAt = ""
	if err := NewApplier(system, store).Apply(valid()); err != nil {
		t.Errorf("the second try: %v", err)
	}
}

func TestTheLastIdentityWins(t *testing.T) {
	store := NewStore()
	applier := NewApplier(Unchanged{}, store)
	second := valid()
	second.Environment, second.AccessToken = nil, "other"
	for _, identity := range []Identity{valid(), second} {
		if err := applier.Apply(identity); err != nil {
			t.Fatal(err)
		}
	}
	if current := store.Load(); current.AccessToken != "other" || len(current.Environment) != 0 {
		t.Errorf("%+v", current)
	}
}

func TestAWrongIdentityIsRefusedBeforeAnythingIsChanged(t *testing.T) {
	for name, spoil := range map[string]func(*Identity){
		"short entropy":     func(i *Identity) { i.Entropy = make([]byte, 31) },
		"endless entropy":   func(i *Identity) { i.Entropy = make([]byte, 5000) },
		"no clock":          func(i *Identity) { i.Clock = time.Unix(0, 0) },
		"far clock":         func(i *Identity) { i.Clock = time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC) },
		"empty hostname":    func(i *Identity) { i.Hostname = "" },
		"hostname injects":  func(i *Identity) { i.Hostname = "a\n10.0.0.1 b" },
		"long hostname":     func(i *Identity) { i.Hostname = strings.Repeat("a", 64) },
		"hostname's end":    func(i *Identity) { i.Hostname = "a-" },
		"hostname's start":  func(i *Identity) { i.Hostname = "-a" },
		"machine id":        func(i *Identity) { i.MachineID = "x" },
		"upper-case id":     func(i *Identity) { i.MachineID = strings.Repeat("0F", 16) },
		"hyphen in boot id": func(i *Identity) { i.BootID = "01234567089ab-cdef-0123-456789abcdef" },
		"boot id":           func(i *Identity) { i.BootID = strings.Repeat("0", 36) },
		"multicast mac":     func(i *Identity) { i.MAC = net.HardwareAddr{3, 0, 0, 0, 0, 1} },
		"global mac":        func(i *Identity) { i.MAC = net.HardwareAddr{0, 0, 0, 0, 0, 1} },
		"infiniband mac":    func(i *Identity) { i.MAC = append(net.HardwareAddr{2}, bytes.Repeat([]byte{0}, 19)...) },
		"variable":          func(i *Identity) { i.Environment = map[string]string{"A=": ""} },
		"no address":        func(i *Identity) { i.Network = &Network{Gateway: netip.MustParseAddr("10.0.0.1")} },
		"many name servers": func(i *Identity) {
			i.Network = &Network{netip.MustParsePrefix("10.0.0.2/24"), netip.MustParseAddr("10.0.0.1"), make([]netip.Addr, 9)}
		},
	} {
		system, identity := &recorded{}, valid()
		spoil(&identity)
		err := NewApplier(system, NewStore()).Apply(identity)
		if !errors.As(err, new(InvalidError)) || len(system.steps) != 0 {
			t.Errorf("%s: %v after %q", name, err, system.steps)
		}
	}
}

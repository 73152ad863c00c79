package identity

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Identity is what a guest is told to be.
type Identity struct {
	Hostname    string
	MachineID   string
	BootID      string
	Entropy     []byte
	Clock       time.Time
	Environment map[string]string
	// Credentials win over the environment and are written to a file for shells; nil when none were asked for, which is
	// not the same as none.
	Credentials *Credentials
	// MAC is absent when the network card is to be left alone.
	MAC         net.HardwareAddr
	AccessToken string
	// Network is absent when no address is to be configured.
	Network *Network
}

// Network is how the first network card reaches others.
type Network struct {
	Address netip.Prefix
	Gateway netip.Addr
	DNS     []netip.Addr
}

// System changes the guest. Each method may be called again with other values; the last call wins. Errors say what
// could not be done.
type System interface {
	// AddEntropy credits the bytes to the kernel's pool and reseeds its generator from it.
	AddEntropy(entropy []byte) error
	SetClock(clock time.Time) error
	SetHostname(hostname string) error
	SetMachineID(machineID string) error
	SetBootID(bootID string) error
	// ConfigureNetwork sets the card's address and network; see Identity for what is absent.
	ConfigureNetwork(mac net.HardwareAddr, network *Network) error
	// WriteCredentials puts a script where shells of the sandbox's owner look for it, for root alone.
	WriteCredentials(script []byte) error
	// WriteEnvironment puts every variable of the sandbox, each followed by a NUL, where the sandbox's own services look for it, for root
	// alone.
	WriteEnvironment(block []byte) error
}

const (
	minEntropyBytes = 32
	// maxEntropyBytes is what the kernel's own pool was ever worth.
	maxEntropyBytes = 4096
	// maxDNS is what the C library's resolver uses (MAXNS), and a few more.
	maxDNS = 8
)

var (
	// earliestClock is older than this program: a clock before it is a mistake, and breaks every certificate.
	earliestClock = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	latestClock   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// InvalidError is an identity that is refused before anything is changed; the text is for the caller.
type InvalidError struct{ Reason string }

func (e InvalidError) Error() string { return e.Reason }

// check refuses what would leave the guest half made. The error is an InvalidError.
func (i Identity) check() error {
	if err := checkMoment(i.Entropy, i.Clock); err != nil {
		return err
	}
	switch {
	case !isDNSLabel(i.Hostname):
		return InvalidError{"hostname must be a DNS label"}
	case !hasForm(i.MachineID, machineIDForm):
		return InvalidError{"machine_id must be 32 lower-case hexadecimal digits"}
	case !hasForm(i.BootID, bootIDForm):
		return InvalidError{"boot_id must be a lower-case UUID"}
	case len(i.MAC) != 0 && (len(i.MAC) != 6 || i.MAC[0]&0b11 != 0b10):
		return InvalidError{"mac must be a locally administered unicast address"}
	}
	return i.checkRest()
}

// checkMoment checks what belongs to the moment and not to the guest.
func checkMoment(entropy []byte, clock time.Time) error {
	switch {
	case len(entropy) < minEntropyBytes || len(entropy) > maxEntropyBytes:
		return InvalidError{fmt.Sprintf("entropy must have %d to %d bytes", minEntropyBytes, maxEntropyBytes)}
	case clock.Before(earliestClock) || clock.After(latestClock):
		return InvalidError{"the clock is not set to a time of this age"}
	}
	return nil
}

func (i Identity) checkRest() error {
	for name, value := range i.Environment {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(value, 0) {
			return InvalidError{fmt.Sprintf("environment variable %q cannot be set", name)}
		}
	}
	return i.Network.check()
}

func (n *Network) check() error {
	if n != nil && (!n.Address.IsValid() || !n.Gateway.IsValid() || len(n.DNS) > maxDNS) {
		return InvalidError{fmt.Sprintf("network needs an address, a gateway and at most %d name servers", maxDNS)}
	}
	return nil
}

// Applier gives identities to a guest, one at a time. It is safe for concurrent use.
type Applier struct {
	system System
	store  *Store
	mu     sync.Mutex
}

// NewApplier changes the given system and keeps in the store what the rest of the agent needs to know.
func NewApplier(system System, store *Store) *Applier { return &Applier{system: system, store: store} }

// Apply makes the guest what it is told to be, and returns when a process started from now on sees all of it. Entropy
// comes first, for everything after it may ask for random numbers; the token last, so that nobody is let in to a
// half-made guest. It may be repeated after an error, which is an InvalidError or names the step.
func (a *Applier) Apply(identity Identity) error {
	if err := identity.check(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"entropy", func() error { return a.system.AddEntropy(identity.Entropy) }},
		{"clock", func() error { return a.system.SetClock(identity.Clock) }},
		{"hostname", func() error { return a.system.SetHostname(identity.Hostname) }},
		{"machine id", func() error { return a.system.SetMachineID(identity.MachineID) }},
		{"boot id", func() error { return a.system.SetBootID(identity.BootID) }},
		{"network", func() error { return a.system.ConfigureNetwork(identity.MAC, identity.Network) }},
		{"credentials", func() error { return a.writeCredentials(identity.Credentials) }},
		{"environment", func() error {
			return a.system.WriteEnvironment(environmentBlock(identity.Environment, identity.Credentials))
		}},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("identity: %s: %w", step.name, err)
		}
	}
	a.store.Replace(Current{
		Environment: maps.Clone(identity.Environment), Credentials: identity.Credentials, AccessToken: identity.AccessToken,
	})
	return nil
}

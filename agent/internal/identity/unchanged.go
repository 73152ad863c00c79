package identity

import (
	"net"
	"time"
)

// Unchanged is the system of an agent that runs as a normal program on a machine that is not its own: nothing of it
// is changed. Environment and token, which are the agent's own, take effect all the same.
type Unchanged struct{}

var _ System = Unchanged{}

// AddEntropy does nothing.
func (Unchanged) AddEntropy([]byte) error { return nil }

// SetClock does nothing.
func (Unchanged) SetClock(time.Time) error { return nil }

// SetHostname does nothing.
func (Unchanged) SetHostname(string) error { return nil }

// SetMachineID does nothing.
func (Unchanged) SetMachineID(string) error { return nil }

// SetBootID does nothing.
func (Unchanged) SetBootID(string) error { return nil }

// ConfigureNetwork does nothing.
func (Unchanged) ConfigureNetwork(net.HardwareAddr, *Network) error { return nil }

// WriteCredentials does nothing.
func (Unchanged) WriteCredentials([]byte) error { return nil }

// WriteEnvironment does nothing.
func (Unchanged) WriteEnvironment([]byte) error { return nil }

package identity

import (
	"fmt"
	"time"
)

// Awaken brings a guest up to date that stood still for a while: randomness first, for another copy of the guest may have drawn from
// the old one, then the clock. Everything else stays what it is. It may be repeated after an error, which is an InvalidError or names
// the step.
func (a *Applier) Awaken(entropy []byte, clock time.Time) error {
	if err := checkMoment(entropy, clock); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.system.AddEntropy(entropy); err != nil {
		return fmt.Errorf("awaken: entropy: %w", err)
	}
	if err := a.system.SetClock(clock); err != nil {
		return fmt.Errorf("awaken: clock: %w", err)
	}
	return nil
}

// SetNetwork gives the guest another network, or none; its card keeps its address of the link layer. It may be repeated after an error,
// which is an InvalidError or says what could not be done.
func (a *Applier) SetNetwork(network *Network) error {
	if err := network.check(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.system.ConfigureNetwork(nil, network); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	return nil
}

package identity

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAwakeningTouchesNothingButRandomnessAndTheClock(t *testing.T) {
	system, store := &recorded{}, NewStore()
	applier := NewApplier(system, store)
	if err := applier.Apply(valid()); err != nil {
		t.Fatal(err)
	}
	system.steps = nil
	if err := applier.Awaken(make([]byte, 32), time.Date(2026, 8, 2, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(system.steps, []string{"entropy", "clock"}) {
		t.Errorf("steps %q", system.steps)
	}
	if current := store.Load(); current.AccessToken != "token" || current.Environment["A"] != "b" {
		t.Errorf("%+v", current)
	}
}

func TestAWrongMomentIsRefusedAndAFailureNamesItsStep(t *testing.T) {
	system := &recorded{}
	applier := NewApplier(system, NewStore())
	now := time.Date(2026, 8, 2, 0, 0, 0, 0, time.UTC)
	for name, err := range map[string]error{
		"short entropy": applier.Awaken(make([]byte, 31), now),
		"no clock":      applier.Awaken(make([]byte, 32), time.Unix(0, 0)),
	} {
		if !errors.As(err, new(InvalidError)) || len(system.steps) != 0 {
			t.Errorf("%s: %v after %q", name, err, system.steps)
		}
	}
	system.failAt = "clock"
	if err := applier.Awaken(make([]byte, 32), now); err == nil || !strings.Contains(err.Error(), "clock") {
		t.Error(err)
	}
}

func TestANetworkIsSetWithoutAnythingElse(t *testing.T) {
	system := &recorded{}
	applier := NewApplier(system, NewStore())
	network := &Network{Address: netip.MustParsePrefix("10.0.0.2/24"), Gateway: netip.MustParseAddr("10.0.0.1")}
	check(t, applier.SetNetwork(network))
	check(t, applier.SetNetwork(nil))
	if !slices.Equal(system.steps, []string{"network  true", "network  false"}) {
		t.Errorf("steps %q", system.steps)
	}
	network.DNS = make([]netip.Addr, maxDNS+1)
	if err := applier.SetNetwork(network); !errors.As(err, new(InvalidError)) || len(system.steps) != 2 {
		t.Error(err)
	}
}

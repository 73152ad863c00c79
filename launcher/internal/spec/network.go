package spec

import (
	"encoding/json"
	"net/netip"
	"strings"
	"time"

	"omnirun/launcher/internal/wire"
)

const (
	// maxNetworks bounds each list of a policy: a thousand of the caller's, and as many addresses of names that the caller denies.
	maxNetworks = 2000
	// maxPins bounds the addresses of one request: more than any name has.
	maxPins = 256
	// maxPinSeconds is a day, the longest that a name's addresses are believed.
	maxPinSeconds = 86_400
)

// Plug gives a machine a link, or changes what it may be used for.
type Plug struct {
	Machine  Machine
	Open     bool
	Proxied  bool
	Resolved bool
	Allowed  []netip.Prefix
	Denied   []netip.Prefix
	Pinned   []PinnedAddress
	Keep     bool // what is open and pinned, if the policy is what it was
}

// PinnedAddress is open to a guest for some time.
type PinnedAddress struct {
	Address netip.Addr
	For     time.Duration
}

// Pin opens addresses to a machine.
type Pin struct {
	Machine Machine
	Pinned  []PinnedAddress
}

type rawPinned struct {
	Address string `json:"address"`
	Seconds int    `json:"seconds"`
}

// ParsePlug decodes and checks the spec of network.plug and network.policy.
func ParsePlug(document json.RawMessage) (Plug, error) {
	var raw struct {
		Machine  string      `json:"machine"`
		Open     bool        `json:"open"`
		Proxied  bool        `json:"proxied"`
		Resolved bool        `json:"resolved"`
		Allowed  []string    `json:"allowed"`
		Denied   []string    `json:"denied"`
		Pinned   []rawPinned `json:"pinned"`
		Keep     bool        `json:"keep"`
	}
	if err := wire.Decode(document, &raw); err != nil {
		return Plug{}, err
	}
	machine, machineErr := ParseMachine(raw.Machine)
	allowed, allowedErr := parseNetworks("allowed", raw.Allowed)
	denied, deniedErr := parseNetworks("denied", raw.Denied)
	pinned, pinnedErr := parsePinned(raw.Pinned)
	if err := firstError(machineErr, allowedErr, deniedErr, pinnedErr); err != nil {
		return Plug{}, err
	}
	if raw.Proxied && (raw.Open || len(allowed) > 0 || len(pinned) > 0) {
		return Plug{}, wire.Fail(wire.InvalidSpec, "a proxied machine reaches the proxies only: nothing can be open, allowed or pinned beside them")
	}
	return Plug{
		Machine: machine, Open: raw.Open, Proxied: raw.Proxied, Resolved: raw.Resolved, Allowed: allowed, Denied: denied, Pinned: pinned,
		Keep: raw.Keep,
	}, nil
}

// ParsePin decodes and checks the spec of network.pin.
func ParsePin(document json.RawMessage) (Pin, error) {
	var raw struct {
		Machine string      `json:"machine"`
		Pinned  []rawPinned `json:"pinned"`
	}
	if err := wire.Decode(document, &raw); err != nil {
		return Pin{}, err
	}
	machine, machineErr := ParseMachine(raw.Machine)
	pinned, pinnedErr := parsePinned(raw.Pinned)
	return Pin{Machine: machine, Pinned: pinned}, firstError(machineErr, pinnedErr)
}

func parsePinned(raw []rawPinned) ([]PinnedAddress, error) {
	if len(raw) > maxPins {
		return nil, wire.Fail(wire.InvalidSpec, "pinned must have at most %d addresses", maxPins)
	}
	pinned := make([]PinnedAddress, 0, len(raw))
	for _, each := range raw {
		address, err := netip.ParseAddr(each.Address)
		if err != nil || !address.Is4() {
			return nil, wire.Fail(wire.InvalidSpec, "pinned addresses must be of the form a.b.c.d")
		}
		if each.Seconds < 1 || each.Seconds > maxPinSeconds {
			return nil, wire.Fail(wire.InvalidSpec, "pinned addresses must be so for 1 to %d seconds", maxPinSeconds)
		}
		pinned = append(pinned, PinnedAddress{Address: address, For: time.Duration(each.Seconds) * time.Second})
	}
	return pinned, nil
}

// ParseNetworks reads networks that are separated by commas; an empty text names none.
func ParseNetworks(field, text string) ([]netip.Prefix, error) {
	if text == "" {
		return nil, nil
	}
	return parseNetworks(field, strings.Split(text, ","))
}

// parseNetworks takes IPv4 networks whose host bits are zero.
func parseNetworks(field string, texts []string) ([]netip.Prefix, error) {
	if len(texts) > maxNetworks {
		return nil, wire.Fail(wire.InvalidSpec, "%s must have at most %d networks", field, maxNetworks)
	}
	networks := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if err != nil || !network.Addr().Is4() || network != network.Masked() {
			return nil, wire.Fail(wire.InvalidSpec, "%s must be IPv4 networks of the form a.b.c.d/n", field)
		}
		networks = append(networks, network)
	}
	return networks, nil
}

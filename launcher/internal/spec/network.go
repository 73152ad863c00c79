package spec

import (
	"encoding/json"
	"net/netip"

	"omnirun/launcher/internal/wire"
)

// maxNetworks bounds each list of a policy; a request has room for no more.
const maxNetworks = 1000

// Plug gives a machine a link, or changes what it may be used for.
type Plug struct {
	Machine Machine
	Open    bool
	Allowed []netip.Prefix
	Denied  []netip.Prefix
}

// ParsePlug decodes and checks the spec of network.plug and network.policy.
func ParsePlug(document json.RawMessage) (Plug, error) {
	var raw struct {
		Machine string   `json:"machine"`
		Open    bool     `json:"open"`
		Allowed []string `json:"allowed"`
		Denied  []string `json:"denied"`
	}
	if err := wire.Decode(document, &raw); err != nil {
		return Plug{}, err
	}
	machine, machineErr := ParseMachine(raw.Machine)
	allowed, allowedErr := parseNetworks("allowed", raw.Allowed)
	denied, deniedErr := parseNetworks("denied", raw.Denied)
	if err := firstError(machineErr, allowedErr, deniedErr); err != nil {
		return Plug{}, err
	}
	return Plug{Machine: machine, Open: raw.Open, Allowed: allowed, Denied: denied}, nil
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

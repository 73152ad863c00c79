package guestservice

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	wire "omnirun/agent/gen/guestv1"
	"omnirun/agent/internal/identity"
)

// maxTCPPort is the last port of TCP.
const maxTCPPort = 65535

// identityOf translates a request. The error is an identity.InvalidError.
func identityOf(message *wire.ApplyIdentityRequest) (identity.Identity, error) {
	wanted := identity.Identity{
		Hostname:    message.GetHostname(),
		MachineID:   message.GetMachineId(),
		BootID:      message.GetBootId(),
		Entropy:     message.GetEntropy(),
		Clock:       time.Unix(0, message.GetUnixNs()),
		Environment: message.GetEnvs(),
		AccessToken: message.GetAccessToken(),
	}
	if message.GetLlmPort() > maxTCPPort {
		return wanted, identity.InvalidError{Reason: "llm_port is no port of TCP"}
	}
	if credentials := message.GetCredentials(); credentials != nil {
		parsed, err := identity.ParseCredentials(credentials.GetBlock())
		if err != nil {
			return wanted, err
		}
		wanted.Credentials = parsed
	}
	if text := message.GetMac(); text != "" {
		mac, err := net.ParseMAC(text)
		if err != nil {
			return wanted, identity.InvalidError{Reason: fmt.Sprintf("mac: %v", err)}
		}
		wanted.MAC = mac
	}
	var err error
	wanted.Network, err = networkOf(message.GetNetwork())
	return wanted, err
}

func networkOf(message *wire.Network) (*identity.Network, error) {
	if message == nil {
		return nil, nil
	}
	address, err := netip.ParsePrefix(message.GetAddressCidr())
	if err != nil {
		return nil, identity.InvalidError{Reason: fmt.Sprintf("address_cidr: %v", err)}
	}
	gateway, err := netip.ParseAddr(message.GetGateway())
	if err != nil {
		return nil, identity.InvalidError{Reason: fmt.Sprintf("gateway: %v", err)}
	}
	network := &identity.Network{Address: address, Gateway: gateway}
	for _, text := range message.GetDns() {
		server, err := netip.ParseAddr(text)
		if err != nil {
			return nil, identity.InvalidError{Reason: fmt.Sprintf("dns: %v", err)}
		}
		network.DNS = append(network.DNS, server)
	}
	return network, nil
}

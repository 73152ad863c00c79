package command

import (
	"strings"
	"syscall"
	"testing"
)

func TestAHostWithoutARouterIsDoneWithout(t *testing.T) {
	h := newHost(t)
	must(t, h.kill(syscall.SIGTERM))
	h.network = "127.0.0.0/17" // every host has a route to it
	h.start()
	var info struct {
		Network        *struct{} `json:"network"`
		NetworkProblem string    `json:"networkProblem"`
	}
	h.connect().call("host.info", fields{}, &info)
	if info.Network != nil || !strings.Contains(info.NetworkProblem, "127.0.0.0/17 is in use") {
		t.Errorf("got %+v", info)
	}
	h.connect().refused("unsupported", "network.unplug", fields{"machine": h.newMachine()})
}

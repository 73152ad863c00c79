package command

import (
	"errors"
	"fmt"
	"log/slog"

	"omnirun/launcher/internal/router"
	"omnirun/launcher/internal/server"
	"omnirun/launcher/internal/spec"
)

const (
	// linkBytesPerSecond is a gigabit: one guest does not fill the host's own link for the others.
	linkBytesPerSecond = 125_000_000
	// linkFlows is more than a program that is no scanner has open at a time.
	linkFlows = 4096
)

// errNoNetwork is why there is no router that nobody wanted.
var errNoNetwork = errors.New("the launcher runs without --network")

// unusableError is a host that has no router to offer: the launcher does without.
type unusableError struct{ cause error }

func (e unusableError) Error() string { return "the router cannot be made: " + e.cause.Error() }
func (e unusableError) Unwrap() error { return e.cause }

// openRouter fails with an unusableError or errNoNetwork where guests are to have no links; any other error is the operator's mistake.
func openRouter(parsed options, run *runDirectory, log *slog.Logger) (*router.Router, error) {
	if parsed.network == "" {
		return nil, errNoNetwork
	}
	plan, err := router.ParsePlan(parsed.network)
	if err != nil {
		return nil, fmt.Errorf("--network: %w", err)
	}
	except, err := spec.ParseNetworks("--network-except", parsed.networkExcept)
	if err != nil {
		return nil, err
	}
	opened, err := router.Open(router.Config{
		Plan: plan, Instance: string(parsed.instance), Path: run.router(),
		BytesPerSecond: linkBytesPerSecond, Flows: linkFlows, Except: except, Log: log,
	})
	if err != nil {
		return nil, unusableError{err}
	}
	return opened, nil
}

func describeNetwork(opened *router.Router) *server.NetworkInfo {
	config := opened.Config()
	info := server.NetworkInfo{
		Guests: config.Plan.Guests().String(), Services: config.Plan.Host().String(), Resolver: router.Resolver.String(),
		DNSPort: router.DNSPort, TLSPort: router.TLSPort, HTTPPort: router.HTTPPort, Except: make([]string, 0, len(config.Except)),
	}
	for _, each := range config.Except {
		info.Except = append(info.Except, each.String())
	}
	return &info
}

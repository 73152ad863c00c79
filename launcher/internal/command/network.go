package command

import (
	"fmt"

	"omnirun/launcher/internal/router"
)

const (
	// linkBytesPerSecond is a gigabit: one guest does not fill the host's own link for the others.
	linkBytesPerSecond = 125_000_000
	// linkFlows is more than a program that is no scanner has open at a time.
	linkFlows = 4096
)

// openRouter gives nil if no guest is to have a link.
func openRouter(parsed options, run *runDirectory) (*router.Router, error) {
	if parsed.network == "" {
		return nil, nil
	}
	plan, err := router.ParsePlan(parsed.network)
	if err != nil {
		return nil, fmt.Errorf("--network: %w", err)
	}
	opened, err := router.Open(router.Config{
		Plan: plan, Instance: string(parsed.instance), Path: run.router(),
		BytesPerSecond: linkBytesPerSecond, Flows: linkFlows,
	})
	if err != nil {
		return nil, fmt.Errorf("the router cannot be made: %w", err)
	}
	return opened, nil
}

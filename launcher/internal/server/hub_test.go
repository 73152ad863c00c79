package server

import (
	"log/slog"
	"testing"

	"omnirun/launcher/internal/wire"
)

func TestEventsThatMayBeMissedLeaveRoomForThoseThatMayNot(t *testing.T) {
	hub := NewHub()
	slow := newConnection(nil, verbs{hub: hub}, slog.Default())
	hub.subscribe(slow, []byte("{}\n"))
	taken := 0
	for hub.Offer(wire.FlowEnded{Event: "network.ended"}) {
		taken++
	}
	if taken != maxWaitingLines/2-1 {
		t.Errorf("a subscriber that does not read is given %d events that may be missed", taken)
	}
	hub.Publish(wire.Exited{Event: "machine.exited"})
	select {
	case <-slow.gone:
		t.Error("a subscriber was dropped for events that may be missed")
	default:
	}
	if len(slow.lines) != taken+2 {
		t.Errorf("%d lines wait instead of %d", len(slow.lines), taken+2)
	}
	hub.unsubscribe(slow)
	if !hub.Offer(wire.FlowEnded{Event: "network.ended"}) {
		t.Error("an event that nobody asked for is missed")
	}
}

// Package keepalive reads how often an idle stream must say something, so that no proxy on the way cuts it.
package keepalive

import (
	"net/http"
	"strconv"
	"time"
)

const (
	// usual is what E2B's clients expect when they do not say.
	usual = 90 * time.Second
	// longest is more than any proxy waits; a longer wish is no sensible one.
	longest = time.Hour
)

// Interval returns the wish of the request's Keepalive-Ping-Interval header, in seconds; what is not a sensible
// number counts as absent.
func Interval(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Keepalive-Ping-Interval"))
	if err != nil || seconds < 1 || seconds > int(longest/time.Second) {
		return usual
	}
	return time.Duration(seconds) * time.Second
}

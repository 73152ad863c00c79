package ports

import "time"

const (
	// paceInterval and paceBurst are a little less than the host takes: 20 streams a second, 40 at once. What it gets beyond that it resets,
	// which programs would take for an error.
	paceInterval = time.Second / 18
	paceBurst    = 36
)

// pace keeps to a rate, after some at once.
type pace struct{ fullAt time.Time }

// next counts one more and says how long to wait before it.
func (p *pace) next(now time.Time) time.Duration {
	if p.fullAt.Before(now) {
		p.fullAt = now
	}
	wait := max(p.fullAt.Sub(now)-(paceBurst-1)*paceInterval, 0)
	p.fullAt = p.fullAt.Add(paceInterval)
	return wait
}

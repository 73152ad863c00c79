package process

import "sync"

// changes lets any number of goroutines wait for the next change of a process without one being missed: take the
// channel first, look at the state, then wait. The zero value is ready.
type changes struct {
	mu   sync.Mutex
	next chan struct{}
}

// channel returns one that is closed at the next change.
func (c *changes) channel() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == nil {
		c.next = make(chan struct{})
	}
	return c.next
}

// announce wakes everybody that waits.
func (c *changes) announce() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next != nil {
		close(c.next)
		c.next = nil
	}
}

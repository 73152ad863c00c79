package server

import (
	"sync"

	"omnirun/launcher/internal/wire"
)

// Hub hands events to the connections that asked for them. It is safe for concurrent use and never blocks.
type Hub struct {
	mutex       sync.Mutex
	subscribers map[*connection]struct{}
}

// NewHub makes a hub without subscribers.
func NewHub() *Hub { return &Hub{subscribers: make(map[*connection]struct{})} }

// Publish hands an event to every subscriber. One whose queue is full loses its connection: it must learn that it missed something,
// and finds out what by listing the machines.
func (h *Hub) Publish(event wire.Exited) {
	encoded := eventLine(event)
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for subscriber := range h.subscribers {
		if !subscriber.offer(encoded) {
			subscriber.drop()
		}
	}
}

// Offer hands an event that may be missed to every subscriber that is not far behind: there is always room for what must not be missed.
// It tells whether all of them took it.
func (h *Hub) Offer(event any) bool {
	encoded := eventLine(event)
	h.mutex.Lock()
	defer h.mutex.Unlock()
	taken := true
	for subscriber := range h.subscribers {
		taken = subscriber.isNear() && subscriber.offer(encoded) && taken
	}
	return taken
}

func eventLine(event any) []byte {
	encoded, err := wire.EventLine(event)
	if err != nil {
		panic(err) // an event is made of checked names and numbers, so it always has a short encoding
	}
	return encoded
}

// subscribe queues the answer and adds the connection in one step, so that no event comes before the answer or is missed after it.
func (h *Hub) subscribe(subscriber *connection, answer []byte) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if !subscriber.offer(answer) {
		subscriber.drop()
		return
	}
	h.subscribers[subscriber] = struct{}{}
}

func (h *Hub) unsubscribe(subscriber *connection) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	delete(h.subscribers, subscriber)
}

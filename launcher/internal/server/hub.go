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
	encoded, err := wire.EventLine(event)
	if err != nil {
		panic(err) // an event is made of checked names and numbers, so it always has a short encoding
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for subscriber := range h.subscribers {
		if !subscriber.offer(encoded) {
			subscriber.drop()
		}
	}
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

package filesystem

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"sync"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/filesystem"
)

const (
	// maxWatchers bounds the watches that wait to be asked: the kernel gives 128 to a user, and streams need some.
	maxWatchers = 100
	// maxQueued bounds the events one of them keeps: as many as the kernel's own queue.
	maxQueued = 16_384
)

// queuedWatch keeps the events of a watch until it is asked for them.
type queuedWatch struct {
	cancel context.CancelFunc

	mu     sync.Mutex
	events []*wire.FilesystemEvent
	// failure is told once, with the next question.
	failure error
}

// registry knows the queued watches by their ids.
type registry struct {
	mu   sync.Mutex
	byID map[string]*queuedWatch
}

// CreateWatcher begins a watch whose events are kept until they are asked for. It ends with RemoveWatcher.
func (s *Service) CreateWatcher(_ context.Context, request *connect.Request[wire.CreateWatcherRequest],
) (*connect.Response[wire.CreateWatcherResponse], error) {
	user, path, err := s.caller(request, request.Msg.GetPath())
	if err != nil {
		return nil, err
	}
	begun, err := newWatch(s.users, user, path, request.Msg)
	if err != nil {
		return nil, rpcError(path, err)
	}
	id := rand.Text()
	ctx, cancel := context.WithCancel(context.Background())
	queued := &queuedWatch{cancel: cancel}
	if !s.watchers.add(id, queued) {
		cancel()
		limit := connect.NewError(connect.CodeResourceExhausted, fmt.Errorf("there are %d watchers already", maxWatchers))
		return nil, closeWatch(begun, limit)
	}
	begun.send = queued.keep
	go func() {
		queued.fail(closeWatch(begun, begun.run(ctx)))
	}()
	return connect.NewResponse(&wire.CreateWatcherResponse{WatcherId: id}), nil
}

func (q *queuedWatch) keep(event *wire.FilesystemEvent) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.events) == maxQueued {
		q.events = q.events[1:]
		q.failure = connect.NewError(connect.CodeDataLoss, fmt.Errorf("events were lost: more than %d were waiting", maxQueued))
	}
	q.events = append(q.events, event)
	return nil
}

func (q *queuedWatch) fail(err error) {
	if errors.Is(err, context.Canceled) {
		return // It was removed.
	}
	log.Printf("a watch has ended: %v", err)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failure = err
}

// take empties the queue, or tells once what has gone wrong.
func (q *queuedWatch) take() ([]*wire.FilesystemEvent, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if failure := q.failure; failure != nil {
		q.failure = nil
		return nil, failure
	}
	events := q.events
	q.events = nil
	return events, nil
}

// GetWatcherEvents returns what has happened since the last question.
func (s *Service) GetWatcherEvents(_ context.Context, request *connect.Request[wire.GetWatcherEventsRequest],
) (*connect.Response[wire.GetWatcherEventsResponse], error) {
	queued, err := s.watchers.find(request.Msg.GetWatcherId())
	if err != nil {
		return nil, err
	}
	events, err := queued.take()
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&wire.GetWatcherEventsResponse{Events: events}), nil
}

// RemoveWatcher ends a watch.
func (s *Service) RemoveWatcher(_ context.Context, request *connect.Request[wire.RemoveWatcherRequest],
) (*connect.Response[wire.RemoveWatcherResponse], error) {
	queued, err := s.watchers.find(request.Msg.GetWatcherId())
	if err != nil {
		return nil, err
	}
	queued.cancel()
	s.watchers.remove(request.Msg.GetWatcherId())
	return connect.NewResponse(&wire.RemoveWatcherResponse{}), nil
}

func (r *registry) add(id string, queued *queuedWatch) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.byID) == maxWatchers {
		return false
	}
	r.byID[id] = queued
	return true
}

func (r *registry) find(id string) (*queuedWatch, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	queued, known := r.byID[id]
	if !known {
		return nil, connect.NewError(connect.CodeNotFound, fmt.Errorf("watcher with id %s not found", id))
	}
	return queued, nil
}

func (r *registry) remove(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byID, id)
}

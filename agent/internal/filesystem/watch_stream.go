package filesystem

import (
	"context"
	"sync"
	"time"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/filesystem"
	"omnirun/agent/internal/keepalive"
)

// WatchDir reports changes until the caller leaves; its first message says that everything from now on will be
// reported.
func (s *Service) WatchDir(ctx context.Context, request *connect.Request[wire.WatchDirRequest],
	stream *connect.ServerStream[wire.WatchDirResponse],
) error {
	user, path, err := s.caller(request, request.Msg.GetPath())
	if err != nil {
		return err
	}
	begun, err := newWatch(s.users, user, path, request.Msg)
	if err != nil {
		return rpcError(path, err)
	}
	sender := &watchSender{stream: stream, interval: keepalive.Interval(request.Header())}
	begun.send = func(event *wire.FilesystemEvent) error {
		return sender.send(&wire.WatchDirResponse{Event: &wire.WatchDirResponse_Filesystem{Filesystem: event}})
	}
	if err := sender.begin(); err != nil {
		return closeWatch(begun, err)
	}
	defer sender.end()
	return closeWatch(begun, begun.run(ctx))
}

func closeWatch(begun *watch, err error) error {
	if closeErr := begun.close(); err == nil {
		return closeErr
	}
	return err
}

// watchSender sends messages, and keep-alives while there are none. The stream takes one message at a time, and the
// keep-alives come from a timer.
type watchSender struct {
	stream   *connect.ServerStream[wire.WatchDirResponse]
	interval time.Duration

	mu    sync.Mutex
	timer *time.Timer
	ended bool
}

func (s *watchSender) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	start := &wire.WatchDirResponse{Event: &wire.WatchDirResponse_Start{Start: &wire.WatchDirResponse_StartEvent{}}}
	if err := s.stream.Send(start); err != nil {
		return err
	}
	s.timer = time.AfterFunc(s.interval, s.keepAlive)
	return nil
}

// end waits for a keep-alive that is being sent: the stream must not be used once its handler has returned.
func (s *watchSender) end() {
	s.timer.Stop()
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
}

func (s *watchSender) send(message *wire.WatchDirResponse) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Reset(s.interval)
	return s.stream.Send(message)
}

func (s *watchSender) keepAlive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.timer.Reset(s.interval)
	message := &wire.WatchDirResponse{Event: &wire.WatchDirResponse_Keepalive{Keepalive: &wire.WatchDirResponse_KeepAlive{}}}
	if err := s.stream.Send(message); err != nil {
		s.ended = true // The caller has gone: its context ends the watch.
	}
}

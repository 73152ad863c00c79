// Package guestservice is the private service between the host's server and the agent
// (api/proto/omnirun/guest/v1/guest.proto). It is only served on a channel port that nothing in the guest can reach.
package guestservice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	wire "omnirun/agent/gen/guestv1"
	"omnirun/agent/gen/guestv1/guestv1connect"
	"omnirun/agent/internal/identity"
	"omnirun/agent/internal/metrics"
	"omnirun/agent/internal/process"
)

// Version is what the agent says it is. It has the project's number; the contracts have numbers of their own.
const Version = "0.1.0"

// Service is the guest service on the wire.
type Service struct {
	applier   *identity.Applier
	processes *process.Manager
	uplink    Uplink
	sampler   *metrics.Sampler
}

// Uplink is the way from the guest to the host.
type Uplink interface {
	// Listen makes it begin at a port of 127.0.0.1 and no other one; 0: nowhere.
	Listen(port int) error
}

var _ guestv1connect.GuestHandler = (*Service)(nil)

// New serves these parts of the agent.
func New(applier *identity.Applier, processes *process.Manager, uplink Uplink) *Service {
	return &Service{applier: applier, processes: processes, uplink: uplink, sampler: metrics.NewSampler()}
}

// Health says that the agent serves, which versions run, and for how long.
func (s *Service) Health(context.Context, *connect.Request[wire.HealthRequest]) (*connect.Response[wire.HealthResponse], error) {
	var names unix.Utsname
	if err := unix.Uname(&names); err != nil {
		return nil, connect.NewError(connect.CodeInternal, fmt.Errorf("kernel release: %w", err))
	}
	var sinceBoot unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &sinceBoot); err != nil {
		return nil, connect.NewError(connect.CodeInternal, fmt.Errorf("uptime: %w", err))
	}
	return connect.NewResponse(&wire.HealthResponse{
		AgentVersion:  Version,
		KernelRelease: unix.ByteSliceToString(names.Release[:]),
		UptimeMs:      uint64(time.Duration(sinceBoot.Nano()).Milliseconds()),
	}), nil
}

// ApplyIdentity makes the guest somebody.
func (s *Service) ApplyIdentity(_ context.Context, request *connect.Request[wire.ApplyIdentityRequest],
) (*connect.Response[wire.ApplyIdentityResponse], error) {
	wanted, err := identityOf(request.Msg)
	if err == nil {
		err = s.applier.Apply(wanted)
	}
	if err == nil {
		err = s.uplink.Listen(int(request.Msg.GetLlmPort()))
	}
	if err != nil {
		return nil, refused(err)
	}
	return connect.NewResponse(&wire.ApplyIdentityResponse{}), nil
}

// Awaken sets the clock and the randomness of a guest that was paused.
func (s *Service) Awaken(_ context.Context, request *connect.Request[wire.AwakenRequest]) (*connect.Response[wire.AwakenResponse], error) {
	err := s.applier.Awaken(request.Msg.GetEntropy(), time.Unix(0, request.Msg.GetUnixNs()))
	if err != nil {
		return nil, refused(err)
	}
	return connect.NewResponse(&wire.AwakenResponse{}), nil
}

// SetNetwork gives the guest another network, or none.
func (s *Service) SetNetwork(_ context.Context, request *connect.Request[wire.SetNetworkRequest]) (*connect.Response[wire.SetNetworkResponse], error) {
	wanted, err := networkOf(request.Msg.GetNetwork())
	if err == nil {
		err = s.applier.SetNetwork(wanted)
	}
	if err != nil {
		return nil, refused(err)
	}
	return connect.NewResponse(&wire.SetNetworkResponse{}), nil
}

// refused tells the caller's mistakes from the guest's failures.
func refused(err error) error {
	if errors.As(err, new(identity.InvalidError)) {
		return connect.NewError(connect.CodeInvalidArgument, err)
	}
	return connect.NewError(connect.CodeInternal, err)
}

// Metrics takes one sample.
func (s *Service) Metrics(context.Context, *connect.Request[wire.MetricsRequest]) (*connect.Response[wire.MetricsResponse], error) {
	sample, err := s.sampler.Sample()
	if err != nil {
		return nil, connect.NewError(connect.CodeInternal, err)
	}
	return connect.NewResponse(&wire.MetricsResponse{
		UnixMs: sample.Time.UnixMilli(), CpuCount: uint32(sample.CPUCount), CpuUsedPct: sample.CPUUsedPercent,
		MemUsedBytes: sample.MemoryUsed, MemTotalBytes: sample.MemoryTotal, MemCacheBytes: sample.MemoryCache,
		DiskUsedBytes: sample.DiskUsed, DiskTotalBytes: sample.DiskTotal,
	}), nil
}

// ForgetFinished drops what ended processes left, and from the list those that run, if that is wanted too.
func (s *Service) ForgetFinished(_ context.Context, request *connect.Request[wire.ForgetFinishedRequest],
) (*connect.Response[wire.ForgetFinishedResponse], error) {
	if request.Msg.GetRunningToo() {
		s.processes.ForgetAll()
	} else {
		s.processes.ForgetFinished()
	}
	return connect.NewResponse(&wire.ForgetFinishedResponse{}), nil
}

// Sync writes everything dirty to the disks and returns when it is there.
func (s *Service) Sync(context.Context, *connect.Request[wire.SyncRequest]) (*connect.Response[wire.SyncResponse], error) {
	unix.Sync()
	return connect.NewResponse(&wire.SyncResponse{}), nil
}

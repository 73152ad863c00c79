package process

import wire "omnirun/agent/gen/process"

func startEvent(p *Process) *wire.ProcessEvent {
	return &wire.ProcessEvent{Event: &wire.ProcessEvent_Start{
		Start: &wire.ProcessEvent_StartEvent{Pid: p.Pid(), Handle: p.Handle, Terminal: p.Specification.Terminal != nil},
	}}
}

func keepAliveEvent() *wire.ProcessEvent {
	return &wire.ProcessEvent{Event: &wire.ProcessEvent_Keepalive{Keepalive: &wire.ProcessEvent_KeepAlive{}}}
}

// dataEvent refers to data, which must stay as it is until the event has been sent.
func (f *follower) dataEvent(stream int, data []byte, offset int64) *wire.ProcessEvent {
	event := &wire.ProcessEvent_DataEvent{Offset: uint64(offset)}
	switch {
	case f.process.Specification.Terminal != nil:
		event.Output = &wire.ProcessEvent_DataEvent_Pty{Pty: data}
	case stream == 0:
		event.Output = &wire.ProcessEvent_DataEvent_Stdout{Stdout: data}
	default:
		event.Output = &wire.ProcessEvent_DataEvent_Stderr{Stderr: data}
	}
	return &wire.ProcessEvent{Event: &wire.ProcessEvent_Data{Data: event}}
}

func exitedEvent(p *Process, exit Exit) *wire.ProcessEvent {
	return &wire.ProcessEvent{Event: &wire.ProcessEvent_Exited{Exited: &wire.ProcessEvent_ExitedEvent{
		ExitCode:        exit.Code(),
		Signal:          uint32(exit.Signal()),
		TimedOut:        exit.TimedOut,
		StdoutTruncated: p.stdout.Truncated(),
		StderrTruncated: p.stderr != nil && p.stderr.Truncated(),
	}}}
}

// endEvent is E2B's report of the end: a process ended by a signal has the status -1 and has not "exited".
func endEvent(exit Exit) *wire.ProcessEvent {
	event := &wire.ProcessEvent_EndEvent{ExitCode: exit.Code(), Exited: true, Status: exit.Text()}
	if exit.Signal() != 0 {
		event.ExitCode, event.Exited = -1, false
	}
	if event.ExitCode != 0 {
		event.Error = &event.Status
	}
	return &wire.ProcessEvent{Event: &wire.ProcessEvent_End{End: event}}
}

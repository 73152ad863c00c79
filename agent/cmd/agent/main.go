// Command agent is OmniRun's guest agent. As pid 1 it boots the guest and serves the host over the guest's
// virtio-serial port until the machine ends. On any other machine, for tests, it serves the same over a unix socket
// and leaves the machine as it is:
//
//	agent --link-socket PATH
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"omnirun/agent/internal/boot"
	"omnirun/agent/internal/identity"
	"omnirun/agent/internal/link"
)

func main() {
	if os.Getpid() == 1 {
		boot.Fail(runGuest())
	}
	log.SetFlags(0)
	log.SetPrefix("omnirun-agent: ")
	socket := flag.String("link-socket", "", "serve the link on this unix `path` instead of booting a guest")
	flag.Parse()
	if *socket == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := runProgram(*socket); err != nil {
		log.Fatal(err)
	}
}

// runGuest boots and serves. It returns only when the guest cannot go on.
func runGuest() error {
	guest, err := boot.Run()
	if err != nil {
		return err
	}
	agent, err := newAgent(guest.System, filepath.Join(boot.StateDirectory, "spool"))
	if err != nil {
		return err
	}
	agent.serve()
	if err := agent.serveLoopback(); err != nil {
		return err
	}
	log.Print("ready")
	if guest.Port != nil {
		return link.Serve(guest.Port, agent.dispatcher.Handle, agent.host)
	}
	listener, err := listenVsock()
	if err != nil {
		return err
	}
	return serveSocket(context.Background(), listener, agent.dispatcher.Handle, agent.host)
}

// runProgram serves one host after another until it is told to end.
func runProgram(socket string) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	state, err := os.MkdirTemp("", "omnirun-agent-")
	if err != nil {
		return fmt.Errorf("state directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(state)) }()
	agent, err := newAgent(identity.Unchanged{}, filepath.Join(state, "spool"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, agent.processes.KillAll()) }()
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	agent.serve()
	return serveSocket(ctx, listener, agent.dispatcher.Handle, agent.host)
}

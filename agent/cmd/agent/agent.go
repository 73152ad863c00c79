package main

import (
	"errors"
	"log"
	"net"
	"net/http"

	"connectrpc.com/connect"

	"omnirun/agent/gen/guestv1/guestv1connect"
	"omnirun/agent/internal/api"
	"omnirun/agent/internal/guestservice"
	"omnirun/agent/internal/identity"
	"omnirun/agent/internal/link"
	"omnirun/agent/internal/ports"
	"omnirun/agent/internal/process"
	"omnirun/agent/internal/reaper"
	"omnirun/agent/internal/spool"
	"omnirun/agent/internal/users"
)

// accounts is where the accounts of a Linux system are.
const accounts = "/etc"

// agent is everything that serves, wired together.
type agent struct {
	host       *link.Host
	processes  *process.Manager
	dispatcher *ports.Dispatcher
	apiPort    *ports.Listener
	guestPort  *ports.Listener
	apiServer  *http.Server
	guest      *http.Server
	loopback   *http.Server
}

// newAgent makes the agent of a machine whose identity changes the given system, with output spooled in a directory
// of its own.
func newAgent(system identity.System, spoolDirectory string) (*agent, error) {
	spools, err := spool.NewStore(spoolDirectory)
	if err != nil {
		return nil, err
	}
	host := link.NewHost()
	store := identity.NewStore()
	processes := process.NewManager(reaper.New(), spools, store)
	channel, socket := api.New(api.Parts{Users: users.NewDatabase(accounts), Identity: store, Processes: processes})
	mux := http.NewServeMux()
	mux.Handle(guestv1connect.NewGuestHandler(
		guestservice.New(identity.NewApplier(system, store), processes, ports.NewUplink(host)), connect.WithReadMaxBytes(api.MaxMessageBytes)))
	// All that the host's server calls goes through one port: each connection costs an emulated guest ten milliseconds.
	mux.Handle("/", channel)
	made := &agent{
		host:      host,
		processes: processes,
		apiPort:   ports.NewListener(),
		guestPort: ports.NewListener(),
		apiServer: api.NewChannelServer(channel),
		guest:     api.NewChannelServer(mux),
		loopback:  api.NewSocketServer(socket),
	}
	made.dispatcher = ports.NewDispatcher(map[int]*ports.Listener{ports.API: made.apiPort, ports.Guest: made.guestPort})
	return made, nil
}

// serve starts the services that the host reaches; they live as long as the program.
func (a *agent) serve() {
	go serveUntilClosed(a.apiServer, a.apiPort)
	go serveUntilClosed(a.guest, a.guestPort)
}

// serveLoopback starts the service that the guest's own processes reach.
func (a *agent) serveLoopback() error {
	listener, err := api.ListenLoopback(ports.API)
	if err != nil {
		return err
	}
	go serveUntilClosed(a.loopback, listener)
	return nil
}

func serveUntilClosed(server *http.Server, listener net.Listener) {
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		log.Printf("a service has ended: %v", err)
	}
}

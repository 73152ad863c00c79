// Command guest serves the link over an emulated virtio-serial port, with small services for tests in place of the agent:
//
//	guest --socket PATH
//
// Whoever connects to PATH is the host, one after another; the port outlives them all.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"os"

	"omnirun/agent/internal/link"
	"omnirun/agent/internal/link/linktest"
)

func main() {
	log.SetFlags(0)
	socket := flag.String("socket", "", "unix `path` to listen on")
	flag.Parse()
	if *socket == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	log.Fatal(run(*socket))
}

func run(socket string) error {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket})
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	port := linktest.NewPort(linktest.InTurn)
	host := link.NewHost()
	served := &services{journal: newJournal(), host: host}
	go func() { log.Fatal(link.Serve(port, served.handle, host)) }()
	for {
		host, err := listener.AcceptUnix()
		if err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		if err := port.Connect(host); err != nil {
			log.Printf("a host left: %v", err)
		}
	}
}

package main

import (
	"fmt"
	"log"
	"net"

	"github.com/mdlayher/vsock"
)

// linkPort is the vsock port of the link (api/link.md).
const linkPort = 49984

// anyContext lets the listener be reached under the machine's context ID, whatever that is (VMADDR_CID_ANY).
const anyContext = 1<<32 - 1

// hostListener takes connections of the host alone: a guest can make its kernel connect it to itself.
type hostListener struct{ net.Listener }

// listenVsock listens for the host where there is no virtio-serial port. A snapshot resets the connections and leaves
// the listener (VIRTIO_VSOCK_EVENT_TRANSPORT_RESET).
func listenVsock() (net.Listener, error) {
	listener, err := vsock.ListenContextID(anyContext, linkPort, nil)
	if err != nil {
		return nil, fmt.Errorf("listen for the host: %w", err)
	}
	return hostListener{listener}, nil
}

func (l hostListener) Accept() (net.Conn, error) {
	for {
		connection, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if isHost(connection.RemoteAddr()) {
			return connection, nil
		}
		log.Printf("%v is not the host", connection.RemoteAddr())
		if err := connection.Close(); err != nil {
			log.Printf("close the connection: %v", err)
		}
	}
}

func isHost(address net.Addr) bool {
	peer, isVsock := address.(*vsock.Addr)
	return isVsock && peer.ContextID == vsock.Host
}

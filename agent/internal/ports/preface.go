// Package ports joins streams that the host opens to what listens in the guest. Each stream begins with a preface
// that names the port (api/link.md); the agent's own services are reached without a socket, everything else over the
// guest's loopback. In the other direction an Uplink joins connections of the guest to a service of the host.
package ports

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	// maxPrefaceBytes is the bound of the protocol, the newline included.
	maxPrefaceBytes = 32
	// maxPort is above TCP's range, for ports that only the host can name.
	maxPort = 1 << 17

	prefaceVerb = "CONNECT "
	// accepted answers a preface; the number means nothing.
	accepted = "OK 1\n"
)

var errPreface = errors.New("invalid preface")

// readPreface reads "CONNECT <port>\n" and not a byte more: what follows belongs to the service.
func readPreface(stream io.Reader) (port int, err error) {
	var line strings.Builder
	one := make([]byte, 1)
	for line.Len() < maxPrefaceBytes {
		if _, err := io.ReadFull(stream, one); err != nil {
			return 0, fmt.Errorf("read the preface: %w", err)
		}
		if one[0] == '\n' {
			return parsePreface(line.String())
		}
		line.WriteByte(one[0])
	}
	return 0, errPreface
}

func parsePreface(line string) (int, error) {
	digits, found := strings.CutPrefix(line, prefaceVerb)
	if !found || strings.Trim(digits, "0123456789") != "" {
		return 0, errPreface
	}
	port, err := strconv.Atoi(digits)
	if err != nil || port < 1 || port > maxPort {
		return 0, errPreface
	}
	return port, nil
}

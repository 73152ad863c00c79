package link

// awaitHost does the guest's part of the handshake: it says that it is there, which blocks until a host is, and answers
// HELLOs until one is followed by its START, which it returns: the session's nonce and version.
func awaitHost(port Port, input *scanner) (message, error) {
	if err := writeAll(port, message{version: version, kind: kindReady}.encode()); err != nil {
		return message{}, err
	}
	// Nothing is agreed before the first HELLO: this kind no START has.
	agreed := message{kind: kindReady}
	for {
		received, err := input.next()
		if err != nil {
			return message{}, err
		}
		switch {
		case received == agreed:
			return agreed, nil
		case received.kind == kindHello && (agreed.kind != kindStart || received.nonce != agreed.nonce):
			agreed = message{version: min(version, received.version), kind: kindStart, nonce: received.nonce}
			echo := message{version: agreed.version, kind: kindEcho, nonce: agreed.nonce}
			if err := writeAll(port, echo.encode()); err != nil {
				return message{}, err
			}
		}
	}
}

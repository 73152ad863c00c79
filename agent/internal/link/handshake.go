package link

// awaitHost does the guest's part of the handshake: it says that it is there, which blocks until a host is, and answers
// HELLOs until one is followed by its START. It returns the session's nonce.
func awaitHost(port Port, input *scanner) (nonce, error) {
	if err := writeAll(port, message{version: version, kind: kindReady}.encode()); err != nil {
		return nonce{}, err
	}
	// Nothing is agreed before the first HELLO: this kind no START has.
	agreed := message{kind: kindReady}
	for {
		received, err := input.next()
		if err != nil {
			return nonce{}, err
		}
		switch {
		case received == agreed:
			return agreed.nonce, nil
		case received.kind == kindHello && (agreed.kind != kindStart || received.nonce != agreed.nonce):
			agreed = message{version: min(version, received.version), kind: kindStart, nonce: received.nonce}
			echo := message{version: agreed.version, kind: kindEcho, nonce: agreed.nonce}
			if err := writeAll(port, echo.encode()); err != nil {
				return nonce{}, err
			}
		}
	}
}

package link

import (
	"bytes"
	"io"
	"testing"
)

// scriptedPort reads what a host is to send and keeps what it would get.
type scriptedPort struct {
	io.Reader
	bytes.Buffer
}

func (p *scriptedPort) Read(target []byte) (int, error) { return p.Reader.Read(target) }

// negotiate lets the guest answer a host's messages and returns the session, what was read too early and its answers.
func negotiate(sent ...[]byte) (session nonce, early []byte, answers []message, err error) {
	port := &scriptedPort{Reader: bytes.NewReader(bytes.Join(sent, nil))}
	input := &scanner{port: port}
	start, err := awaitHost(port, input)
	for encoded := port.Bytes(); len(encoded) > 0; encoded = encoded[messageBytes:] {
		answer, _ := decode(encoded[:messageBytes])
		answers = append(answers, answer)
	}
	return start.nonce, input.buffered, answers, err
}

var (
	nonceA = nonce{0: 'a'}
	nonceB = nonce{0: 'b'}
	ready  = message{version: version, kind: kindReady}
)

func requireAnswers(t *testing.T, got []message, wanted ...message) {
	t.Helper()
	if len(got) != len(wanted) {
		t.Fatalf("got %v, not %v", got, wanted)
	}
	for i := range wanted {
		if got[i] != wanted[i] {
			t.Fatalf("answer %d is %v, not %v", i, got[i], wanted[i])
		}
	}
}

func control(kind byte, own nonce) []byte {
	return message{version: version, kind: kind, nonce: own}.encode()
}

func TestGarbageBeforeAndBetweenTheMessagesIsDiscarded(t *testing.T) {
	half := control(kindHello, nonceB)[:messageBytes-1]
	session, early, answers, err := negotiate(
		[]byte("garbage"), half, magic[:], control(kindHello, nonceA), half, control(kindStart, nonceA), []byte("records"))
	check(t, err)
	if session != nonceA || string(early) != "records" {
		t.Fatalf("session %v, then %q", session, early)
	}
	requireAnswers(t, answers, ready, message{version: version, kind: kindEcho, nonce: nonceA})
}

func TestAnotherHelloStartsAnewAndTheEarlierStartCountsNoMore(t *testing.T) {
	session, _, answers, err := negotiate(
		control(kindHello, nonceA), control(kindHello, nonceA), control(kindHello, nonceB),
		control(kindStart, nonceA), control(kindStart, nonceB))
	check(t, err)
	if session != nonceB {
		t.Fatalf("session %v", session)
	}
	requireAnswers(t, answers, ready,
		message{version: version, kind: kindEcho, nonce: nonceA}, message{version: version, kind: kindEcho, nonce: nonceB})
}

func TestAHostOfAnOlderVersionIsAnsweredInItsVersion(t *testing.T) {
	hello := message{version: 0, kind: kindHello, nonce: nonceA}
	start := message{version: 0, kind: kindStart, nonce: nonceA}
	_, _, answers, err := negotiate(hello.encode(), start.encode())
	check(t, err)
	requireAnswers(t, answers, ready, message{version: 0, kind: kindEcho, nonce: nonceA})
}

func TestAHostOfANewerVersionIsAnsweredInOurs(t *testing.T) {
	hello := message{version: version + 1, kind: kindHello, nonce: nonceA}
	_, _, answers, err := negotiate(hello.encode(), control(kindStart, nonceA))
	check(t, err)
	requireAnswers(t, answers, ready, message{version: version, kind: kindEcho, nonce: nonceA})
}

func TestNoSessionBeginsWithoutAHello(t *testing.T) {
	if _, _, _, err := negotiate(control(kindStart, nonce{}), control(kindReady, nonce{}), control(kindEcho, nonce{})); err == nil {
		t.Fatal("a session began")
	}
}

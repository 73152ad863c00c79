package link

import (
	"bytes"
	"testing"
)

// countingPort counts writes.
type countingPort struct {
	bytes.Buffer
	writes int
}

func (p *countingPort) Write(record []byte) (int, error) {
	p.writes++
	return p.Buffer.Write(record)
}

func TestAFrameCostsThePortOneWrite(t *testing.T) {
	port := &countingPort{}
	records := newRecordConn(port, nil, nonceA)
	frame := dataFrame(0, []byte("twelve bytes"))
	for _, part := range [][]byte{frame[:frameHeaderBytes], frame[frameHeaderBytes:]} {
		_, err := records.Write(part)
		check(t, err)
	}
	if port.writes != 1 || !bytes.Contains(port.Bytes(), frame) {
		t.Fatalf("%d writes: %q", port.writes, port.Bytes())
	}
}

func TestAFrameWithoutABodyDoesNotWait(t *testing.T) {
	port := &countingPort{}
	windowUpdate := []byte{0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0}
	_, err := newRecordConn(port, nil, nonceA).Write(windowUpdate)
	check(t, err)
	if port.writes != 1 {
		t.Fatalf("%d writes", port.writes)
	}
}

package link

import (
	"bytes"
	"io"
	"testing"
)

// Whatever a scanner discards, it finds the message that follows, and hands on exactly what comes after it.
func FuzzScannerFindsAMessageAfterAnything(f *testing.F) {
	f.Add([]byte{}, uint8(1))
	f.Add(magic[:], uint8(3))
	f.Add(control(kindHello, nonceA)[:messageBytes-1], uint8(7))
	f.Add(bytes.Repeat(magic[:1], 100), uint8(64))
	wanted := message{version: version, kind: kindHello, nonce: nonceB}
	f.Fuzz(func(t *testing.T, garbage []byte, readBytes uint8) {
		sent := bytes.Join([][]byte{garbage, wanted.encode(), []byte("rest")}, nil)
		source := &slowReader{source: bytes.NewReader(sent), most: int(readBytes) + 1}
		input := &scanner{port: source}
		for {
			found, err := input.next()
			if err != nil {
				t.Fatalf("%v: the message was not found", err)
			}
			if len(input.buffered) > len(sent) {
				t.Fatal("more is buffered than came")
			}
			if found == wanted {
				break
			}
		}
		rest, err := io.ReadAll(io.MultiReader(bytes.NewReader(input.buffered), source))
		if err != nil || !bytes.HasSuffix(rest, []byte("rest")) {
			t.Fatalf("then came %q, %v", rest, err)
		}
	})
}

// A reader of records gives out nothing but whole payloads that carry its tag, whatever comes.
func FuzzRecordsGiveOutOnlyTaggedPayloads(f *testing.F) {
	own := nonce{0: 1, 8: 2}
	var good bytes.Buffer
	writer := newRecordConn(&good, nil, own)
	writer.outTag = tag(own[:tagBytes])
	_, _ = writer.Write([]byte("payload"))
	f.Add(good.Bytes())
	f.Add(good.Bytes()[:good.Len()-1])
	f.Add([]byte{0, 1, 0, 1})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0})
	f.Fuzz(func(t *testing.T, sent []byte) {
		reader := newRecordConn(bytes.NewBuffer(sent), nil, own)
		received, err := io.ReadAll(reader)
		if err == nil {
			t.Fatal("the stream ended as if that were allowed")
		}
		if bytes.Count(sent, own[:tagBytes]) == 0 && len(received) > 0 {
			t.Fatalf("%q was given out without a tag", received)
		}
		if len(received) > len(sent) {
			t.Fatal("more came out than went in")
		}
	})
}

// slowReader gives out few bytes at a time.
type slowReader struct {
	source io.Reader
	most   int
}

func (r *slowReader) Read(target []byte) (int, error) {
	return r.source.Read(target[:min(len(target), r.most)])
}

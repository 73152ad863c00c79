package wire

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func decodeRequest(document string) (Request, error) {
	var request Request
	err := Decode([]byte(document), &request)
	return request, err
}

func TestAWellFormedRequestIsDecoded(t *testing.T) {
	request, err := decodeRequest(`{"id":7,"verb":"golden.hold","spec":{"golden":"ab"}}`)
	if err != nil || request.ID != 7 || request.Verb != "golden.hold" || string(request.Spec) != `{"golden":"ab"}` {
		t.Fatalf("got %+v, %v", request, err)
	}
}

func TestEveryDeviationFromTheContractIsRefused(t *testing.T) {
	for name, document := range map[string]string{
		"unknown field":        `{"id":1,"verb":"x","spec":{},"extra":1}`,
		"other spelling":       `{"ID":1,"verb":"x","spec":{}}`,
		"field given twice":    `{"id":1,"id":2,"verb":"x","spec":{}}`,
		"twice inside a spec":  `{"id":1,"verb":"x","spec":{"a":1,"a":2}}`,
		"text for a number":    `{"id":"1","verb":"x","spec":{}}`,
		"number for a text":    `{"id":1,"verb":5,"spec":{}}`,
		"negative id":          `{"id":-1,"verb":"x","spec":{}}`,
		"fraction":             `{"id":1.5,"verb":"x","spec":{}}`,
		"null":                 `{"id":1,"verb":null,"spec":{}}`,
		"null inside a spec":   `{"id":1,"verb":"x","spec":{"machine":null}}`,
		"array for an object":  `[1]`,
		"scalar for an object": `5`,
		"two documents":        `{"id":1,"verb":"x","spec":{}}{}`,
		"cut short":            `{"id":1,"verb":"x"`,
		"garbage":              "\x00\x01garbage",
		"not UTF-8":            "{\"id\":1,\"verb\":\"\xff\",\"spec\":{}}",
		"empty":                ``,
		"too deep":             `{"id":1,"verb":"x","spec":` + strings.Repeat(`{"a":`, 20) + `1` + strings.Repeat(`}`, 20) + `}`,
		"too deep in arrays":   `{"id":1,"verb":"x","spec":` + strings.Repeat(`[`, 20) + strings.Repeat(`]`, 20) + `}`,
	} {
		_, err := decodeRequest(document)
		var failure *Failure
		if !errors.As(err, &failure) || failure.Code != InvalidSpec {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestExhaustedResourcesOverrideTheCodeOfTheStepThatMetThem(t *testing.T) {
	for cause, want := range map[error]Code{unix.ENOSPC: NoSpace, unix.EDQUOT: NoSpace, unix.ENOMEM: NoMemory, unix.EIO: Internal} {
		if got := Wrap(Internal, cause, "writing").Code; got != want {
			t.Errorf("%v: got %s, want %s", cause, got, want)
		}
	}
	if got := AsFailure(Wrap(Internal, Fail(NotFound, "gone"), "outer")).Code; got != NotFound {
		t.Errorf("an inner code got lost: %s", got)
	}
}

func FuzzDecodeNeverPanics(f *testing.F) {
	f.Add([]byte(`{"id":7,"verb":"golden.hold","spec":{"golden":"ab"}}`))
	f.Add([]byte(`[[[{"id":null`))
	f.Fuzz(func(t *testing.T, document []byte) {
		var request Request
		if err := Decode(document, &request); err != nil {
			var failure *Failure
			if !errors.As(err, &failure) {
				t.Fatalf("an error without a code: %v", err)
			}
		}
	})
}

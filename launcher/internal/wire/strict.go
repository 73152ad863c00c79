package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a document. The deepest one of the protocol, a machine's limits in a request, needs three.
const maxDepth = 8

// Decode reads exactly one JSON document into target, a pointer to a struct whose fields carry json tags. It refuses what
// encoding/json lets pass: unknown or differently spelt keys, keys given twice, nulls, trailing data, bytes that are not UTF-8. The
// error is a Failure with InvalidSpec. Fields of type json.RawMessage are checked for well-formedness only; decode them in turn.
func Decode(document []byte, target any) error {
	if !utf8.Valid(document) {
		return Fail(InvalidSpec, "the document is not UTF-8")
	}
	reader := json.NewDecoder(bytes.NewReader(document))
	reader.UseNumber()
	if err := checkValue(reader, reflect.TypeOf(target).Elem(), 0); err != nil {
		return Wrap(InvalidSpec, err, "the document is refused")
	}
	if _, err := reader.Token(); !errors.Is(err, io.EOF) {
		return Fail(InvalidSpec, "the document is followed by something else")
	}
	if err := json.Unmarshal(document, target); err != nil {
		return Wrap(InvalidSpec, err, "the document is refused")
	}
	return nil
}

// checkValue walks one value beside the type that it is meant for. Types of scalars are left to json.Unmarshal.
func checkValue(reader *json.Decoder, declared reflect.Type, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("more than %d levels of nesting", maxDepth)
	}
	token, err := reader.Token()
	if err != nil {
		return err
	}
	switch token {
	case nil:
		return errors.New("a null")
	case json.Delim('{'):
		return checkObject(reader, declared, depth)
	case json.Delim('['):
		return checkArray(reader, declared, depth)
	default:
		return nil
	}
}

func checkObject(reader *json.Decoder, declared reflect.Type, depth int) error {
	seen := make(map[string]bool)
	for reader.More() {
		token, err := reader.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		if seen[key] {
			return fmt.Errorf("the field %.32q is given twice", key)
		}
		seen[key] = true
		fieldType, known := fieldOf(declared, key)
		if !known {
			return fmt.Errorf("unknown field %.32q", key)
		}
		if err := checkValue(reader, fieldType, depth+1); err != nil {
			return err
		}
	}
	_, err := reader.Token()
	return err
}

func checkArray(reader *json.Decoder, declared reflect.Type, depth int) error {
	elements := declared
	if declared != nil && declared.Kind() == reflect.Slice && declared != rawMessageType {
		elements = declared.Elem()
	}
	for reader.More() {
		if err := checkValue(reader, elements, depth+1); err != nil {
			return err
		}
	}
	_, err := reader.Token()
	return err
}

var rawMessageType = reflect.TypeFor[json.RawMessage]()

// fieldOf finds the declared type of a key. Inside a json.RawMessage any key goes: what is in it gets its own Decode.
func fieldOf(declared reflect.Type, key string) (reflect.Type, bool) {
	if declared == rawMessageType {
		return rawMessageType, true
	}
	if declared.Kind() != reflect.Struct {
		return nil, false
	}
	for i := range declared.NumField() {
		name, _, _ := strings.Cut(declared.Field(i).Tag.Get("json"), ",")
		if name == key {
			return declared.Field(i).Type, true
		}
	}
	return nil, false
}

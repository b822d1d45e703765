package clerkapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

var (
	errRepeated = errors.New("a member occurs twice")
	errNoObject = errors.New("not an object")
)

// decode fills v, a pointer to a struct of this package, from a JSON object by
// exact member names. encoding/json would take `Public_Metadata` for
// `public_metadata` and the last of two members of one name. Unknown members
// are skipped, null leaves a field as it is, and the content of a
// json.RawMessage is checked for syntax alone.
func decode(document []byte, v any) error {
	return decodeStruct(document, reflect.ValueOf(v).Elem())
}

func decodeStruct(document []byte, target reflect.Value) error {
	members, err := members(document)
	if err != nil {
		return err
	}
	kind := target.Type()
	for i := range kind.NumField() {
		name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
		value, ok := members[name]
		if !ok || string(value) == "null" {
			continue
		}
		if err := decodeValue(value, target.Field(i)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func decodeValue(value []byte, target reflect.Value) error {
	switch kind := target.Kind(); {
	case kind == reflect.Struct:
		return decodeStruct(value, target)
	case kind == reflect.Pointer && target.Type().Elem().Kind() == reflect.Struct:
		target.Set(reflect.New(target.Type().Elem()))
		return decodeStruct(value, target.Elem())
	case kind == reflect.Slice && target.Type().Elem().Kind() == reflect.Struct:
		var elements []json.RawMessage
		if err := json.Unmarshal(value, &elements); err != nil {
			return err
		}
		list := reflect.MakeSlice(target.Type(), len(elements), len(elements))
		for i, element := range elements {
			if err := decodeStruct(element, list.Index(i)); err != nil {
				return err
			}
		}
		target.Set(list)
		return nil
	}
	return json.Unmarshal(value, target.Addr().Interface())
}

// members returns the members of a JSON object. It is an error when document is
// something else, or when a name occurs twice.
func members(document []byte) (map[string]json.RawMessage, error) {
	if !json.Valid(document) {
		return nil, errors.New("not JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, errNoObject
	}
	members := make(map[string]json.RawMessage)
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		if _, repeated := members[name]; repeated {
			return nil, errRepeated
		}
		members[name] = value
	}
	return members, nil
}

package strictjson

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"unicode"
)

// Decode fills v, as json.Unmarshal does, with the members of doc, which must be
// a document that [Parse] accepts. Unlike json.Unmarshal it compares names exactly, at
// every depth: a member "ROLES" does not fill a field that is named "roles",
// which nobody checked. Types that implement json.Unmarshaler get their part of
// the document unchanged.
func Decode(doc string, v any) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return json.Unmarshal([]byte(doc), v) // its error says what is wrong
	}
	if _, err := Parse(doc, nil); err != nil {
		return err
	}
	var b strings.Builder
	writeExact(&b, Value(doc), target)
	return json.Unmarshal([]byte(b.String()), v)
}

var (
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// writeExact writes v without the members that json.Unmarshal would match to a
// field of target although their names differ.
func writeExact(b *strings.Builder, v Value, target reflect.Value) {
	for target.Kind() == reflect.Pointer || target.Kind() == reflect.Interface {
		t := target.Type()
		if t.Kind() == reflect.Pointer && (t.Implements(jsonUnmarshaler) || t.Implements(textUnmarshaler)) {
			break
		}
		switch {
		case !target.IsNil():
			target = target.Elem()
		case t.Kind() == reflect.Pointer:
			target = reflect.New(t.Elem()).Elem()
		default:
			b.WriteString(string(v)) // an empty interface gets maps, whose keys are exact
			return
		}
	}
	t := target.Type()
	own := reflect.PointerTo(t).Implements(jsonUnmarshaler) || reflect.PointerTo(t).Implements(textUnmarshaler) ||
		t.Implements(jsonUnmarshaler) || t.Implements(textUnmarshaler)
	switch {
	case own:
		b.WriteString(string(v))
	case t.Kind() == reflect.Struct && v.Kind() == Object:
		known := fields(t)
		writeMembers(b, v, func(name string) (reflect.Value, bool) {
			index, ok := known[name]
			if !ok || index == nil {
				return reflect.Value{}, false
			}
			return fieldAt(target, index), true
		})
	case t.Kind() == reflect.Map && v.Kind() == Object:
		element := reflect.New(t.Elem()).Elem()
		writeMembers(b, v, func(string) (reflect.Value, bool) { return element, true })
	case (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) && v.Kind() == Array:
		element := reflect.New(t.Elem()).Elem()
		elements, _ := v.Elements(nil)
		b.WriteByte('[')
		for i, e := range elements {
			if i > 0 {
				b.WriteByte(',')
			}
			writeExact(b, e, element)
		}
		b.WriteByte(']')
	default:
		b.WriteString(string(v))
	}
}

// writeMembers writes the members of v for which there is a target.
func writeMembers(b *strings.Builder, v Value, targetOf func(name string) (reflect.Value, bool)) {
	members, _ := v.Members(nil)
	b.WriteByte('{')
	first := true
	for _, m := range members {
		target, ok := targetOf(m.Name)
		if !ok {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		name, _ := json.Marshal(m.Name) // a string always marshals
		b.Write(name)
		b.WriteByte(':')
		writeExact(b, m.Value, target)
	}
	b.WriteByte('}')
}

// fieldAt is target.FieldByIndex, with a new value behind a nil pointer.
func fieldAt(target reflect.Value, index []int) reflect.Value {
	for i, x := range index {
		if i > 0 && target.Kind() == reflect.Pointer {
			if target.IsNil() {
				target = reflect.New(target.Type().Elem())
			}
			target = target.Elem()
		}
		target = target.Field(x)
	}
	return target
}

// candidate is a field that may have a name.
type candidate struct {
	index  []int
	tagged bool
}

// fields returns the fields of a struct by their names in JSON, by the rules of
// encoding/json: fields of embedded structs are promoted, the shallowest wins,
// among equals the only one with a tag. A name with two winners has none, and
// its index is nil.
func fields(t reflect.Type) map[string][]int {
	type level struct {
		t     reflect.Type
		index []int
	}
	found := make(map[string][]int)
	visited := make(map[reflect.Type]bool)
	for levels := []level{{t: t}}; len(levels) > 0; {
		var next []level
		names := make(map[string][]candidate)
		for _, l := range levels {
			if visited[l.t] {
				continue
			}
			visited[l.t] = true
			for i := range l.t.NumField() {
				f := l.t.Field(i)
				index := append(append([]int(nil), l.index...), i)
				name, tagged, ok := fieldName(f)
				switch {
				case !ok:
				case f.Anonymous && !tagged && structOf(f.Type) != nil:
					next = append(next, level{structOf(f.Type), index})
				case f.IsExported():
					names[name] = append(names[name], candidate{index, tagged})
				}
			}
		}
		for name, candidates := range names {
			if _, shallower := found[name]; !shallower {
				found[name] = winner(candidates)
			}
		}
		levels = next
	}
	return found
}

func winner(candidates []candidate) []int {
	var tagged []candidate
	for _, c := range candidates {
		if c.tagged {
			tagged = append(tagged, c)
		}
	}
	switch {
	case len(tagged) == 1:
		return tagged[0].index
	case len(candidates) == 1:
		return candidates[0].index
	}
	return nil
}

// structOf returns the struct that t is or points to, or nil.
func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// fieldName returns the name of a field in JSON and whether a tag gave it.
func fieldName(f reflect.StructField) (name string, tagged, ok bool) {
	if !f.IsExported() && (!f.Anonymous || structOf(f.Type) == nil) {
		return "", false, false
	}
	tag := f.Tag.Get("json")
	if tag == "-" {
		return "", false, false
	}
	name, _, _ = strings.Cut(tag, ",")
	if name != "" && validName(name) {
		return name, true, true
	}
	return f.Name, false, true
}

// validName is the rule by which encoding/json takes a name from a tag.
func validName(name string) bool {
	for _, r := range name {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

var documents = []struct {
	name, doc string
	want      error // from Parse
	shallow   error // from ParseShallow
}{
	{"empty object", `{}`, nil, nil},
	{"white space around", " \t\r\n{ \"a\" : [ 1 , 2 ] }\n", nil, nil},
	{"all kinds", `{"a":null,"b":true,"c":false,"d":-1.5e+3,"e":"é😀","f":[],"g":{},"h":[[{}]]}`, nil, nil},
	{"escapes", `{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`, nil, nil},
	{"empty", ``, ErrNotObject, ErrNotObject},
	{"null", `null`, ErrNotObject, ErrNotObject},
	{"array", `[]`, ErrNotObject, ErrNotObject},
	{"string", `"a"`, ErrNotObject, ErrNotObject},
	{"number", `1`, ErrNotObject, ErrNotObject},
	{"byte order mark", "\uFEFF{}", ErrNotObject, ErrNotObject},
	{"second object", `{}{}`, ErrTrailing, ErrTrailing},
	{"trailing letter", `{} x`, ErrTrailing, ErrTrailing},
	{"trailing NUL", "{}\x00", ErrTrailing, ErrTrailing},
	{"open object", `{"a":1`, ErrSyntax, ErrSyntax},
	{"open string", `{"a`, ErrSyntax, ErrSyntax},
	{"open escape", `{"a\`, ErrSyntax, ErrSyntax},
	{"open value", `{"a":`, ErrSyntax, ErrSyntax},
	{"open array", `{"a":[1`, ErrSyntax, ErrSyntax},
	{"no colon", `{"a" 1}`, ErrSyntax, ErrSyntax},
	{"no value", `{"a":}`, ErrSyntax, ErrSyntax},
	{"trailing comma", `{"a":1,}`, ErrSyntax, ErrSyntax},
	{"trailing comma in array", `{"a":[1,]}`, ErrSyntax, ErrSyntax},
	{"unquoted name", `{a:1}`, ErrSyntax, ErrSyntax},
	{"single quotes", `{'a':1}`, ErrSyntax, ErrSyntax},
	{"comment", `{/**/}`, ErrSyntax, ErrSyntax},
	{"leading zero", `{"a":01}`, ErrSyntax, ErrSyntax},
	{"plus sign", `{"a":+1}`, ErrSyntax, ErrSyntax},
	{"bare fraction", `{"a":.5}`, ErrSyntax, ErrSyntax},
	{"open fraction", `{"a":1.}`, ErrSyntax, ErrSyntax},
	{"open exponent", `{"a":1e}`, ErrSyntax, ErrSyntax},
	{"hexadecimal", `{"a":0x1}`, ErrSyntax, ErrSyntax},
	{"minus alone", `{"a":-}`, ErrSyntax, ErrSyntax},
	{"NaN", `{"a":NaN}`, ErrSyntax, ErrSyntax},
	{"capital true", `{"a":True}`, ErrSyntax, ErrSyntax},
	{"raw control character", "{\"a\":\"\n\"}", ErrSyntax, ErrSyntax},
	{"unknown escape", `{"a":"\x"}`, ErrSyntax, ErrSyntax},
	{"short unicode escape", `{"a":"\u12"}`, ErrSyntax, ErrSyntax},
	{"bad unicode escape", `{"a":"\u12g4"}`, ErrSyntax, ErrSyntax},
	{"duplicate", `{"a":1,"b":2,"a":1}`, ErrDuplicate, ErrDuplicate},
	{"duplicate by escape", `{"iss":1,"\u0069ss":2}`, ErrDuplicate, ErrDuplicate},
	{"names that differ in case", `{"exp":1,"EXP":2}`, nil, nil},
	{"names that differ in a long s", `{"iss":1,"iſſ":2}`, nil, nil},
	{"names that differ in a Kelvin sign", `{"kid":1,"` + "\u212A" + `id":2}`, nil, nil},
	{"duplicate below", `{"a":[{"b":{"c":1,"c":2}}]}`, ErrDuplicate, nil},
	{"names that differ in case below", `{"a":{"b":1,"B":2}}`, nil, nil},
	{"same name at two depths", `{"a":{"a":{"a":1}},"b":{"a":2}}`, nil, nil},
	{"many names, duplicate at the end", manyNames(40, "n7"), ErrDuplicate, ErrDuplicate},
	{"many names, late duplicate", manyNames(40, "n33"), ErrDuplicate, ErrDuplicate},
	{"many names", manyNames(3000, "last"), nil, nil},
	{"invalid UTF-8", "{\"a\":\"\xff\"}", ErrEncoding, ErrEncoding},
	{"invalid UTF-8 in a name", "{\"\xff\":1}", ErrEncoding, ErrEncoding},
	{"UTF-8 surrogate", "{\"a\":\"\xed\xa0\x80\"}", ErrEncoding, ErrEncoding},
	{"overlong UTF-8", "{\"a\":\"\xc0\xaf\"}", ErrEncoding, ErrEncoding},
	{"high surrogate alone in a value", `{"a":"\ud800"}`, nil, nil},
	{"high surrogate alone in a name", `{"\ud800":1}`, ErrEncoding, ErrEncoding},
	{"low surrogate alone in a name", `{"\udc00":1}`, ErrEncoding, ErrEncoding},
	{"two high surrogates in a name", `{"\ud800\ud800":1}`, ErrEncoding, ErrEncoding},
	{"high surrogate, cut", `{"a":"\ud800\u12"}`, ErrSyntax, ErrSyntax},
	{"surrogate in a name below", `{"a":{"\ud800":1}}`, ErrEncoding, nil},
	{"32 levels", nested(31), nil, nil},
	{"33 levels", nested(32), ErrDepth, ErrDepth},
	{"20,000 levels", nested(20000), ErrDepth, ErrDepth},
	{"number too large", `{"a":1e400}`, ErrNumber, ErrNumber},
	{"number too long", `{"a":1` + strings.Repeat("0", 400) + `}`, ErrNumber, ErrNumber},
	{"number too large below", `{"a":[[1e400]]}`, ErrNumber, nil},
	{"largest number", `{"a":1.7976931348623157e308}`, nil, nil},
}

func manyNames(n int, last string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		fmt.Fprintf(&b, `"n%d":%d,`, i, i)
	}
	fmt.Fprintf(&b, `"%s":0}`, last)
	return b.String()
}

func nested(n int) string {
	return `{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
}

func TestParse(t *testing.T) {
	for _, tt := range documents {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Parse(tt.doc, nil); !errors.Is(err, tt.want) {
				t.Errorf("Parse: got %v, want %v", err, tt.want)
			}
			if _, err := ParseShallow(tt.doc, nil); !errors.Is(err, tt.shallow) {
				t.Errorf("ParseShallow: got %v, want %v", err, tt.shallow)
			}
		})
	}
}

func TestMembers(t *testing.T) {
	got, err := Parse(`{ "a" : "x\u0041\n" ,"b\/":[1,"two",{"c":null}],"o":{"p":{"q":1.5}} }`, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Member{{"a", `"x\u0041\n"`}, {"b/", `[1,"two",{"c":null}]`}, {"o", `{"p":{"q":1.5}}`}}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	if text, ok := got[0].Value.Text(); !ok || text != "xA\n" {
		t.Errorf("Text: got %q, %v", text, ok)
	}
	elements, ok := got[1].Value.Elements(nil)
	if !ok || !reflect.DeepEqual(elements, []Value{"1", `"two"`, `{"c":null}`}) {
		t.Errorf("Elements: got %q, %v", elements, ok)
	}
	inner, ok := got[2].Value.Members(nil)
	if !ok || !reflect.DeepEqual(inner, []Member{{"p", `{"q":1.5}`}}) {
		t.Errorf("Members: got %q, %v", inner, ok)
	}
	for _, v := range []Value{"", "null", "1", "true", `"x"`} {
		if _, ok := v.Members(nil); ok {
			t.Errorf("Members of %q", v)
		}
		if _, ok := v.Elements(nil); ok {
			t.Errorf("Elements of %q", v)
		}
	}
	if _, ok := Value(`1`).Text(); ok {
		t.Error("Text of a number")
	}
}

// TestHalfSurrogates: a string that nobody reads may hold half a surrogate pair,
// and one that somebody reads is refused.
func TestHalfSurrogates(t *testing.T) {
	for _, text := range []string{`"x\ud800y"`, `"\udc00"`, `"\ud800\ud800"`, `"\ud800\u0041"`} {
		if got, ok := Value(text).Text(); ok {
			t.Errorf("%s: got %q, want no text", text, got)
		}
	}
	if got, ok := Value(`"\ud83d\ude00"`).Text(); !ok || got != "😀" {
		t.Errorf("a whole pair: got %q, %v", got, ok)
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	doc := `{"iss":"https://a.example","aud":["x","y"],"o":{"id":"org_1","rol":"admin"},"exp":1700000000}`
	var buf [16]Member
	if n := testing.AllocsPerRun(100, func() {
		if _, err := Parse(doc, buf[:0]); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

// FuzzParse holds every accepted document against encoding/json: it accepts it
// too, and sees the same members and the same strings.
func FuzzParse(f *testing.F) {
	for _, tt := range documents {
		f.Add(tt.doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		members, err := Parse(doc, nil)
		if err != nil {
			return
		}
		if _, err := ParseShallow(doc, nil); err != nil {
			t.Fatalf("ParseShallow refuses what Parse accepts: %v", err)
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(doc), &want); err != nil {
			t.Fatalf("encoding/json refuses: %v", err)
		}
		if len(members) != len(want) {
			t.Fatalf("%d members, encoding/json has %d", len(members), len(want))
		}
		for _, m := range members {
			if raw, ok := want[m.Name]; !ok || string(raw) != string(m.Value) {
				t.Fatalf("%q: got %q, encoding/json has %q", m.Name, m.Value, raw)
			}
			compare(t, m.Value)
		}
	})
}

func compare(t *testing.T, v Value) {
	var want any
	if err := json.Unmarshal([]byte(v), &want); err != nil {
		t.Fatalf("encoding/json refuses %q: %v", v, err)
	}
	switch want := want.(type) {
	case string:
		got, ok := v.Text()
		if half := strings.ContainsRune(want, '\uFFFD') && strings.Contains(string(v), `\`); !ok && half {
			return // half a surrogate pair, for which encoding/json puts U+FFFD
		}
		if !ok || got != want {
			t.Fatalf("%q: got %q, encoding/json has %q", v, got, want)
		}
	case []any:
		elements, ok := v.Elements(nil)
		if !ok || len(elements) != len(want) {
			t.Fatalf("%q: got %d elements, encoding/json has %d", v, len(elements), len(want))
		}
		for _, e := range elements {
			compare(t, e)
		}
	case map[string]any:
		members, ok := v.Members(nil)
		if !ok || len(members) != len(want) {
			t.Fatalf("%q: got %d members, encoding/json has %d", v, len(members), len(want))
		}
		for _, m := range members {
			compare(t, m.Value)
		}
	default:
		if v.Kind() > Number {
			t.Fatalf("%q: kind %d", v, v.Kind())
		}
	}
}

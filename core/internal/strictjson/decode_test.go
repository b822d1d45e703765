package strictjson

import (
	"encoding/json"
	"reflect"
	"testing"
)

type embedded struct {
	Depth  string `json:"depth"`
	Shared string
}

type alsoEmbedded struct{ Shared string }

type Recursive struct {
	Name string `json:"name"`
	*Recursive
}

type ownReader struct{ text string }

func (o *ownReader) UnmarshalJSON(text []byte) error {
	o.text = string(text)
	return nil
}

// TestDecode: only members with the exact name of a field fill it, whatever the
// target looks like.
func TestDecode(t *testing.T) {
	type inner struct {
		Roles []string `json:"roles"`
	}
	for _, tt := range []struct {
		name, doc string
		target    any
		want      any
	}{
		{"the exact name", `{"roles":["a"]}`, &inner{}, &inner{Roles: []string{"a"}}},
		{"another case", `{"ROLES":["admin"]}`, &inner{}, &inner{}},
		{"both", `{"roles":["a"],"ROLES":["admin"]}`, &inner{}, &inner{Roles: []string{"a"}}},
		{"both, the other way round", `{"ROLES":["admin"],"roles":["a"]}`, &inner{}, &inner{Roles: []string{"a"}}},
		{"a long s", `{"roleſ":["admin"]}`, &inner{}, &inner{}},
		{"an escaped name", `{"\u0072oles":["a"]}`, &inner{}, &inner{Roles: []string{"a"}}},
		{"a field without a tag", `{"roles":1,"Roles":2}`, &struct{ Roles int }{}, &struct{ Roles int }{2}},
		{"below a field", `{"in":{"ROLES":["admin"]}}`, &struct {
			In inner `json:"in"`
		}{}, &struct {
			In inner `json:"in"`
		}{}},
		{"below a nil pointer", `{"in":{"ROLES":["admin"],"roles":["a"]}}`, &struct {
			In *inner `json:"in"`
		}{}, &struct {
			In *inner `json:"in"`
		}{&inner{Roles: []string{"a"}}}},
		{"in a slice", `{"in":[{"ROLES":["admin"]}]}`, &struct {
			In []inner `json:"in"`
		}{}, &struct {
			In []inner `json:"in"`
		}{[]inner{{}}}},
		{"in an array", `{"in":[{"ROLES":["admin"]}]}`, &struct {
			In [1]inner `json:"in"`
		}{}, &struct {
			In [1]inner `json:"in"`
		}{}},
		{"in a map", `{"a":{"ROLES":["admin"]},"A":{"roles":["a"]}}`, &map[string]inner{}, &map[string]inner{"a": {}, "A": {Roles: []string{"a"}}}},
		{"in an embedded struct", `{"Depth":"x","depth":"y","Shared":"z"}`, &struct{ embedded }{}, &struct{ embedded }{embedded{"y", "z"}}},
		{"an ambiguous name fills nothing", `{"Shared":"z"}`, &struct {
			embedded
			alsoEmbedded
			Other string `json:"shared"`
		}{}, &struct {
			embedded
			alsoEmbedded
			Other string `json:"shared"`
		}{}},
		{"a recursive type", `{"NAME":"x","name":"y"}`, &Recursive{}, &Recursive{Name: "y"}},
		{"a field of any type", `{"a":{"B":1}}`, &struct {
			A any `json:"a"`
		}{}, &struct {
			A any `json:"a"`
		}{map[string]any{"B": 1.0}}},
		{"a pointer in an interface", `{"a":{"ROLES":["admin"]}}`, &struct {
			A any `json:"a"`
		}{&inner{}}, &struct {
			A any `json:"a"`
		}{&inner{}}},
		{"no struct at all", `{"A":1,"a":2}`, &map[string]int{}, &map[string]int{"A": 1, "a": 2}},
		{"an own reader", `{"a":{"B":1}}`, &struct {
			A ownReader `json:"a"`
		}{}, &struct {
			A ownReader `json:"a"`
		}{ownReader{`{"B":1}`}}},
		{"raw JSON", `{"a":{"B":1}}`, &struct {
			A json.RawMessage `json:"a"`
		}{}, &struct {
			A json.RawMessage `json:"a"`
		}{json.RawMessage(`{"B":1}`)}},
		{"a field that is left out", `{"A":1}`, &struct {
			A int `json:"-"`
		}{}, &struct {
			A int `json:"-"`
		}{}},
		{"half a surrogate pair", `{"a":"x\ud800"}`, &struct {
			A string `json:"a"`
		}{}, &struct {
			A string `json:"a"`
		}{"x\uFFFD"}},
		{"null", `{"a":null}`, &struct {
			A *int `json:"a"`
		}{}, &struct {
			A *int `json:"a"`
		}{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := Decode(tt.doc, tt.target); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(tt.target, tt.want) {
				t.Errorf("got %+v, want %+v", tt.target, tt.want)
			}
		})
	}
	for name, target := range map[string]any{"nothing": nil, "a value": inner{}, "a nil pointer": (*inner)(nil)} {
		if err := Decode(`{}`, target); err == nil {
			t.Errorf("decoded into %s", name)
		}
	}
	if err := Decode(`{"roles":1}`, &inner{}); err == nil {
		t.Error("a number was decoded into a list")
	}
}

// FuzzDecode holds Decode against encoding/json, which must agree on documents
// without names in another case.
func FuzzDecode(f *testing.F) {
	f.Add(`{"a":"x","b":[1,2],"c":{"a":"y"}}`)
	f.Add(`{"A":"x","b":null,"C":{"A":"y"}}`)
	type target struct {
		A string         `json:"a"`
		B []float64      `json:"b"`
		C *target        `json:"c"`
		D map[string]any `json:"d"`
	}
	f.Fuzz(func(t *testing.T, doc string) {
		if _, err := Parse(doc, nil); err != nil {
			return
		}
		var got, want target
		err := Decode(doc, &got)
		if errTheirs := json.Unmarshal([]byte(doc), &want); errTheirs == nil && err != nil {
			t.Fatalf("got %v where encoding/json reads %+v", err, want)
		}
		if again, err := json.Marshal(got); err == nil {
			var same target
			if Decode(string(again), &same) != nil {
				t.Fatalf("%s does not decode again", again)
			}
		}
	})
}

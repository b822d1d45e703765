package openapi

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write makes files in a folder of the test's own and returns the folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		name = filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func parse(t *testing.T, text string) *Document {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\nin %s", err, text)
	}
	return d
}

// asJSON is a value in a form that can be compared and read.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// at is the value at a path of names.
func at(d *Document, names ...string) any {
	v := any(d.Main.Root)
	for _, name := range names {
		o, _ := v.(map[string]any)
		v = o[name]
	}
	return v
}

// TestValidJSON has what JSON permits (RFC 8259) and YAML libraries refuse.
func TestValidJSON(t *testing.T) {
	document := func(title string) string {
		return `{"openapi": "3.0.3", "info": {"title": ` + title + `, "version": "1"}, "paths": {"/a": {"get": {}}}}`
	}
	long := strings.Repeat("k", 2000)
	for name, row := range map[string]struct{ text, want string }{
		"a surrogate pair":      {document(`"\ud83d\udc4d"`), "👍"},
		"an escaped slash":      {document(`"\/a"`), "/a"},
		"DEL as it is":          {document("\"a\x7fb\""), "a\x7fb"},
		"an escaped control":    {document(`"a\u0001b"`), "a\x01b"},
		"a byte order mark":     {"\ufeff" + document(`"a"`), "a"},
		"tabs":                  {"\t" + strings.ReplaceAll(document(`"a"`), " ", "\t"), "a"},
		"a long name":           {strings.Replace(document(`"a"`), `"info": {`, `"info": {"`+long+`": 1, `, 1), "a"},
		"a long number":         {strings.Replace(document(`"a"`), `"info": {`, `"info": {"n": 123456789012345678901234567890, `, 1), "a"},
		"YAML in braces":        {`{openapi: 3.0.3, info: {title: a}, paths: {/a: {get: {}}}}`, "a"},
		"YAML with JSON inside": {"openapi: 3.0.3\ninfo: {\"title\": \"a\"}\npaths: {/a: {get: {}}}", "a"},
	} {
		d := parse(t, row.text)
		if got := at(d, "info", "title"); got != row.want {
			t.Errorf("%s: got the title %q, want %q", name, got, row.want)
		}
		if n := at(d, "info", "n"); n != nil && n != json.Number("123456789012345678901234567890") {
			t.Errorf("%s: got the number %v", name, n)
		}
	}
}

// TestYAMLValues has YAML read as the JSON that its author means.
func TestYAMLValues(t *testing.T) {
	d := parse(t, `openapi: 3.1
info: {title: t, version: 1.0, x: 2024-01-01, y: 0x10, z: .5, inf: .inf, yes: yes, null: ~}
base: &base {a: 1, b: 2}
paths:
  /a:
    get: &get {responses: {200: {description: ok}}}
    put: {<<: *get, operationId: b}
components: {schemas: {A: {<<: [{a: 3}, *base], b: 4}, B: *base}}
`)
	for _, row := range []struct {
		path, want string
	}{
		{"openapi", `3.1`},
		{"info", `{"inf":".inf","null":null,"title":"t","version":1.0,"x":"2024-01-01","y":16,"yes":"yes","z":0.5}`},
		{"paths//a/put", `{"operationId":"b","responses":{"200":{"description":"ok"}}}`},
		{"components/schemas/A", `{"a":3,"b":4}`},
		{"components/schemas/B", `{"a":1,"b":2}`},
	} {
		names := strings.Split(strings.ReplaceAll(row.path, "//", "/\x00"), "/")
		for i := range names {
			names[i] = strings.ReplaceAll(names[i], "\x00", "/")
		}
		if got := asJSON(t, at(d, names...)); got != row.want {
			t.Errorf("%s: got %s, want %s", row.path, got, row.want)
		}
	}
}

func TestRefused(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+", ", 10) + "]\n"
	}
	const rest = `, "paths": {"/a": {"get": {}}}}`
	for name, row := range map[string]struct{ text, want string }{
		"nothing":              {" \n", "it is empty"},
		"no YAML":              {"a: [", "neither YAML nor JSON"},
		"no object":            {"[1]", "no object"},
		"a word":               {"words", "no object"},
		"only comments":        {"# a", "it is empty"},
		"no version":           {"info: {}", "neither `openapi` nor `swagger`"},
		"version 4":            {`{"openapi": "4.0.0"` + rest, "of version 4.0.0;"},
		"version 3.9":          {`{"openapi": "3.9.0"` + rest, "of version 3.9.0;"},
		"a version of lists":   {`{"openapi": ["3.1.0"]` + rest, "of version [3.1.0];"},
		"Swagger 1.2":          {`{"swagger": "1.2"` + rest, "of version 1.2 of Swagger;"},
		"cut off":              {`{"openapi": "3.0.0", "paths": {`, "not valid JSON: line 1"},
		"a second document":    {`{"openapi": "3.0.0"` + rest + "{}", "text after its end"},
		"a second one in YAML": {"openapi: 3.0.0\n---\nopenapi: 3.0.0\n", "text after its end"},
		"a name twice in JSON": {"{\"openapi\": \"3.0.0\",\n\"a\": 1,\n\"a\": 2" + rest, `line 3: "a" is twice`},
		"a name twice in YAML": {"openapi: 3.0.0\na: 1\na: 2\n", `line 3: "a" is twice`},
		"an object as a name":  {"openapi: 3.0.0\n? {a: b}\n: c\n", "a name in an object is not text"},
		"aliases upon aliases": {bomb, "aliases"},
		"very deep":            {`{"a": ` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + "}", "nested deeper"},
		"very deep YAML":       {"a: " + strings.Repeat("[", 600) + strings.Repeat("]", 600), "nested deeper"},
	} {
		if _, err := Parse([]byte(row.text)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q in it", name, err, row.want)
		}
	}
}

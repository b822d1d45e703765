package client

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/authkeel/authkeel/scripts/internal/openapi"
)

// FuzzOpenAPI reads what may be a document and makes all that is made of one in
// Go. Whatever its words are, they stay in their literals.
func FuzzOpenAPI(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("..", "openapi", "testdata", "documents", "*"))
	if err != nil || len(files) == 0 {
		f.Fatal("there are no seeds: ", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(notesSpec))
	f.Add([]byte("openapi: 3.0.0\npaths: {\"/a'\\n*/{__proto__}\": {get: {security: [], operationId: \"a'b\\u2028\"}}}"))
	f.Add([]byte(`{"openapi":"3.0.0","paths":{"/a":{"$ref":"#/paths/~1a"}},"components":{"schemas":{"A":{"$ref":"#/components/schemas/A/allOf/0"}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		document, err := openapi.Parse(text)
		s := &spec{Document: document}
		if err != nil || s.check() != nil || s.readParts() != nil {
			return
		}
		s.prepare()
		s.noteMissing()
		if _, err := s.writeParts(t.TempDir()); err != nil {
			t.Errorf("it cannot be written again: %v", err)
		}
		for _, made := range []string{s.formatsTS(), operationsTS(s.operations()), proceduresTS(s.procedures())} {
			if strings.ContainsFunc(made, func(r rune) bool { return r != '\n' && unicode.IsControl(r) && r < ' ' || r == 0x2028 || r == 0x2029 }) {
				t.Errorf("a character left its literal:\n%q", made)
			}
			for line := range strings.Lines(made) {
				if bare := withoutLiterals(line); !strings.HasPrefix(line, "/**") && strings.ContainsAny(bare, "'`\\") {
					t.Errorf("a literal does not end in its line: %q", line)
				}
			}
		}
	})
}

// withoutLiterals leaves out the string literals of a line of TypeScript.
func withoutLiterals(line string) string {
	var b strings.Builder
	inside, escaped := false, false
	for _, r := range line {
		switch {
		case escaped:
			escaped = false
		case inside && r == '\\':
			escaped = true
		case r == '\'':
			inside = !inside
		case !inside:
			b.WriteRune(r)
		}
	}
	if inside {
		b.WriteByte('\'')
	}
	return b.String()
}

// FuzzGraphQL reads what may be the answer to an introspection.
func FuzzGraphQL(f *testing.F) {
	for _, text := range []string{
		`{"data":{"__schema":{"queryType":{"name":"Query"},"types":[]}}}`, `{"data":{"__schema":null}}`, `{"data":null,"errors":[{"message":"introspection is off"}]}`,
		`{"errors":[]}`, `[]`, ``, `{"data":{"__schema":"\u2028</script>"}}`, `{"data":{"__schema":{}}} x`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		made, err := schemaOf(text)
		if err != nil {
			return
		}
		var schema map[string]json.RawMessage
		if err := json.Unmarshal([]byte(made), &schema); err != nil || len(schema) != 1 || schema["__schema"] == nil {
			t.Errorf("of %q it made %q, want an object with __schema alone", text, made)
		}
		if marked := (File{Path: "schema.json", Text: made}).marked(); !json.Valid(marked) {
			t.Errorf("the file is not JSON: %q", marked)
		}
	})
}

func FuzzVisible(f *testing.F) {
	for _, text := range []string{"plain\n\ttext", "\x1b[31mred\x1b[8m", "\u202eabc", "\u009b1m", "\xff\xfe", "é👍"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := visible(text)
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			t.Errorf("visible(%q) = %q, which has control characters", text, got)
		}
		if visible(got) != got {
			t.Errorf("visible(%q) changes again when it is repeated", text)
		}
	})
}

package client

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/openapi"
)

// TestMistakable compares paths with those of open operations.
func TestMistakable(t *testing.T) {
	for _, row := range []struct {
		open, path string
		want       bool
	}{
		{"/notes/{id}", "/notes/mine", true},
		{"/notes/{id}", "/notes/{name}", true},
		{"/notes/{id}", "/notes/{id}", false}, // another access of the same path is decided by its own row
		{"/notes/{id}", "/notes", false},
		{"/notes/{id}", "/notes/", false},
		{"/notes/{id}", "/notes/a/b", false},
		{"/{a}/{b}", "/notes/mine", true},
		{"/files/{name}.{ext}", "/files/a.b", true},
		{"/files/{name}.{ext}", "/files/ab", false},
		{"/files/v{n}", "/files/v1", true},
		{"/files/v{n}", "/files/v", false},
		{"/files/(a|b){n}", "/files/a1", false},
		{"/status", "/status", false},
		{"/{a", "/x", false},
	} {
		open := openPaths([]operation{called("GET", row.open, "none")})
		if got := open.mistakable(called("GET", row.path, "required")); got != row.want {
			t.Errorf("%s for %s: got %v, want %v", row.path, row.open, got, row.want)
		}
		if open.mistakable(called("POST", row.path, "required")) {
			t.Errorf("%s for %s: taken for an operation of another method", row.path, row.open)
		}
	}
}

func called(method, path, access string) operation {
	return operation{openapi.Operation{Method: method, Path: path}, access}
}

// manyPaths has n operations, every second of them open.
func manyPaths(t testing.TB, n int) *spec {
	t.Helper()
	paths := map[string]any{}
	for i := range n {
		op := map[string]any{"operationId": fmt.Sprint("op", i)}
		if i%2 == 0 {
			op["security"] = []any{}
		}
		paths[fmt.Sprintf("/group%d/things%d/{id}/v{version}", i/20, i)] = map[string]any{"get": op}
	}
	text, err := json.Marshal(map[string]any{"openapi": "3.1.0", "paths": paths})
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, text)
}

// parsed is a document in one piece.
func parsed(t testing.TB, text []byte) *spec {
	t.Helper()
	document, err := openapi.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	s := &spec{Document: document}
	if err := s.readParts(); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestManyOperations counts what is allocated: a regular expression for each pair
// of operations made it the square of their number.
func TestManyOperations(t *testing.T) {
	few, many := manyPaths(t, 200), manyPaths(t, 800)
	perOperation := func(s *spec, n int) float64 {
		return testing.AllocsPerRun(1, func() { s.prepare(); s.operations(); s.procedures(); s.formatsTS() }) / float64(n)
	}
	if a, b := perOperation(few, 200), perOperation(many, 800); b > 1.5*a {
		t.Errorf("got %.0f allocations for each of 200 operations and %.0f for each of 800, want about the same", a, b)
	}
}

func BenchmarkOperations(b *testing.B) {
	for _, n := range []int{300, 3000} {
		s := manyPaths(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				s.prepare()
				s.operations()
				s.procedures()
				s.formatsTS()
			}
		})
	}
}

// BenchmarkDocument reads a document of 13 MB with 1,100 operations.
func BenchmarkDocument(b *testing.B) {
	var text strings.Builder
	random := rand.New(rand.NewSource(1))
	text.WriteString(`{"openapi":"3.0.3","paths":{`)
	for i := range 1100 {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, `"/group%d/things%d/{id}":{"get":{"operationId":"get%d","description":%q,"responses":{"200":{"content":{"application/json":{"schema":{"type":"object","properties":{`,
			i/20, i, i, strings.Repeat("words ", 500+random.Intn(100)))
		for k := range 100 {
			fmt.Fprintf(&text, `%s"field%d":{"type":"string","description":"what the field has and when it is there, and when not"}`, map[bool]string{true: ","}[k > 0], k)
		}
		text.WriteString(`}}}}}}}}`)
	}
	text.WriteString(`}}`)
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		s := parsed(b, []byte(text.String()))
		s.prepare()
		s.operations()
		s.procedures()
		s.formatsTS()
		if _, err := s.writeParts(b.TempDir()); err != nil {
			b.Fatal(err)
		}
	}
}

package client

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
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
		open := openPaths([]operation{{method: "GET", path: row.open, access: "none"}})
		if got := open.mistakable(operation{method: "GET", path: row.path, access: "required"}); got != row.want {
			t.Errorf("%s for %s: got %v, want %v", row.path, row.open, got, row.want)
		}
		if open.mistakable(operation{method: "POST", path: row.path, access: "required"}) {
			t.Errorf("%s for %s: taken for an operation of another method", row.path, row.open)
		}
	}
}

// manyPaths has n operations, every second of them open.
func manyPaths(n int) *spec {
	paths := map[string]any{}
	for i := range n {
		op := map[string]any{"operationId": fmt.Sprint("op", i)}
		if i%2 == 0 {
			op["security"] = []any{}
		}
		paths[fmt.Sprintf("/group%d/things%d/{id}/v{version}", i/20, i)] = map[string]any{"get": op}
	}
	s := &spec{Doc: map[string]any{"openapi": "3.1.0", "paths": paths}, main: "openapi.yaml"}
	s.parts = map[string]*part{s.main: {doc: s.Doc}}
	return s
}

// TestManyOperations counts what is allocated: a regular expression for each pair
// of operations made it the square of their number.
func TestManyOperations(t *testing.T) {
	few, many := manyPaths(200), manyPaths(800)
	perOperation := func(s *spec, n int) float64 {
		return testing.AllocsPerRun(1, func() { s.prepare(); s.operations(); s.procedures(); s.formatsTS() }) / float64(n)
	}
	if a, b := perOperation(few, 200), perOperation(many, 800); b > 1.5*a {
		t.Errorf("got %.0f allocations for each of 200 operations and %.0f for each of 800, want about the same", a, b)
	}
}

func BenchmarkOperations(b *testing.B) {
	for _, n := range []int{300, 3000} {
		s := manyPaths(n)
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
		s := &spec{Text: []byte(text.String())}
		if err := s.parse(); err != nil {
			b.Fatal(err)
		}
		if err := s.readParts(); err != nil {
			b.Fatal(err)
		}
		s.prepare()
		s.operations()
		s.procedures()
		s.formatsTS()
		if _, err := s.writeParts(b.TempDir()); err != nil {
			b.Fatal(err)
		}
	}
}

//go:build unix

package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// BenchmarkGenerate generates whole clients of large documents with the tools from
// npm: go test -run '^$' -bench Generate -benchtime 1x. User time and the largest
// process are those of the tools, our own part is BenchmarkDocument.
func BenchmarkGenerate(b *testing.B) {
	for _, row := range []struct {
		name string
		text []byte
	}{{"13MB", largeDocument(b)}, {"3000operations", manyOperations(b, 3000)}} {
		b.Run(row.name, func(b *testing.B) {
			folder := b.TempDir()
			file := filepath.Join(folder, "openapi.json")
			if err := os.WriteFile(file, row.text, 0o600); err != nil {
				b.Fatal(err)
			}
			before := ofChildren(b)
			for b.Loop() {
				var said bytes.Buffer
				streams := cli.IO{In: strings.NewReader(""), Out: &said, Err: &said}
				if code := command(&npm{}).Run(b.Context(), streams, []string{"rest", filepath.Join(folder, "out"), "--spec", file, "--force"}); code != cli.ExitOK {
					b.Fatalf("got exit code %d: %s", code, said.String())
				}
			}
			after := ofChildren(b)
			b.ReportMetric((time.Duration(after.Utime.Nano()-before.Utime.Nano())).Seconds()/float64(b.N), "user-s/op")
			b.ReportMetric(float64(after.Maxrss)/1024, "max-MB")
		})
	}
}

func ofChildren(b *testing.B) (r syscall.Rusage) {
	b.Helper()
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &r); err != nil {
		b.Fatal(err)
	}
	return r
}

// largeDocument has the shape of GitHub's: 1,100 operations, 900 schemas that refer
// to others, and long examples; 13 MB.
func largeDocument(b *testing.B) []byte {
	b.Helper()
	words := strings.Repeat("The quick brown fox of the organization reviews a pull request. ", 3)
	schemas := map[string]any{}
	ref := func(i int) any { return map[string]any{"$ref": fmt.Sprintf("#/components/schemas/schema-%d", i)} }
	for i := range 900 {
		properties := map[string]any{
			"owner": map[string]any{"nullable": true, "allOf": []any{ref(i / 7)}}, "items": map[string]any{"type": "array", "items": ref(i / 2)},
			"kind":   map[string]any{"type": "string", "enum": []any{"open", "closed", "merged"}},
			"either": map[string]any{"oneOf": []any{ref(i / 3), map[string]any{"type": "string"}, map[string]any{"type": "integer"}}},
		}
		for p := range 17 {
			properties[fmt.Sprintf("property_%d", p)] = map[string]any{"type": "string", "description": words[:60+p], "example": words[:40]}
		}
		schemas[fmt.Sprintf("schema-%d", i)] = map[string]any{"type": "object", "required": []any{"owner", "items", "kind"}, "properties": properties}
	}
	example := map[string]any{}
	for p := range 38 {
		example[fmt.Sprintf("property_%d", p)] = words[:60]
	}
	owner := map[string]any{"name": "owner", "in": "path", "required": true, "schema": map[string]any{"type": "string"}}
	paths := map[string]any{}
	for i := range 550 {
		answer := map[string]any{"200": map[string]any{"description": words, "content": map[string]any{"application/json": map[string]any{
			"schema": map[string]any{"type": "array", "items": ref(i)}, "examples": map[string]any{"default": map[string]any{"value": []any{example, example}}},
		}}}}
		paths[fmt.Sprintf("/repos/{owner}/resource%d", i)] = map[string]any{
			"get": map[string]any{
				"operationId": fmt.Sprintf("repos/get-%d", i), "summary": words, "description": words, "responses": answer,
				"parameters": []any{map[string]any{"$ref": "#/components/parameters/per-page"}, owner},
			},
			"post": map[string]any{
				"operationId": fmt.Sprintf("repos/create-%d", i), "description": words, "responses": answer, "parameters": []any{owner},
				"requestBody": map[string]any{"required": true, "content": map[string]any{"application/json": map[string]any{
					"schema": schemas[fmt.Sprintf("schema-%d", i)], "example": example,
				}}},
			},
		}
	}
	return marshal(b, map[string]any{
		"openapi": "3.0.3", "info": map[string]any{"title": "Large", "version": "1"}, "paths": paths,
		"components": map[string]any{"schemas": schemas, "parameters": map[string]any{"per-page": map[string]any{"name": "per_page", "in": "query", "schema": map[string]any{"type": "integer"}}}},
	})
}

// manyOperations has n of them, half of which are public and could be taken for the
// others.
func manyOperations(b *testing.B, n int) []byte {
	b.Helper()
	paths := map[string]any{}
	for i := range n / 2 {
		paths[fmt.Sprintf("/group%d/{id}/items/{item}", i)] = map[string]any{"get": map[string]any{"security": []any{}}}
		paths[fmt.Sprintf("/group%d/mine/items/x%d", i, i)] = map[string]any{"get": map[string]any{}}
	}
	return marshal(b, map[string]any{"openapi": "3.1.0", "security": []any{map[string]any{"b": []any{}}}, "paths": paths})
}

func marshal(b *testing.B, v any) []byte {
	b.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		b.Fatal(err)
	}
	return text
}

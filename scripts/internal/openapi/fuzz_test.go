package openapi

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParse reads anything at all. What is read can be written as JSON, and reads
// the same when it is read again.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/documents/*")
	if err != nil || len(files) == 0 {
		f.Fatalf("there are no documents to begin with: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, seed := range []string{
		"openapi: 3.1.0\npaths: {/a: {get: {security: [{}], parameters: [{name: q, in: query}]}}}",
		`{"openapi": "3.0.3", "paths": {"/a": {"$ref": "#/components/pathItems/A"}}, "components": {"pathItems": {"A": {"get": {}}}}}`,
		"openapi: 3.2.0\nx: &a [*a]\npaths: {}",
		`{"openapi": "3.1", "paths": {"/\ud83d\udc4d": {"get": {"responses": {"x-a": 1}}}}}`,
		"openapi: 3.0.0\npaths: {/a: {get: {$ref: '#/paths/~1a/put'}, put: {operationId: x}}}",
		"openapi: 3.1.0\nservers: [{url: 'https://{a}:{b}/{c}', variables: {c: {default: ../..}}}]\npaths: {/a: {$ref: '#/paths/~1a'}}",
		"openapi: 3.0.0\nn: [0x1f, 1_000, .5, 0o7, -.inf, 010, 1e400]\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse([]byte(text))
		if err != nil {
			return
		}
		list, _ := d.Operations()
		for _, op := range list {
			if !strings.HasPrefix(op.Path, "/") || op.Op.Object == nil {
				t.Errorf("got the operation %+v", op)
			}
			d.Security(op)
		}
		if base := d.BasePath(); base != "" && (!strings.HasPrefix(base, "/") || strings.HasSuffix(base, "/") || strings.Contains(base, "//")) {
			t.Errorf("got the base path %q", base)
		}
		first, err := json.Marshal(d.Main.Root)
		if err != nil {
			t.Fatalf("it cannot be written: %v", err)
		}
		again, err := Parse(first)
		if err != nil {
			t.Fatalf("it cannot be read again: %v\n%s", err, first)
		}
		if second, err := json.Marshal(again.Main.Root); err != nil || string(second) != string(first) {
			t.Errorf("read again it is\n%s\nand not\n%s (%v)", second, first, err)
		}
	})
}

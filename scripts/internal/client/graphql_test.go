package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const someSchema = "type Query {\n  status: String!\n}\n"

// fakeCodegen stands for graphql-codegen.
type fakeCodegen struct {
	fakeTools
	settings string
}

func (f *fakeCodegen) Run(ctx context.Context, packages []string, command string, args ...string) error {
	if command != "node" {
		return f.fakeTools.Run(ctx, packages, command, args...)
	}
	text, err := os.ReadFile(args[len(args)-1])
	if err != nil || f.err != nil {
		return errors.Join(err, f.err)
	}
	f.settings = string(text)
	var settings struct {
		Generates map[string]any `json:"generates"`
	}
	if err := json.Unmarshal(text, &settings); err != nil {
		return err
	}
	for out := range settings.Generates {
		err = os.MkdirAll(out, 0o777)
		for _, file := range []string{"graphql.ts", "gql.ts", "index.ts"} {
			text := "/* eslint-disable */\nexport const ApiTypenameDocument = {};\n"
			err = errors.Join(err, os.WriteFile(filepath.Join(out, file), []byte(text), 0o666))
		}
	}
	return err
}

func TestGraphQLPackage(t *testing.T) {
	project(t, map[string]string{"graph/schema.graphqls": someSchema})
	tools := &fakeCodegen{}
	if r := run(t, tools, "", "graphql web/api"); r.code != 0 || !strings.Contains(r.err, "the API's schema is graph/*.graphqls") {
		t.Fatalf("got %d: %s", r.code, r.err)
	}
	// What codegen was asked for: the starter, because there is nothing else yet.
	for _, want := range []string{`graph/*.graphqls"`, `/web/api/src/**/*.graphql"`, `/operations.graphql"`, `"importExtension": ".js"`} {
		if !strings.Contains(tools.settings, want) {
			t.Errorf("codegen's settings lack %s:\n%s", want, tools.settings)
		}
	}
	for file, want := range map[string]string{
		"web/api/codegen.json":           `"../../graph/*.graphqls"`,
		"web/api/package.json":           `"generate": "graphql-codegen --config codegen.json"`,
		"web/api/tsconfig.json":          `"skipLibCheck": true`,
		"web/api/src/gql/graphql.ts":     "export const ApiTypenameDocument",
		"web/api/src/operations.graphql": "query ApiTypename",
	} {
		if text := get(t, file); !strings.Contains(text, want) {
			t.Errorf("%s lacks %s:\n%.400s", file, want, text)
		}
	}

	mine := "query Mine {\n  status\n}\n"
	put(t, "web/api/src/operations.graphql", mine)
	r := run(t, tools, "", "graphql web/api")
	if r.code != 0 || !strings.Contains(r.out, "left    web/api/src/operations.graphql") {
		t.Errorf("got %d: %s%s", r.code, r.out, r.err)
	}
	if text := get(t, "web/api/src/operations.graphql"); text != mine {
		t.Errorf("the user's operations are now %q", text)
	}
	if strings.Contains(tools.settings, "/operations.graphql") {
		t.Errorf("the starter is used beside the user's operations:\n%s", tools.settings)
	}
}

func TestGraphQLBeside(t *testing.T) {
	project(t, map[string]string{"schema.graphql": someSchema})
	tools := &fakeCodegen{}
	r := run(t, tools, "", "graphql web/src/api.ts --schema schema.graphql")
	if r.code != 0 || !strings.Contains(r.out, "@apollo/client@"+versions["@apollo/client"]) {
		t.Fatalf("got %d: %s%s", r.code, r.out, r.err)
	}
	text := get(t, "web/src/api.ts")
	for _, want := range []string{"from './api.gql.graphql'", "from './api.auth'"} {
		if !strings.Contains(text, want) {
			t.Errorf("api.ts lacks %s:\n%s", want, text)
		}
	}
	for _, file := range []string{"api.gql.graphql.ts", "api.operations.graphql"} {
		get(t, "web/src/"+file)
	}
	if !strings.Contains(tools.settings, `/web/src/api.*.graphql"`) {
		t.Errorf("codegen's settings lack the operations:\n%s", tools.settings)
	}
}

func TestSchemas(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/refuses":
			_, _ = w.Write([]byte(`{"errors":[{"message":"introspection disabled"}]}`))
		case r.URL.Path == "/page":
			_, _ = w.Write([]byte(`<html>`))
		case r.URL.Path == "/empty":
			_, _ = w.Write([]byte(`{"data":{}}`))
		case r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json":
			w.WriteHeader(http.StatusBadRequest)
		default:
			_, _ = w.Write([]byte(`{"data":{"__schema":{"queryType":{"name":"Query"},"types":[]}}}`))
		}
	}))
	t.Cleanup(server.Close)
	for _, row := range []struct {
		name, flag string
		code       int
		want       string // of what codegen is asked for, or of what is said
	}{
		{"a file", "s.graphqls", 0, `/s.graphqls"`},
		{"a pattern", "a/*.graphqls", 0, `/a/*.graphqls"`},
		{"a deep pattern", "a/**/*.gql", 0, `/a/**/*.gql"`},
		{"a URL", server.URL + "/graphql", 0, `/schema.json"`},
		{"a URL elsewhere", "https://api.example.com/graphql", 2, "not on this machine"},
		{"a URL that refuses", server.URL + "/refuses", 1, "introspection disabled"},
		{"a page", server.URL + "/page", 1, "not that of a GraphQL server"},
		{"nothing in it", server.URL + "/empty", 1, "has no schema"},
		{"no file", "b.graphqls", 2, "there is no file b.graphqls"},
		{"no match", "b/*.graphqls", 2, "there is no file b/*.graphqls"},
		{"no folder of a deep pattern", "b/**/*.graphqls", 2, "there is no file"},
		{"a pattern that is too much", "*/**/*.graphqls", 1, "folder/**/name*"},
		{"a folder", "a", 1, "it is a folder"},
		{"an empty file", "empty.graphqls", 1, "it is empty"},
		{"nothing", "", 2, "Three ways"},
	} {
		t.Run(row.name, func(t *testing.T) {
			project(t, map[string]string{
				"s.graphqls": someSchema, "a/one.graphqls": someSchema, "a/b/c/two.gql": someSchema, "empty.graphqls": "\n",
			})
			tools := &fakeCodegen{}
			args := "graphql out"
			if row.flag != "" {
				args += " --schema " + row.flag
			}
			r := run(t, tools, "", args)
			if said := tools.settings + r.err; r.code != row.code || !strings.Contains(said, row.want) {
				t.Errorf("got %d and %s\nwant %d and %s", r.code, said, row.code, row.want)
			}
			if _, err := os.Stat("out"); row.code != 0 && err == nil {
				t.Error("something was written")
			}
		})
	}
}

func TestSchemaThatCodegenRefuses(t *testing.T) {
	project(t, map[string]string{"s.graphqls": "type Query {"})
	r := run(t, &fakeCodegen{fakeTools: fakeTools{err: errors.New("Syntax Error: Expected Name")}}, "", "graphql out --schema s.graphqls")
	if r.code != 1 || !strings.Contains(r.err, "Expected Name") {
		t.Errorf("got %d: %s", r.code, r.err)
	}
}

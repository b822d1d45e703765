package client

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// starter is an operation that every schema has. It is where the user's own
// operations go: edited, the file is never written again.
const starter = `# The operations of this program. "npm run generate" makes a typed document of each:
# ApiTypenameDocument of the one below.
query ApiTypename {
  __typename
}
`

const operationsFile = "operations.graphql"

// makeGraphQL makes a client on Apollo's, with the documents of the operations
// that are there already.
func makeGraphQL(ctx context.Context, j *Job) ([]File, error) {
	schema, err := j.loadSchema(ctx)
	if err != nil {
		return nil, err
	}
	p := Package{
		Kind:            "graphql",
		Sources:         append(sharedSources("auth.ts", "caller.ts", "errors.ts"), kindSources("graphql")...),
		Dependencies:    []string{"@apollo/client", "@graphql-typed-document-node/core", "graphql", "graphql-ws", "rxjs"},
		DevDependencies: []string{"@graphql-codegen/cli", "@graphql-codegen/client-preset"},
		Scripts:         [][2]string{{"generate", "graphql-codegen --config codegen.json"}},
		SkipLibCheck:    true, // Apollo's own do not hold under exactOptionalPropertyTypes
	}
	operations, folder := j.operationsName(), j.Output
	if j.Ext == "" {
		folder = filepath.Join(folder, "src")
		seen, err := j.schemaSeen(schema)
		if err != nil {
			return nil, err
		}
		p.Files = append(p.Files, schema.files...)
		p.Files = append(p.Files, File{Path: "codegen.json", Text: codegenJSON(seen, []string{"src/**/*.graphql"}, "src/gql/")})
	}
	documents, err := j.documents(ctx, schema, filepath.Join(folder, operations), folder)
	if err != nil {
		return nil, err
	}
	if j.Ext == "" {
		p.Sources = append(p.Sources, documents...)
	} else { // one file is enough: the others are for documents in TypeScript
		p.Sources = append(p.Sources, documents[0])
		j.Note("Operations go into %s; repeat the command to make documents of them.", filepath.Join(folder, operations))
	}
	files, err := j.typescript(p)
	if err != nil {
		return nil, err
	}
	path, err := filepath.Rel(j.Output, filepath.Join(folder, operations))
	if err != nil {
		return nil, err
	}
	return append(files, File{Path: filepath.ToSlash(path), Text: starter}), nil
}

func (j *Job) operationsName() string {
	if j.Ext == "" {
		return operationsFile
	}
	return j.Stem + "." + operationsFile
}

// documents runs codegen over the operations in the folder, or the starter
// where there are none.
func (j *Job) documents(ctx context.Context, schema *schema, operations, folder string) ([]File, error) {
	scratch, err := os.MkdirTemp("", "authkeel-graphql-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	folder, err = filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	sources := []string{filepath.ToSlash(folder) + "/**/*.graphql"}
	if j.Ext != "" {
		sources[0] = filepath.ToSlash(folder) + "/" + j.Stem + ".*.graphql"
	}
	if _, err := os.Stat(operations); errors.Is(err, fs.ErrNotExist) {
		file := filepath.Join(scratch, operationsFile)
		if err := os.WriteFile(file, []byte(starter), 0o600); err != nil {
			return nil, err
		}
		sources = append(sources, filepath.ToSlash(file))
	}
	from, err := schema.absolute(scratch)
	if err != nil {
		return nil, err
	}
	config, launcher := filepath.Join(scratch, "codegen.json"), filepath.Join(scratch, "codegen.cjs")
	if err := os.WriteFile(launcher, []byte(templateText("codegen.cjs")), 0o600); err != nil {
		return nil, err
	}
	out := filepath.Join(scratch, "gql")
	if err := os.WriteFile(config, []byte(codegenJSON(from, sources, filepath.ToSlash(out)+"/")), 0o600); err != nil {
		return nil, err
	}
	fmt.Fprintf(j.Streams.Err, "generating documents with @graphql-codegen/client-preset %s\n", versions["@graphql-codegen/client-preset"])
	packages := []string{"@graphql-codegen/cli", "@graphql-codegen/client-preset", "graphql"}
	if err := j.Tools.Run(ctx, packages, "node", launcher, "--config", config); err != nil {
		return nil, fmt.Errorf("%s: no documents could be made of it: %w", schema.where, err)
	}
	var files []File
	for _, f := range []string{"graphql.ts", "gql.ts", "index.ts"} {
		text, err := os.ReadFile(filepath.Join(out, f))
		if err != nil {
			return nil, err
		}
		files = append(files, File{Path: "gql/" + f, Text: string(text), Foreign: "/* eslint-disable */\n"})
	}
	return files, nil
}

// codegenJSON is the configuration of codegen, for us and for the package.
func codegenJSON(schema, documents []string, out string) string {
	return indented(object{
		{"schema", schema},
		{"documents", documents},
		{"ignoreNoDocuments", true},
		{"generates", object{{out, object{
			{"preset", "client"},
			{"presetConfig", object{{"fragmentMasking", false}}},
			{"config", object{
				{"useTypeImports", true}, {"enumsAsTypes", true}, {"emitLegacyCommonJSImports", false},
				{"importExtension", ".js"}, {"defaultScalarType", "unknown"},
			}},
		}}}},
	})
}

// schemaSeen is where the schema is, seen from the package.
func (j *Job) schemaSeen(s *schema) ([]string, error) {
	var seen []string
	for _, pattern := range s.patterns {
		abs, err := filepath.Abs(pattern)
		if err != nil {
			return nil, err
		}
		from, err := j.seenFromOutput(abs)
		if err != nil {
			return nil, err
		}
		seen = append(seen, from)
	}
	for _, f := range s.files {
		seen = append(seen, f.Path)
	}
	return seen, nil
}

// absolute is where the schema is, for a program that runs elsewhere.
func (s *schema) absolute(scratch string) ([]string, error) {
	var list []string
	for _, pattern := range s.patterns {
		abs, err := filepath.Abs(pattern)
		if err != nil {
			return nil, err
		}
		list = append(list, filepath.ToSlash(abs))
	}
	for _, f := range s.files {
		name := filepath.Join(scratch, f.Path)
		if err := os.WriteFile(name, []byte(f.Text), 0o600); err != nil {
			return nil, err
		}
		list = append(list, filepath.ToSlash(name))
	}
	return list, nil
}

// usualSchemas are the places where a GraphQL server keeps its schema, gqlgen's
// first.
var usualSchemas = []string{
	"graph/*.graphqls", "graph/schema/*.graphqls", "internal/graph/*.graphqls", "graphql/*.graphqls", "api/*.graphqls",
	"schema.graphqls", "schema.graphql", "graph/*.graphql", "graphql/*.graphql", "api/schema.graphql",
}

const noSchema = `there is no GraphQL schema in the usual places (graph/*.graphqls, schema.graphql, ...).
Three ways to get one:
  --schema FILE        a file in the schema language, or the JSON of an introspection
  --schema 'PATTERN'   several: 'internal/**/*.graphqls', in quotes
  --schema URL         asks a server that runs here: --schema http://localhost:8080/graphql`

func isPattern(s string) bool { return strings.ContainsAny(s, "*?[") }

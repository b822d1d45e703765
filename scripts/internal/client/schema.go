package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/openapi"
)

// schema is a GraphQL schema.
type schema struct {
	where    string   // as told to the user
	patterns []string // of its files
	files    []File   // of the package, when it is in no file of the user's
}

// loadSchema finds the schema that --schema names and makes sure that there is
// one. What is in it is for codegen to judge.
func (j *Job) loadSchema(ctx context.Context) (*schema, error) {
	if isURL(j.Schema) {
		text, err := introspect(ctx, j.Schema)
		if err != nil {
			return nil, fmt.Errorf("--schema %s: %w", j.Schema, err)
		}
		j.Note("The schema of %s is kept as schema.json; repeat the command when it has changed.", j.Schema)
		return &schema{where: j.Schema, files: []File{{Path: "schema.json", Text: text}}}, nil
	}
	candidates := []string{j.Schema}
	if j.Schema == "" {
		candidates = usualSchemas
	}
	for _, pattern := range candidates {
		files, err := match(pattern)
		if err != nil {
			return nil, fmt.Errorf("--schema %s: %w", pattern, err)
		}
		if len(files) == 0 {
			continue
		}
		if j.Schema == "" {
			fmt.Fprintf(j.Streams.Err, "the API's schema is %s\n", pattern)
		}
		for _, file := range files {
			if err := notEmpty(file); err != nil {
				return nil, err
			}
		}
		return &schema{where: pattern, patterns: []string{pattern}}, nil
	}
	if j.Schema == "" {
		return nil, usage("%s", noSchema)
	}
	return nil, usage("--schema: there is no file %s", j.Schema)
}

func notEmpty(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	text, err := openapi.ReadAll(file)
	if err == nil && len(bytes.TrimSpace(text)) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// match lists the files of a pattern, in which ** is any number of folders. It
// tells whether there are any: codegen expands the pattern itself.
func match(pattern string) ([]string, error) {
	pattern = filepath.ToSlash(pattern)
	root, below, deep := strings.Cut(pattern, "**/")
	if !deep {
		if isPattern(pattern) {
			return filepath.Glob(filepath.FromSlash(pattern))
		}
		info, err := os.Stat(filepath.FromSlash(pattern))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err == nil && info.IsDir() {
			return nil, errors.New("it is a folder; give a pattern in quotes, such as '" + path.Join(pattern, "*.graphqls") + "'")
		}
		return []string{pattern}, err
	}
	if root == "" {
		root = "."
	}
	if isPattern(root) || strings.Contains(below, "/") {
		return nil, errors.New("of such patterns only folder/**/name* is understood")
	}
	var files []string
	err := filepath.WalkDir(filepath.FromSlash(root), func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if ok, err := path.Match(below, entry.Name()); err != nil || ok {
			files = append(files, name)
			return err
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return files, err
}

// introspection asks for what typed documents need, as graphql-js does.
const introspection = `query IntrospectionQuery { __schema {
  queryType { name } mutationType { name } subscriptionType { name }
  types { ...FullType }
  directives { name description locations args { ...InputValue } }
} }
fragment FullType on __Type {
  kind name description
  fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
  inputFields { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
  ofType { kind name ofType { kind name ofType { kind name } } } } } } } }`

// introspect asks a server on this machine for its schema.
func introspect(ctx context.Context, address string) (string, error) {
	query, err := json.Marshal(map[string]string{"query": introspection})
	if err != nil {
		return "", err
	}
	text, err := askLocal(ctx, http.MethodPost, address, query)
	if err != nil {
		return "", err
	}
	return schemaOf(text)
}

// schemaOf is the schema in the answer to an introspection.
func schemaOf(text []byte) (string, error) {
	var answer struct {
		Data struct {
			Schema json.RawMessage `json:"__schema"`
		} `json:"data"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return "", fmt.Errorf("the answer is not that of a GraphQL server: %w", err)
	}
	if len(answer.Errors) > 0 {
		return "", fmt.Errorf("the server refuses introspection: %s\nAsk it while it runs for development, without authentication, or give the files of the schema", answer.Errors[0].Message)
	}
	if len(answer.Data.Schema) == 0 || string(answer.Data.Schema) == "null" {
		return "", errors.New("the answer has no schema")
	}
	return indented(object{{"__schema", answer.Data.Schema}}), nil
}

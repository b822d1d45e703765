package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	echo4 "github.com/labstack/echo/v4"
	"github.com/labstack/echo/v5"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/examples/graphql/graph"
)

// TestRoutes fails when a route of any framework asks for less than auth.routes says.
func TestRoutes(t *testing.T) {
	onEach(t, func(t *testing.T, framework string) {
		b := newTestBackend(t, authtest.NewIssuer(t))
		handler := newHandler(t.Context(), b)
		var a api
		switch framework { // Echo's routes have to be recorded
		case "echo4":
			e := echo4.New()
			authtest.RecordRoutes(t, e)
			a = echo4On(e, b, handler)
		case "echo5":
			e := echo.New()
			authtest.RecordRoutes(t, e)
			a = echo5On(e, b, handler)
		default:
			a = frameworks[framework](b, handler)
		}
		authtest.Audit(t, a.router)
	})
}

// fieldsFile says what the fields of the schema ask for, as auth.routes does for
// routes: there is one route, and behind it everything.
const fieldsFile = "auth.fields"

// TestFields fails when a field with which an operation begins asks for less, or more,
// than auth.fields says.
func TestFields(t *testing.T) {
	schema := graph.NewSchema(nil, nil).Schema()
	var lines []string
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, field := range root.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			access := "public"
			if len(field.Directives) > 0 {
				access = directives(field.Directives)
			}
			lines = append(lines, fmt.Sprintf("%s.%s  %s\n", root.Name, field.Name, access))
		}
	}
	slices.Sort(lines)
	got := "# What each field asks for. AUTHKEEL_UPDATE=1 go test ./... writes the file anew: review every change.\n" + strings.Join(lines, "")
	if os.Getenv("AUTHKEEL_UPDATE") == "1" {
		if err := os.WriteFile(fieldsFile, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(fieldsFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s says\n%s\nand the schema\n%s", fieldsFile, want, got)
	}
}

func directives(list ast.DirectiveList) string {
	var texts []string
	for _, d := range list {
		text := "@" + d.Name
		for _, a := range d.Arguments {
			text += fmt.Sprintf("(%s: %s)", a.Name, a.Value)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " ")
}

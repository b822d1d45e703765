package client

import (
	"fmt"
	"strings"
)

// kinds in the order in which the help lists them.
var kinds = []Kind{
	{
		Name:    "rest",
		Summary: "TypeScript over fetch, from an OpenAPI document (openapi-fetch)",
		Flags:   []string{"spec"},
		Make:    makeREST,
	},
	{
		Name:    "axios",
		Summary: "the same over axios",
		Flags:   []string{"spec"},
		Make:    makeAxios,
	},
	{
		Name:    "graphql",
		Summary: "typed documents on Apollo Client, from a GraphQL schema",
		Flags:   []string{"schema"},
		Make:    makeGraphQL,
	},
	{
		Name:    "trpc",
		Summary: "tRPC's client, for a tRPC server (--router) or any REST API (--spec)",
		Flags:   []string{"router", "spec"},
		Make:    makeTRPC,
	},
	{
		Name:    "go",
		Summary: "Go for services, an http.Client that needs no document",
		Make:    makeGo,
	},
}

func names() []string {
	list := make([]string, len(kinds))
	for i, k := range kinds {
		list[i] = k.Name
	}
	return list
}

func help() string {
	var b strings.Builder
	b.WriteString("Client writes a client of your API that knows its types and attaches the token:\n" +
		"to requests to the API and to nothing else. The client replaces a token that has\n" +
		"expired, repeats a call once for the same user, and turns refusals into typed\n" +
		"errors.\n\nKinds\n")
	for _, k := range kinds {
		fmt.Fprintf(&b, "  %-8s  %s\n", k.Name, k.Summary)
	}
	b.WriteString(`
The output path is a folder, which becomes a package with sources, package.json
and README. It can also be a file name that ends in .ts, for an existing front end:
the sources are then written next to that file, and the command prints the npm
packages that they need. For go it is the folder of a package, or a file in an
existing one, which gets a second file next to it.

A generated file says so in its first line. The command writes it again when it is
repeated, unless you have edited the file. It changes no other file, follows no
symbolic link, and says what it left.

The document is OpenAPI 3.0, 3.1 or 3.2, or Swagger 2.0. It may be in several
files, if all of them are in its folder; a reference to the network or to a file
outside of that folder is an error.

Examples
  authkeel client rest web/api --spec openapi.yaml
  authkeel client rest web/src/api.ts --spec http://localhost:8080/openapi.json
  swag init --outputTypes json -o docs && authkeel client axios web/api
  authkeel client graphql web/api --schema 'internal/**/*.graphqls'
  authkeel client trpc web/api --spec openapi.yaml
  authkeel client go internal/notesapi
`)
	return b.String()
}

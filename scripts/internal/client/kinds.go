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
	b.WriteString("Client writes a client of your API that knows its types and signs its calls: it\n" +
		"attaches the token to requests to the API and to nothing else, replaces it once\n" +
		"when it has expired, and turns refusals into typed errors.\n\nKinds\n")
	for _, k := range kinds {
		fmt.Fprintf(&b, "  %-8s  %s\n", k.Name, k.Summary)
	}
	b.WriteString(`
The output path is a folder, which becomes a package with sources, package.json
and README, or a name that ends in .ts: the sources are then written beside that
name for an existing front end, and the npm packages they need are printed. For
go it is the folder of a package, or a file in one that is there.

Files that were generated say so in their first line. They are written again
when the command is repeated, unless they were edited since; everything else is
left alone, and the command says what it left.

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

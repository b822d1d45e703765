package trpc_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/scripts/e2e/trpc"
)

type node struct {
	Name     string            `json:"name"`
	At       time.Time         `json:"at"`
	Parent   *node             `json:"parent,omitempty"`
	Data     []byte            `json:"data"`
	Sizes    [2]float64        `json:"sizes"`
	Tags     map[string]bool   `json:"tags"`
	Flags    []map[string]uint `json:"flags,omitzero"`
	Any      any               `json:"any"`
	Plain    int
	Internal string `json:"-"`
	hidden   int
}

func TestTypeScript(t *testing.T) {
	r := trpc.NewRouter(trpc.Options{})
	trpc.Query(r, "a.b.get", func(context.Context, *int) (node, error) { return node{hidden: 1}, nil })
	trpc.Mutation(r, "a.touch", func(context.Context, trpc.None) (trpc.None, error) { return trpc.None{}, nil })
	_, got, _ := strings.Cut(r.TypeScript(), "TRPCBuiltRouter<Root, ")
	want := `{
  a: {
    b: {
      get: Query<number | void, { "name": string; "at": string; "parent"?: unknown | null; "data": string; ` +
		`"sizes": Array<number>; "tags": Record<string, boolean>; "flags"?: Array<Record<string, number>>; "any": unknown; "Plain": number }>;
    };
    touch: Mutation<void, null>;
  };
}>;
`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

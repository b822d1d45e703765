package client

import "testing"

// TestRepeatedAs is about a call that the API answered with 401: it is sent again
// for the caller that it was made for and for nobody else.
func TestRepeatedAs(t *testing.T) {
	runNode(t, kindClient(t, "rest"), "caller.mjs")
	for _, kind := range []string{"rest", "axios", "trpc/spec", "trpc/router", "graphql"} {
		t.Run(kind, func(t *testing.T) {
			runNode(t, kindClient(t, kind), "caller-kinds.mjs", kind)
		})
	}
}

// TestTypes has TypeScript check the sources of every kind.
func TestTypes(t *testing.T) {
	for _, kind := range []string{"rest", "axios", "trpc/spec", "trpc/router", "graphql"} {
		t.Run(kind, func(t *testing.T) {
			folder := kindClient(t, kind)
			runNode(t, folder, "check.mjs", folder)
		})
	}
}

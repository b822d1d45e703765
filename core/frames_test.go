package core_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/jwks"
)

// maxFrames is how many functions may stand between a framework and the key
// source for a token that is new, the adapter's own function counted.
const maxFrames = 6

// TestFrames keeps the path of a request short enough to be read: it counts the
// functions from an adapter's middleware down to the key source.
func TestFrames(t *testing.T) {
	var path []string
	keys := static(t, trusted().ed.JWK())
	source := keys.Wrap(jwks.LookupFunc(func(ctx context.Context, kid, alg string) ([]*jwks.Key, error) {
		path = callers()
		return keys.Keys(ctx, kid, alg)
	}))
	a := build(t, func(c *core.Config) { c.Issuers[0].Keys = source })
	step := a.RequireAuth()
	middleware := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		adapter.Serve(step, w, r)
	})
	w := httptest.NewRecorder()
	middleware.ServeHTTP(w, bearer(quick()))
	if w.Code != http.StatusOK || len(path) == 0 {
		t.Fatalf("got %d and the path %q, want an accepted token", w.Code, path)
	}
	if len(path) > maxFrames {
		t.Errorf("got %d frames, at most %d are allowed:\n%s", len(path), maxFrames, strings.Join(path, "\n"))
	}
}

// callers lists the functions from the caller of the key source up to the
// middleware of TestFrames, which is the last.
func callers() []string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	var path []string
	inside := false
	for {
		frame, more := frames.Next()
		if inside {
			path = append(path, frame.Function)
		}
		inside = inside || strings.HasSuffix(frame.Function, "jwks.(*Source).Keys")
		if !more || strings.Contains(frame.Function, "TestFrames.func") && inside && len(path) > 0 {
			return path
		}
	}
}

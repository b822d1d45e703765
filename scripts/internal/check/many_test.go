package check

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/scripts/internal/cli"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
)

// manyRoutes serves n routes, of which the one at open needs no token, and returns its
// URL, the file of its issuer, its document, and the number of requests that came.
func manyRoutes(t testing.TB, n, open int) (base, state, spec string, requests *atomic.Int64) {
	i, err := localissuer.Start(localissuer.New(localissuer.OIDC), localissuer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close() })
	auth, err := core.New(core.Config{
		Issuers:  []core.Issuer{{URL: i.Env()["OIDC_ISSUER"], Audiences: []string{i.Env()["OIDC_AUDIENCE"]}}},
		Observer: core.Silent,
	})
	if err != nil {
		t.Fatal(err)
	}
	login := auth.RequireAuth()
	requests = new(atomic.Int64)
	mux := http.NewServeMux()
	var document strings.Builder
	document.WriteString("openapi: 3.1.0\nsecurity: [{b: []}]\ncomponents: {securitySchemes: {b: {type: http, scheme: bearer}}}\npaths:\n")
	for i := range n {
		path := fmt.Sprintf("/r%d", i)
		fmt.Fprintf(&document, "  %s: {get: {}}\n", path)
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			if i != open {
				next, ok := adapter.Serve(login, w, r)
				if !ok {
					return
				}
				r = next
			}
			if id, ok := core.IdentityFrom(r.Context()); ok {
				fmt.Fprintf(w, `{"userId":%q}`, id.Subject())
			}
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	state, spec = filepath.Join(dir, "issuer.json"), filepath.Join(dir, "openapi.yaml")
	issuer := i.State()
	if err := issuer.Save(state); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(spec, []byte(document.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return server.URL, state, spec, requests
}

// TestOneOpenRouteOf500: the command fails, names the route, and says how far it is.
func TestOneOpenRouteOf500(t *testing.T) {
	base, state, spec, _ := manyRoutes(t, 500, 333)
	code, out, said := authkeel(t, "--base-url", base, "--issuer-state", state, "--spec", spec)
	if code != cli.ExitFailed || !strings.Contains(out, "\nFAILED: ") {
		t.Errorf("got %d\n%s", code, out)
	}
	var failures []string
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "FAIL ") {
			failures = append(failures, strings.Join(strings.Fields(line), " "))
		}
	}
	if want := "FAIL no token GET /r333 200: it answers without a token"; len(failures) != 1 || failures[0] != want {
		t.Errorf("got %q, want only %q", failures, want)
	}
	for _, want := range []string{"calling 500 routes without a token", "450 of 500 routes called without a token", "450 of 500 routes called with an expired token"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said in\n%s", want, said)
		}
	}
}

// TestRequestsPerRoute bounds the work for each further route: without a token, with a
// good one and with an expired one.
func TestRequestsPerRoute(t *testing.T) {
	count := func(n int) int64 {
		base, state, spec, requests := manyRoutes(t, n, -1)
		if code, out, _ := authkeel(t, "--base-url", base, "--issuer-state", state, "--spec", spec); code != cli.ExitOK {
			t.Fatalf("got %d\n%s", code, out)
		}
		return requests.Load()
	}
	if few, many := count(10), count(70); many-few != 3*60 {
		t.Errorf("got %d requests for 60 more routes, want 3 for each", many-few)
	}
}

// BenchmarkCheckOf60Routes has the time in which 60 routes are checked.
func BenchmarkCheckOf60Routes(b *testing.B) {
	base, state, spec, _ := manyRoutes(b, 60, -1)
	for b.Loop() {
		if code, out, _ := authkeelIn(b.Context(), "--base-url", base, "--issuer-state", state, "--spec", spec); code != cli.ExitOK {
			b.Fatalf("got %d\n%s", code, out)
		}
	}
}

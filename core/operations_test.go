package core_test

import (
	"context"
	"encoding/json"
	"expvar"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/devissuer"
)

// counter counts events for /debug/vars.
type counter struct {
	events *expvar.Map
	log    core.Observer
}

func (c counter) Observe(ctx context.Context, e core.Event) {
	c.events.Add(string(e.Kind)+" "+e.Reason, 1)
	c.log.Observe(ctx, e)
}

// probe is the readiness probe of OPERATIONS.md.
func probe(auth *core.Authenticator) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		health := auth.Health()
		w.Header().Set("Content-Type", "application/json")
		if !health.Ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(health)
	})
	return mux
}

var goBlocks = regexp.MustCompile("(?s)```go\n(.*?)```")

// TestOperationsPage: the programs of OPERATIONS.md are those of this file, and its
// lines are what the log has.
func TestOperationsPage(t *testing.T) {
	page, source := readText(t, "OPERATIONS.md"), unindented(readText(t, "operations_test.go"))
	blocks := goBlocks.FindAllStringSubmatch(page, -1)
	if len(blocks) != 2 {
		t.Fatalf("got %d programs, want 2", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(source, unindented(block[1])) {
			t.Errorf("this program is not in operations_test.go:\n%s", block[1])
		}
	}

	var out strings.Builder
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration_ms" {
			return slog.Attr{}
		}
		return a
	}}))
	counts := counter{new(expvar.Map).Init(), core.LogObserver(logger)}
	auth := build(t, func(c *core.Config) {
		c.Issuers[0].AllowAnyAudience, c.Issuers[0].Audiences = false, []string{"https://api.example.test"}
		c.Observer = counts
	})
	ask := func(ctx context.Context, step adapter.Step, token string) context.Context {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/orders/7?page=2", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		w.Header().Set("X-Request-ID", "r-1")
		next, ok := adapter.Serve(step, w, r)
		if !ok {
			return ctx
		}
		return next.Context()
	}
	ask(t.Context(), auth.RequireAuth(), quick("aud", `"x"`))
	ask(ask(t.Context(), auth.RequireAuth(), quick("aud", `"https://api.example.test"`, "jti", "null", "sid", "null")), core.Require(core.Role("admin")), "")
	counts.Observe(t.Context(), failedKeys(t))
	_, after, _ := strings.Cut(page, "```\nlevel=")
	want, _, _ := strings.Cut("level="+after, "```")
	if got := out.String(); got != want {
		t.Errorf("got the log\n%s\nwant\n%s", got, want)
	}
	if got := counts.events.String(); !strings.Contains(got, `"refused wrong_audience": 1`) || !strings.Contains(got, `"denied denied": 1`) {
		t.Errorf("got counts %s", got)
	}

	w := httptest.NewRecorder()
	probe(auth).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ready", http.NoBody))
	var health core.Health
	if err := json.Unmarshal(w.Body.Bytes(), &health); err != nil || w.Code != 200 || !health.Ready {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// failedKeys is the event of an issuer that fails, with a name that does not change.
func failedKeys(t *testing.T) core.Event {
	t.Helper()
	log := &events{}
	issuer := benchIssuer(t, "ES256")
	issuer.SetFault(devissuer.Fail(500))
	auth := build(t, func(c *core.Config) {
		c.Observer, c.Issuers = log, []core.Issuer{{URL: issuer.URL(), AllowAnyAudience: true}}
	})
	defer runtime.KeepAlive(auth) // an Authenticator that nobody uses any more reports no events
	if auth.Ready(t.Context()) == nil {
		t.Fatal("an issuer that fails is ready")
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		for _, e := range log.take() {
			if e.Kind == core.EventKeys {
				e.Issuer = "https://issuer.example"
				return e
			}
		}
	}
	t.Fatal("no event tells of the failure")
	return core.Event{}
}

// unindented is a text without the white space in front of its lines.
func unindented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimLeft(line, "\t "))
	}
	return b.String()
}

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

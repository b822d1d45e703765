package core_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unsafe"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// shownRequest is a request of a framework, with a response.
type shownRequest struct {
	adapter.Request
	method, target string
	response       map[string]string
}

func (r shownRequest) Method() string                    { return r.method }
func (r shownRequest) URL() string                       { return r.target }
func (r shownRequest) ResponseHeader(name string) string { return r.response[name] }

// traceKey is where a tracing library keeps its ID.
type traceKey struct{}

func traceID(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}

// TestEventsNameTheRequest has request targets in all forms (RFC 9112 section 3.2),
// and whatever else a stranger can send.
func TestEventsNameTheRequest(t *testing.T) {
	log := &events{}
	a := build(t, func(c *core.Config) { c.Observer = log })
	long := strings.Repeat("x", 500)
	for _, tt := range []struct {
		name, method, target, id       string
		wantMethod, wantPath, wantedID string
	}{
		{"a path", "GET", "/orders/7", "r-1", "GET", "/orders/7", "r-1"},
		{"another method", "PURGE", "/", "", "PURGE", "/", ""},
		{"a query", "POST", "/a/b?access_token=secret", "r-1", "POST", "/a/b", "r-1"},
		{"an empty query", "GET", "/a?", "", "GET", "/a", ""},
		{"a fragment", "GET", "/a#b?c", "", "GET", "/a", ""},
		{"only a query", "GET", "?x", "", "GET", "", ""},
		{"nothing", "", "", "", "", "", ""},
		{"the absolute form", "GET", "http://user:password@api.example/a?b", "", "GET", "/a", ""},
		{"the absolute form without a path", "GET", "http://user:password@api.example", "", "GET", "/", ""},
		{"an address as a path", "GET", "/go/https://x.example/y", "", "GET", "/go/https://x.example/y", ""},
		{"an address in a query", "GET", "/go?to=https://x.example/y", "", "GET", "/go", ""},
		{"the asterisk", "OPTIONS", "*", "", "OPTIONS", "*", ""},
		{"the authority", "CONNECT", "db.example:5432", "", "CONNECT", "db.example:5432", ""},
		{"escapes stay", "GET", "/a%0Ab", "", "GET", "/a%0Ab", ""},
		{"control characters", "GE\x1bT", "/a\nlevel=ERROR", "r\r\n1", `GE\u001bT`, `/a\u000alevel=ERROR`, `r\u000d\u000a1`},
		{"no UTF-8", "GET", "/\xff", "", "GET", `/\ufffd`, ""},
		{"too long", long, "/" + long, long, long[:128] + "…", "/" + long[:127] + "…", long[:128] + "…"},
		{"a token in the path", "GET", "/reset/" + quick(), quick(), "GET", "(a token, not shown)", "(a token, not shown)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := shownRequest{adapter.FromHTTP(request()), tt.method, tt.target, map[string]string{"X-Request-Id": tt.id}}
			_, _ = a.Authenticate(t.Context(), r)
			e := log.take()[0]
			if e.Method != tt.wantMethod || e.Path != tt.wantPath || e.RequestID != tt.wantedID {
				t.Errorf("got %q %q %q, want %q %q %q", e.Method, e.Path, e.RequestID, tt.wantMethod, tt.wantPath, tt.wantedID)
			}
		})
	}
}

// TestRequestID: where the ID of a request comes from, and that a client cannot choose
// it.
func TestRequestID(t *testing.T) {
	traced := context.WithValue(t.Context(), traceKey{}, "trace-1")
	for _, tt := range []struct {
		name string
		find func(context.Context) string
		ctx  context.Context
		set  string // on the response
		want string
	}{
		{"of the response", nil, t.Context(), "r-1", "r-1"},
		{"of the context first", traceID, traced, "r-1", "trace-1"},
		{"of the response where the context has none", traceID, t.Context(), "r-1", "r-1"},
		{"none", traceID, t.Context(), "", ""},
		{"only the client's", nil, traced, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := &events{}
			a := build(t, func(c *core.Config) { c.Observer, c.RequestID = log, tt.find })
			w, r := httptest.NewRecorder(), request("X-Request-ID", "forged", "X-Trace", "forged").WithContext(tt.ctx)
			if tt.set != "" {
				w.Header().Set("X-Request-ID", tt.set)
			}
			if _, ok := adapter.Serve(a.RequireAuth(), w, r); ok {
				t.Fatal("the request was accepted")
			}
			if got := log.take()[0].RequestID; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			// A token that comes without a request has the context alone.
			_, _ = a.Verify(tt.ctx, "x")
			if e := log.take()[0]; e.RequestID != strings.TrimPrefix(tt.want, "r-1") || e.Method != "" || e.Path != "" {
				t.Errorf("Verify: got %q %q %q", e.Method, e.Path, e.RequestID)
			}
		})
	}
}

// TestRequestIsNamedEverywhere: each event and each line of the log that is about a
// request says which.
func TestRequestIsNamedEverywhere(t *testing.T) {
	out := captureSlog(t)
	log, limit := &events{}, &limiter{}
	a := build(t, func(c *core.Config) {
		c.Observer, c.FailureLimit = log, limit
		c.Revocations = &revocations{revoked: map[string]bool{"gone": true}}
	})
	step := func(step adapter.Step, token string) context.Context {
		r := httptest.NewRequest(http.MethodPut, "/orders/7?secret", nil)
		r.Header.Set("X-Forwarded-For", "192.0.2.7")
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		w.Header().Set("X-Request-Id", "r-1")
		if next, ok := adapter.Serve(step, w, r); ok {
			return next.Context()
		}
		return nil
	}
	good := step(a.RequireAuth(), quick())
	step(a.RequireAuth(), quick("jti", `"gone"`))
	limit.deny = true
	step(a.RequireAuth(), "bad")
	step(func(ctx context.Context, r adapter.Request) adapter.Outcome {
		return adapter.Outcome{Refusal: a.TooManyRequests(ctx, r, 0)}
	}, "")
	step(func(_ context.Context, r adapter.Request) adapter.Outcome {
		return core.Require(core.Role("x"))(good, r)
	}, "")
	kinds := make(map[core.EventKind]bool)
	for _, e := range log.take() {
		kinds[e.Kind] = true
		if e.Method != "PUT" || e.Path != "/orders/7" || e.RequestID != "r-1" || !e.Client.IsValid() {
			t.Errorf("%s %s: got %q %q %q of %v", e.Kind, e.Reason, e.Method, e.Path, e.RequestID, e.Client)
		}
	}
	if len(kinds) != 6 {
		t.Errorf("got events of %d kinds, want 6: %v", len(kinds), kinds)
	}
	out.Reset()
	step(core.Require(core.Role("x")), "")
	step(core.Shadow(a, build(t, func(c *core.Config) { c.Issuers[0].URL = "https://next.example" })).RequireAuth(), quick())
	for line := range strings.Lines(out.String()) {
		if !strings.Contains(line, "method=PUT path=/orders/7 ") && !strings.HasSuffix(line, "method=PUT path=/orders/7\n") {
			t.Errorf("got %s", line)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 2 {
		t.Errorf("got %d lines, want 2:\n%s", n, out)
	}
}

// TestEventsOwnTheirMemory: an observer may keep an event, and frameworks use the
// memory of a request again.
func TestEventsOwnTheirMemory(t *testing.T) {
	log := &events{}
	a := build(t, func(c *core.Config) { c.Observer = log })
	var memory [][]byte
	borrow := func(text string) string {
		b := []byte(text)
		memory = append(memory, b)
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	r := shownRequest{adapter.FromHTTP(request()), borrow("PATCH"), borrow("/orders?x"), map[string]string{"X-Request-Id": borrow("r-1")}}
	odd := shownRequest{adapter.FromHTTP(request()), borrow("ODD"), borrow("/ordérs"), nil}
	_, _ = a.Authenticate(t.Context(), r)
	_, _ = a.Authenticate(t.Context(), odd)
	for _, b := range memory {
		clear(b)
	}
	got := log.take()
	if e := got[0]; e.Method != "PATCH" || e.Path != "/orders" || e.RequestID != "r-1" {
		t.Errorf("got %q %q %q", e.Method, e.Path, e.RequestID)
	}
	if e := got[1]; e.Method != "ODD" || e.Path != "/ordérs" || e.RequestID != "" {
		t.Errorf("got %q %q %q", e.Method, e.Path, e.RequestID)
	}
}

// TestEventsThatNobodyReadsCostNothing: describing a request costs memory, so it is
// done for events that somebody reads.
func TestEventsThatNobodyReadsCostNothing(t *testing.T) {
	logger := slog.New(slog.NewTextHandler(io.Discard, nil)) // from level Info on
	cost := func(observer core.Observer, r *http.Request) float64 {
		step := build(t, func(c *core.Config) { c.Observer = observer }).RequireAuth()
		lent := adapter.FromHTTP(r)
		return testing.AllocsPerRun(200, func() { step(t.Context(), lent) })
	}
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	for name, r := range map[string]*http.Request{"accepted": bearer(quick()), "refused": request()} {
		silent := cost(core.Silent, r)
		if got := cost(nil, r); got > silent && !underRace() {
			t.Errorf("%s: got %v allocations with the log of refusals, want %v", name, got, silent)
		}
		if got := cost(core.LogObserver(logger), r); name == "accepted" && got > silent && !underRace() {
			t.Errorf("%s: got %v allocations with a log at level Info, want %v", name, got, silent)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Errorf("got %d lines of refusals, want one:\n%s", n, &out)
	}
}

package adapter_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/authkeel/authkeel/core/adapter"
)

func step(out adapter.Outcome) adapter.Step {
	return func(context.Context, adapter.Request) adapter.Outcome { return out }
}

func TestServeGoesOn(t *testing.T) {
	type key struct{}
	for _, tt := range []struct {
		name    string
		context context.Context
		want    any
	}{
		{"with the request's context", nil, nil},
		{"with another context", context.WithValue(t.Context(), key{}, "value"), "value"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
			w.Header().Set("Vary", "Origin")
			w.Header().Set("X-Kept", "old")
			w.Header().Set("RateLimit", `"gateway";r=1`)
			w.Header().Set("RateLimit-Policy", `"gateway";q=2`)
			header := [][2]string{{"Vary", "Cookie"}, {"X-Kept", "new"}, {"Ratelimit", `"api";r=3`}, {"Ratelimit-Policy", `"api";q=4`}}
			got, ok := adapter.Serve(step(adapter.Outcome{Context: tt.context, Header: header}), w, r)
			if !ok || got.Context().Value(key{}) != tt.want {
				t.Fatalf("got %v, value %v, want to go on with %v", ok, got.Context().Value(key{}), tt.want)
			}
			if tt.context == nil && got != r {
				t.Error("the request was copied although its context is the same")
			}
			if !slices.Equal(w.Header().Values("Vary"), []string{"Origin", "Cookie"}) || !slices.Equal(w.Header().Values("X-Kept"), []string{"new"}) {
				t.Errorf("got header %v, want Vary added and the rest replaced", w.Header())
			}
			if !slices.Equal(w.Header().Values("RateLimit"), []string{`"gateway";r=1`, `"api";r=3`}) ||
				!slices.Equal(w.Header().Values("RateLimit-Policy"), []string{`"gateway";q=2`, `"api";q=4`}) {
				t.Errorf("got header %v, want the RateLimit fields added", w.Header())
			}
		})
	}
}

// TestServeSetsLists: the lists of an outcome do not share memory that a handler
// could write to.
func TestServeSetsLists(t *testing.T) {
	w := httptest.NewRecorder()
	header := [][2]string{{"Ratelimit-Policy", `"api";q=4`}, {"Ratelimit", `"api";r=3`}, {"Vary", "Cookie"}}
	if _, ok := adapter.Serve(step(adapter.Outcome{Header: header}), w, httptest.NewRequest(http.MethodGet, "/", nil)); !ok {
		t.Fatal("the request was refused")
	}
	w.Header().Add("RateLimit-Policy", `"other";q=1`)
	for name, want := range map[string][]string{
		"RateLimit-Policy": {`"api";q=4`, `"other";q=1`}, "RateLimit": {`"api";r=3`}, "Vary": {"Cookie"},
	} {
		if got := w.Header().Values(name); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestServeRefuses: a refusal is the whole answer, header included.
func TestServeRefuses(t *testing.T) {
	for _, tt := range []struct {
		name              string
		refusal           adapter.Refusal
		contentType, body string
	}{
		{"with core's body", adapter.Refusal{Body: adapter.Body{Error: "unauthorized", Description: "why", More: map[string]any{"hint": 1, "Error": "x"}}},
			"application/json", `{"error":"unauthorized","error_description":"why","hint":1}`},
		{"with the application's body", adapter.Refusal{Content: []byte("<p>no</p>"), ContentType: "text/html"}, "text/html", "<p>no</p>"},
		{"without a body", adapter.Refusal{Content: []byte{}, ContentType: "text/plain"}, "text/plain", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.refusal.Status = http.StatusUnauthorized
			tt.refusal.Header = [][2]string{{"WWW-Authenticate", "Bearer"}, {"Cache-Control", "no-store"}}
			w := httptest.NewRecorder()
			r, ok := adapter.Serve(step(adapter.Outcome{Refusal: &tt.refusal}), w, httptest.NewRequest(http.MethodGet, "/", nil))
			if ok || r != nil {
				t.Fatal("the request goes on")
			}
			h := w.Header()
			if w.Code != 401 || h.Get("WWW-Authenticate") != "Bearer" || h.Get("Cache-Control") != "no-store" {
				t.Errorf("got %d %v, want the refusal's status and header", w.Code, h)
			}
			if h.Get("Content-Type") != tt.contentType || w.Body.String() != tt.body {
				t.Errorf("got %s %q, want %s %q", h.Get("Content-Type"), w.Body, tt.contentType, tt.body)
			}
		})
	}
}

func TestFromHTTP(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/a?b", nil)
	r.Host, r.RemoteAddr = "api.example", "192.0.2.1:5"
	r.Header = http.Header{"X-A": {"1", "2"}}
	r.Trailer = http.Header{"X-T": {"1"}}
	lent := adapter.FromHTTP(r)
	for _, tt := range []struct {
		name  string
		i     int
		value string
		ok    bool
	}{
		{"X-A", 0, "1", true}, {"X-A", 1, "2", true}, {"X-A", 2, "", false}, {"X-B", 0, "", false},
		{"X-T", 0, "", false}, {"Host", 0, "api.example", true}, {"Host", 1, "", false},
	} {
		if value, ok := lent.Header(tt.name, tt.i); value != tt.value || ok != tt.ok {
			t.Errorf("%s %d: got %q, %v, want %q, %v", tt.name, tt.i, value, ok, tt.value, tt.ok)
		}
	}
	if lent.Method() != "POST" || lent.URL() != "/a?b" || lent.RemoteAddr() != "192.0.2.1:5" {
		t.Errorf("got %s %s from %s", lent.Method(), lent.URL(), lent.RemoteAddr())
	}
	if n := testing.AllocsPerRun(100, func() { _ = adapter.FromHTTP(r) }); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}

// several is a request with two Host lines and a trailer.
type several struct{ adapter.Request }

func (several) Header(name string, i int) (string, bool) {
	lines := map[string][]string{"X-A": {"1", ""}, "Host": {"a.example", "b.example"}}[name]
	if i >= len(lines) {
		return "", false
	}
	return lines[i], true
}

func TestToHTTP(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header = http.Header{"X-A": {"1"}, "X-Trailer": {"1"}}
	adapter.ToHTTP(r, several{adapter.FromHTTP(r)})
	if len(r.Header) != 1 || !slices.Equal(r.Header["X-A"], []string{"1", ""}) || r.Host != "" {
		t.Errorf("got header %v and host %q, want both lines of X-A, no trailer and no host", r.Header, r.Host)
	}
	one := httptest.NewRequest(http.MethodGet, "/", nil)
	if adapter.ToHTTP(one, adapter.FromHTTP(one)); one.Host != "example.com" {
		t.Errorf("got host %q, want example.com", one.Host)
	}
}

func TestParam(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.SetPathValue("id", "a b")
	r.SetPathValue("empty", "")
	lent := adapter.FromHTTP(r)
	for name, want := range map[string]string{"id": "a b", "empty": "", "ID": "", "": ""} {
		if value, ok := lent.Param(name); value != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", name, value, ok, want)
		}
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
)

func TestTourIsAsExpected(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := once(t.Context(), frameworks, &out); err != nil {
		t.Fatalf("got %v:\n%s", err, out.String())
	}
	if !strings.Contains(string(readme), out.String()) {
		t.Errorf("the README shows another table than\n%s", out.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if got, want := strings.Fields(lines[0]), []string{"situation", "request", "gin", "echo4", "echo5", "fiber2", "fiber3", "chi", "error"}; !slices.Equal(got, want) {
		t.Errorf("got columns %v, want %v", got, want)
	}
	rows := len(lines) - 3 // without the columns' names, a blank line and the last
	if want := len(everyday) + 7; rows != want {
		t.Errorf("got %d rows, want %d", rows, want)
	}
	requests := rows * len(frameworks)
	if got, want := lines[len(lines)-1], fmt.Sprintf("tour: %d requests, %d as expected", requests, requests); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, line := range lines {
		if len(line) > 120 {
			t.Errorf("more than 120 columns: %s", line)
		}
	}
}

// sabotaged replaces Chi's API with one that is made of it and not as good.
func sabotaged(change func(*core.Authenticator, http.Handler) http.HandlerFunc) []framework {
	changed := slices.Clone(frameworks)
	for i, f := range changed {
		if f.name == "chi" {
			changed[i].make = func(a *core.Authenticator, h http.Handler) server { return httpServer(change(a, chiAPI(a, h))) }
		}
	}
	return changed
}

// edited answers as next does, but for what edit changes.
func edited(next http.Handler, edit func(*httptest.ResponseRecorder) (body string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		body := edit(rec)
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write([]byte(body)) // the client fails the test when it is missing
	}
}

func TestTourNoticesSurprises(t *testing.T) {
	tests := []struct {
		name      string
		change    func(*core.Authenticator, http.Handler) http.HandlerFunc
		surprises int
		explained []string
	}{
		{"no protection at all", func(*core.Authenticator, http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, struct{}{}) }
		}, len(everyday) + 7, []string{
			"admin only, no token, DELETE /users/42 on chi",
			"status: expected 401, came 200",
			"WWW-Authenticate: expected Bearer, came nothing",
			"they differ, see below",
		}},
		{"a role is not asked for", func(a *core.Authenticator, next http.Handler) http.HandlerFunc {
			open := chiauth.RequireAuth(a)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				writeJSON(w, map[string]string{"deleted": "42"})
			}))
			return func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodDelete {
					open.ServeHTTP(w, r)
					return
				}
				next.ServeHTTP(w, r)
			}
		}, 1, []string{
			"200 (1)",
			"(1) admin only, member, DELETE /users/42 on chi",
			"status: expected 403, came 200",
			"error in the body: expected insufficient_scope, came nothing",
		}},
		{"webhooks are not verified", func(_ *core.Authenticator, next http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/webhooks" {
					writeJSON(w, map[string]string{"status": "processed"})
					return
				}
				next.ServeHTTP(w, r)
			}
		}, 2, []string{
			"(1) webhook, delivered again, POST /webhooks on chi",
			"(2) webhook, forged, POST /webhooks on chi",
			"status: expected 400, came 200",
		}},
		{"no hint to ask for a factor", func(_ *core.Authenticator, next http.Handler) http.HandlerFunc {
			return edited(next, func(rec *httptest.ResponseRecorder) string {
				return strings.ReplaceAll(rec.Body.String(), "clerk_error", "error_uri")
			})
		}, 1, []string{"(1) Clerk, verified long ago, POST /payouts on chi", "clerk_error in the body: expected {"}},
		{"words of its own", func(_ *core.Authenticator, next http.Handler) http.HandlerFunc {
			return edited(next, func(rec *httptest.ResponseRecorder) string {
				return strings.ReplaceAll(rec.Body.String(), "one bearer token", "a token")
			})
		}, 1, []string{"400 (1)", "body: gin answers"}},
		{"an outage that does not say when to come back", func(_ *core.Authenticator, next http.Handler) http.HandlerFunc {
			return edited(next, func(rec *httptest.ResponseRecorder) string {
				rec.Header().Del("Retry-After")
				return rec.Body.String()
			})
		}, 1, []string{"503 (1)", "Retry-After: expected a number of seconds, came nothing"}},
		{"no answer", func(_ *core.Authenticator, next http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/public" {
					panic(http.ErrAbortHandler)
				}
				next.ServeHTTP(w, r)
			}
		}, 1, []string{"- (1)", "no answer: "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out, stderr strings.Builder
			if got := run(t.Context(), sabotaged(tt.change), []string{"-once"}, &out, &stderr); got != 1 {
				t.Errorf("got exit status %d, want 1", got)
			}
			if !strings.Contains(stderr.String(), errSurprise.Error()) {
				t.Errorf("got %q, want it to say %q", stderr.String(), errSurprise)
			}
			requests := (len(everyday) + 7) * len(frameworks)
			want := fmt.Sprintf("tour: %d requests, %d as expected\n", requests, requests-tt.surprises)
			for _, want := range append(tt.explained, want) {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is missing from\n%s", want, out.String())
				}
			}
		})
	}
}

func TestTourIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out strings.Builder
	if err := once(ctx, frameworks, &out); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if out.Len() > 0 {
		t.Errorf("got %q, want no table", out.String())
	}
}

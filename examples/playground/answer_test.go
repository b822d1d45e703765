package main

import (
	"net/http"
	"slices"
	"testing"
)

func TestCheck(t *testing.T) {
	refused := func(change func(*answer)) answer {
		a := answer{status: 401, code: "invalid_token", body: `{"error":"invalid_token"}`, header: http.Header{
			"Www-Authenticate": {`Bearer error="invalid_token"`},
			"Content-Type":     {"application/json"},
			"Cache-Control":    {"no-store"},
		}}
		if change != nil {
			change(&a)
		}
		return a
	}
	tests := []struct {
		name string
		want want
		came answer
		says []string
	}{
		{"as wanted", invalidToken, refused(nil), nil},
		{"body with other spacing", ok(`{"a":1,"b":2}`), answer{status: 200, body: " {\"b\": 2, \"a\": 1}\n"}, nil},
		{"another status", invalidToken, refused(func(a *answer) { a.status = 403 }),
			[]string{"status: expected 401, came 403"}},
		{"no hint", reverification, refused(func(a *answer) {
			a.status, a.code = 403, "insufficient_scope"
			a.header.Set("WWW-Authenticate", reverification.challenge)
		}), []string{"clerk_error in the body: expected " + reverification.hint + ", came nothing"}},
		{"a hint that nobody asked for", invalidToken, refused(func(a *answer) { a.hint = "{}" }),
			[]string{"clerk_error in the body: expected nothing, came {}"}},
		{"another challenge", tokenExpired, refused(nil),
			[]string{`WWW-Authenticate: expected Bearer error="invalid_token", error_description="token expired", came Bearer error="invalid_token"`}},
		{"two challenges", invalidToken, refused(func(a *answer) { a.header.Add("WWW-Authenticate", "Basic") }),
			[]string{`WWW-Authenticate: expected Bearer error="invalid_token", came Bearer error="invalid_token" | Basic`}},
		{"no code", invalidToken, refused(func(a *answer) { a.code = "" }),
			[]string{"error in the body: expected invalid_token, came nothing"}},
		{"text, which may be cached", invalidToken, refused(func(a *answer) {
			a.header.Set("Content-Type", "text/plain")
			a.header.Del("Cache-Control")
		}), []string{"Content-Type: expected application/json, came text/plain", "Cache-Control: expected no-store, came nothing"}},
		{"Retry-After that nobody asked for", invalidToken, refused(func(a *answer) { a.header.Set("Retry-After", "5") }),
			[]string{"Retry-After: expected nothing, came 5"}},
		{"Retry-After that is no number", want{status: 503, retry: true}, answer{status: 503, header: http.Header{"Retry-After": {"soon"}}},
			[]string{"Retry-After: expected a number of seconds, came soon"}},
		{"another body", ok(`{"a":1}`), answer{status: 200, body: `{"a":2}`},
			[]string{`body: expected {"a":1}, came {"a":2}`}},
		{"refused, but handled", unauthorized, answer{status: 200, body: `{"a":2}`, header: http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}}},
			[]string{"status: expected 401, came 200", "WWW-Authenticate: expected Bearer, came nothing", "error in the body: expected unauthorized, came nothing"}},
		{"nothing", ok(`{}`), answer{failure: http.ErrHandlerTimeout},
			[]string{"no answer: " + http.ErrHandlerTimeout.Error()}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.want.check(tt.came); !slices.Equal(got, tt.says) {
				t.Errorf("got %q, want %q", got, tt.says)
			}
		})
	}
}

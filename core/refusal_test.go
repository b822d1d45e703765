package core_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// TestRefusals is the table of the package documentation, through Require and
// Check as an adapter runs them.
func TestRefusals(t *testing.T) {
	source, limit := newFlakySource(t), &limiter{}
	a := build(t, func(c *core.Config) {
		c.Extractors = []core.Extractor{core.FromBearer(), core.FromCookie("s")}
		c.FailureLimit, c.Issuers[0].Keys = limit, source.Source
	})
	good := quick("jti", `"refusals"`)
	ok := a.RequireAuth()(t.Context(), adapter.FromHTTP(bearer(good)))
	check := func(ctx context.Context, p core.Policy) func() adapter.Outcome {
		return func() adapter.Outcome { return core.Require(p)(ctx, adapter.FromHTTP(request())) }
	}
	require := func(headers ...string) func() adapter.Outcome {
		return func() adapter.Outcome { return a.RequireAuth()(t.Context(), adapter.FromHTTP(request(headers...))) }
	}
	token := func(token string) func() adapter.Outcome { return require("Authorization", "Bearer "+token) }
	captureSlog(t)
	for _, tt := range []struct {
		name      string
		run       func() adapter.Outcome
		status    int
		code      string
		challenge string
		retry     string
	}{
		{"no token", require(), 401, "unauthorized", "Bearer", ""},
		{"other scheme", require("Authorization", "Basic x"), 401, "unauthorized", "Bearer", ""},
		{"wrong way", require("Authorization", "Bearer"), 400, "invalid_request", `Bearer error="invalid_request"`, ""},
		{"malformed", token("x"), 401, "invalid_token", `Bearer error="invalid_token"`, ""},
		{"bad signature", token(withBadSignature(good)), 401, "invalid_token", `Bearer error="invalid_token"`, ""},
		{"expired", token(quick("exp", unix(-hour))), 401, "invalid_token", `Bearer error="invalid_token", error_description="token expired"`, ""},
		{"expired, forged", token(withBadSignature(quick("exp", unix(-hour)))), 401, "invalid_token", `Bearer error="invalid_token"`, ""},
		{"expired, for others", token(quick("exp", unix(-hour), "aud", `"x"`)), 401, "invalid_token", `Bearer error="invalid_token"`, ""},
		{"not yet valid", token(quick("nbf", unix(hour))), 401, "invalid_token", `Bearer error="invalid_token"`, ""},
		{"role missing", check(ok.Context, core.Role("x")), 403, "insufficient_scope", `Bearer error="insufficient_scope"`, ""},
		{"scope missing", check(ok.Context, core.Scope("write:x")), 403, "insufficient_scope", `Bearer error="insufficient_scope", scope="write:x"`, ""},
		{"scope under Not", check(ok.Context, core.AllOf(core.Not(core.Scope("x")), core.Role("x"))), 403, "insufficient_scope", `Bearer error="insufficient_scope"`, ""},
		{"scopes of a policy of one's own", check(ok.Context, func(context.Context, *core.Identity) error {
			return fmt.Errorf("rule: %w", &core.DeniedError{Scopes: []string{"a", `b" c="`, "d\r\nX: y", "", "é", "e"}})
		}), 403, "insufficient_scope", `Bearer error="insufficient_scope", scope="a e"`, ""},
		{"only odd scopes", check(ok.Context, func(context.Context, *core.Identity) error {
			return &core.DeniedError{Scopes: []string{"a b"}}
		}), 403, "insufficient_scope", `Bearer error="insufficient_scope"`, ""},
		{"cookie from another site", func() adapter.Outcome {
			r := request("Cookie", "s="+good)
			r.Method = "POST"
			return a.RequireAuth()(t.Context(), adapter.FromHTTP(r))
		}, 403, "cross_site_request", "", ""},
		{"limit", func() adapter.Outcome {
			limit.deny = true
			defer func() { limit.deny = false }()
			return token("x")()
		}, 429, "rate_limited", "", "90"},
		{"keys away", func() adapter.Outcome {
			source.wait = func(context.Context) error { return errBackend }
			defer func() { source.wait = nil }()
			return token(quick("jti", `"other"`))()
		}, 503, "temporarily_unavailable", "", "5"},
		{"policy away", check(ok.Context, breaks), 503, "temporarily_unavailable", "", "5"},
		{"not mounted", check(t.Context(), grants), 500, "server_error", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := tt.run()
			if out.Refusal == nil {
				t.Fatal("let through")
			}
			w := httptest.NewRecorder()
			out.Refusal.Write(w)
			h := w.Header()
			if w.Code != tt.status || h.Get("WWW-Authenticate") != tt.challenge || len(h.Values("WWW-Authenticate")) > 1 || h.Get("Retry-After") != tt.retry {
				t.Errorf("got %d, challenge %q, retry %q, want %d, %q, %q", w.Code, h.Values("WWW-Authenticate"), h.Get("Retry-After"), tt.status, tt.challenge, tt.retry)
			}
			if h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" {
				t.Errorf("got headers %v", h)
			}
			if tt.name != "not mounted" && h.Get("Vary") != "Cookie" { // there is no configuration to know of the cookie
				t.Errorf("got Vary %q, want Cookie", h.Get("Vary"))
			}
			var body map[string]string
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body["error"] != tt.code || body["error_description"] == "" || len(body) != 2 {
				t.Errorf("got body %s, %v, want error %q and a description", w.Body, err, tt.code)
			}
			var e *core.Error
			if !errors.As(out.Refusal.Err, &e) {
				t.Fatalf("got %v", out.Refusal.Err)
			}
			status, answer, after := e.Answer()
			if status != tt.status || answer.Error != tt.code || answer.Description != body["error_description"] ||
				(tt.retry == "") != (after == 0) || after > 0 && fmt.Sprint(after.Seconds()) != tt.retry {
				t.Errorf("Answer says %d, %+v, %v", status, answer, after)
			}
			if out.Context != nil || out.Header != nil || out.Refusal.Err == nil || out.Refusal.Body.Error != tt.code {
				t.Errorf("got %+v with %+v, want nothing beside the refusal", out, out.Refusal)
			}
		})
	}
}

func TestChallengeParameters(t *testing.T) {
	a := build(t, func(c *core.Config) {
		c.Realm, c.ResourceMetadataURL = "my API", "https://api.example/.well-known/oauth-protected-resource"
	})
	const start = `Bearer realm="my API", resource_metadata="https://api.example/.well-known/oauth-protected-resource"`
	for token, want := range map[string]string{"": start, "x": start + `, error="invalid_token"`} {
		r := request()
		if token != "" {
			r = bearer(token)
		}
		out := a.RequireAuth()(t.Context(), adapter.FromHTTP(r))
		if !slices.Contains(out.Refusal.Header, [2]string{"WWW-Authenticate", want}) {
			t.Errorf("got %q, want %q", out.Refusal.Header, want)
		}
	}
	ctx := requestContext(t, a, quick())
	r := a.Refusal(ctx, core.Authorize(ctx, core.Scope("s")))
	if !slices.Contains(r.Header, [2]string{"WWW-Authenticate", start + `, error="insufficient_scope", scope="s"`}) {
		t.Errorf("got %q, want the Authenticator's own parameters", r.Header)
	}
}

func TestRewriteRefusal(t *testing.T) {
	a := build(t, func(c *core.Config) {
		c.RewriteRefusal = func(_ context.Context, r core.Refusal) core.Refusal {
			r.Status, r.Body = 418, core.Body{Error: "custom"}
			r.Header = append(r.Header, [2]string{"X-Was", r.Err.Error()})
			return r
		}
	})
	ctx := requestContext(t, a, quick())
	anonymous := a.OptionalAuth()(t.Context(), adapter.FromHTTP(request())).Context
	for reason, r := range map[string]*core.Refusal{
		"no_token":  a.RequireAuth()(t.Context(), adapter.FromHTTP(request())).Refusal,
		"denied":    core.Require(core.Role("x"))(ctx, adapter.FromHTTP(request())).Refusal,
		"anonymous": core.Require(core.Role("x"))(anonymous, adapter.FromHTTP(request())).Refusal,
	} {
		if r.Status != 418 || string(r.Body.JSON()) != `{"error":"custom"}` || !slices.Contains(r.Header, [2]string{"X-Was", reason}) {
			t.Errorf("%s: got %+v", reason, r)
		}
	}
}

func TestRefusal(t *testing.T) {
	a := build(t)
	for _, err := range []error{errors.New("other"), context.Canceled, core.ErrDenied} {
		if r := a.Refusal(t.Context(), err); r.Status != 503 || r.Body.Error != "temporarily_unavailable" || !errors.Is(r.Err, err) {
			t.Errorf("%v: got %+v, want an outage", err, r)
		}
	}
	if r := a.Refusal(t.Context(), &core.Error{Reason: "made_up"}); r.Status != 500 {
		t.Errorf("an Error of no class: got %d, want 500", r.Status)
	}
	_, err := a.Verify(t.Context(), "x")
	if r := a.Refusal(t.Context(), fmt.Errorf("in a handler: %w", err)); r.Status != 401 || r.Body.Error != "invalid_token" {
		t.Errorf("wrapped: got %+v, want 401", r)
	}
}

// TestErrorsAreClosed: every class is told to the client in one way, and an
// Error prints its reason alone.
func TestErrorsAreClosed(t *testing.T) {
	secret := errors.New("secret of the backend")
	a := build(t, func(c *core.Config) {
		c.Issuers[0].MapClaims = func(core.Token, *core.IdentityData) error { return secret }
	})
	_, err := a.Verify(t.Context(), quick())
	if err.Error() != "not_accepted" || !errors.Is(err, secret) || errors.Is(err, core.ErrMalformed) {
		t.Errorf("got %q", err)
	}
	if r := a.Refusal(t.Context(), err); r.Body.Error != "invalid_token" || r.Body.Description != "the token is not accepted" {
		t.Errorf("got %+v", r.Body)
	}
}

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
)

// TestRefusals is the table of the package documentation, through Require and
// Check as an adapter runs them.
func TestRefusals(t *testing.T) {
	source, limit := &moody{Source: static(t, trusted().ed.JWK())}, &limiter{}
	a := build(t, func(c *core.Config) {
		c.Extractors = []core.Extractor{core.FromBearer(), core.FromCookie("s")}
		c.FailureLimit, c.Issuers[0].Keys = limit, source
	})
	good := quick("jti", `"refusals"`)
	ok := a.RequireAuth()(t.Context(), core.HTTP(bearer(good)))
	check := func(ctx context.Context, p core.Policy) func() core.Outcome {
		return func() core.Outcome { return core.Require(p)(ctx, core.HTTP(request())) }
	}
	require := func(headers ...string) func() core.Outcome {
		return func() core.Outcome { return a.RequireAuth()(t.Context(), core.HTTP(request(headers...))) }
	}
	token := func(token string) func() core.Outcome { return require("Authorization", "Bearer "+token) }
	captureSlog(t)
	for _, tt := range []struct {
		name      string
		run       func() core.Outcome
		status    int
		code      string
		challenge string
		retry     string
	}{
		{"no token", require(), 401, "unauthorized", "Bearer", ""},
		{"other scheme", require("Authorization", "Basic x"), 401, "unauthorized", "Bearer", ""},
		{"wrong way", require("Authorization", "Bearer"), 400, "invalid_request", `Bearer error="invalid_request"`, ""},
		{"malformed", token("x"), 401, "invalid_token", `Bearer error="invalid_token"`, ""},
		{"bad signature", token(forge(good)), 401, "invalid_token", `Bearer error="invalid_token"`, ""},
		{"expired", token(quick("exp", unix(-hour))), 401, "invalid_token", `Bearer error="invalid_token", error_description="token expired"`, ""},
		{"expired, forged", token(forge(quick("exp", unix(-hour)))), 401, "invalid_token", `Bearer error="invalid_token"`, ""},
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
		{"cookie from another site", func() core.Outcome {
			r := request("Cookie", "s="+good)
			r.Method = "POST"
			return a.RequireAuth()(t.Context(), core.HTTP(r))
		}, 403, "cross_site_request", "", ""},
		{"limit", func() core.Outcome {
			limit.deny = true
			defer func() { limit.deny = false }()
			return token("x")()
		}, 429, "rate_limited", "", "90"},
		{"keys away", func() core.Outcome {
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
			out.WriteHeader(w.Header().Set, w.Header().Add)
			out.Refusal.WriteTo(w)
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
			if ctx, changed := out.NewContext(); changed || ctx == nil || out.Refusal.Err == nil || out.Refusal.Body.String() != tt.code {
				t.Errorf("got context changed %v, error %v, body %s", changed, out.Refusal.Err, out.Refusal.Body)
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
		out := a.RequireAuth()(t.Context(), core.HTTP(r))
		if !slices.Contains(out.Refusal.Header, [2]string{"WWW-Authenticate", want}) {
			t.Errorf("got %q, want %q", out.Refusal.Header, want)
		}
	}
	ctx := requestContext(t, a, quick())
	r := core.AsRefusal(ctx, core.Authorize(ctx, core.Scope("s")))
	if !slices.Contains(r.Header, [2]string{"WWW-Authenticate", start + `, error="insufficient_scope", scope="s"`}) {
		t.Errorf("got %q, want the configuration of the identity's Authenticator", r.Header)
	}
}

func TestReshape(t *testing.T) {
	a := build(t, func(c *core.Config) {
		c.RewriteRefusal = func(_ context.Context, r core.Refusal) core.Refusal {
			r.Status, r.Body = 418, core.Body{Error: "custom"}
			r.Header = append(r.Header, [2]string{"X-Was", r.Err.Error()})
			return r
		}
	})
	ctx := requestContext(t, a, quick())
	anonymous := a.OptionalAuth()(t.Context(), core.HTTP(request())).Context
	for reason, r := range map[string]*core.Refusal{
		"no_token":  a.RequireAuth()(t.Context(), core.HTTP(request())).Refusal,
		"denied":    core.Require(core.Role("x"))(ctx, core.HTTP(request())).Refusal,
		"anonymous": core.Require(core.Role("x"))(anonymous, core.HTTP(request())).Refusal,
	} {
		if r.Status != 418 || string(r.Body.JSON()) != `{"error":"custom"}` || !slices.Contains(r.Header, [2]string{"X-Was", reason}) {
			t.Errorf("%s: got %+v", reason, r)
		}
	}
}

func TestAsRefusal(t *testing.T) {
	for _, err := range []error{errors.New("other"), context.Canceled, core.ErrDenied} {
		if r := core.AsRefusal(t.Context(), err); r.Status != 503 || r.Body.Error != "temporarily_unavailable" || !errors.Is(r.Err, err) {
			t.Errorf("%v: got %+v, want an outage", err, r)
		}
	}
	if r := core.AsRefusal(t.Context(), &core.Error{Reason: "made_up"}); r.Status != 500 {
		t.Errorf("an Error of no class: got %d, want 500", r.Status)
	}
	_, err := build(t).Verify(t.Context(), "x")
	if r := core.AsRefusal(t.Context(), fmt.Errorf("in a handler: %w", err)); r.Status != 401 || r.Body.Error != "invalid_token" {
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
	if r := core.AsRefusal(t.Context(), err); r.Body.Error != "invalid_token" || r.Body.Description != "the token is not accepted" {
		t.Errorf("got %+v", r.Body)
	}
}

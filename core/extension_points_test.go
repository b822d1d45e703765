package core_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// limiter is a FailureLimiter that writes down what it is asked.
type limiter struct {
	calls []string
	deny  bool
}

func (l *limiter) Allow(_ context.Context, client netip.Addr) (time.Duration, bool) {
	l.calls = append(l.calls, "allow "+client.String())
	return 90 * time.Second, !l.deny
}

func (l *limiter) Failed(_ context.Context, client netip.Addr) {
	l.calls = append(l.calls, "failed "+client.String())
}

func (l *limiter) take() []string {
	calls := l.calls
	l.calls = nil
	return calls
}

func TestFailureLimit(t *testing.T) {
	limit := &limiter{}
	source := newFlakySource(t)
	a := build(t, func(c *core.Config) {
		c.FailureLimit, c.Issuers[0].Keys = limit, source.Source
		c.Revocations = &revocations{revoked: map[string]bool{"bad": true}}
	})
	const client = "192.0.2.1" // httptest's
	asked, counted := []string{"allow " + client}, []string{"allow " + client, "failed " + client}
	known := quick("jti", `"known"`)
	for _, tt := range []struct {
		name, token string
		class       error
		reason      string
		want        []string
	}{
		{"good", known, nil, "", asked},
		{"remembered", known, nil, "", nil},
		{"malformed", "x.y", core.ErrMalformed, "not_three_segments", counted},
		{"too large", string(make([]byte, 20<<10)), core.ErrMalformed, "token_too_large", counted},
		{"unknown key", signedBy(trusted().rs, payload()), core.ErrUnknownKey, "unknown_key", counted},
		{"bad signature", withBadSignature(known), core.ErrSignature, "bad_signature", counted},
		{"expired", quick("exp", unix(-hour)), core.ErrExpired, "expired", asked},
		{"not yet valid", quick("nbf", unix(hour)), core.ErrNotYetValid, "not_yet_valid", asked},
		{"other audience", quick("aud", `"x"`), core.ErrAudience, "wrong_audience", asked},
		{"other issuer", quick("iss", `"x"`), core.ErrIssuer, "unknown_issuer", asked},
		{"revoked", quick("jti", `"bad"`), core.ErrRevoked, "revoked", asked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.class == nil {
				accepted(t, a, tt.token)
			} else {
				refusedRequest(t, a, bearer(tt.token), tt.class, tt.reason)
			}
			equal(t, "calls", limit.take(), tt.want)
		})
	}
	t.Run("no token", func(t *testing.T) {
		refusedRequest(t, a, request(), core.ErrNoToken, "no_token")
		refusedRequest(t, a, request("Authorization", "Bearer"), core.ErrInvalidRequest, "empty_credential")
		equal(t, "calls", limit.take(), nil)
	})
	t.Run("missing right", func(t *testing.T) {
		ctx := requestContext(t, a, known)
		if err := core.Authorize(ctx, core.Role("x")); !errors.Is(err, core.ErrDenied) {
			t.Errorf("got %v", err)
		}
		equal(t, "calls", limit.take(), nil)
	})
	t.Run("Verify", func(t *testing.T) {
		id, err := a.Verify(t.Context(), "x")
		isRefusal(t, id, err, core.ErrMalformed, "not_three_segments")
		equal(t, "calls", limit.take(), nil)
	})
	t.Run("outage", func(t *testing.T) {
		source.wait = func(context.Context) error { return errBackend }
		refusedRequest(t, a, bearer(quick("jti", `"new"`)), core.ErrUnavailable, "keys_unavailable")
		equal(t, "calls", limit.take(), asked)
		source.wait = nil
	})
	t.Run("over the limit", func(t *testing.T) {
		limit.deny = true
		before := source.asked.Load()
		refusedRequest(t, a, bearer(quick("jti", `"fresh"`)), core.ErrRateLimited, "too_many_failures")
		equal(t, "calls", limit.take(), asked)
		if source.asked.Load() != before {
			t.Error("the token was checked all the same")
		}
		accepted(t, a, known) // remembered tokens pass
		equal(t, "calls", limit.take(), nil)
		_, err := attempt(t, a, bearer("x"))
		if r := a.Refusal(t.Context(), err); r.Status != 429 || !slices.Contains(r.Header, [2]string{"Retry-After", "90"}) {
			t.Errorf("got %d %v, want 429 with the limiter's Retry-After", r.Status, r.Header)
		}
	})
}

func TestOpaque(t *testing.T) {
	var asked []string
	named := func(name string, answer func(token string) (*core.Identity, error)) core.TokenVerifier {
		return verifier(func(_ context.Context, token string) (*core.Identity, error) {
			asked = append(asked, name)
			return answer(token)
		})
	}
	list, limit := &revocations{revoked: map[string]bool{"gone": true}}, &limiter{}
	kept := core.NewIdentity(core.IdentityData{Subject: "key_1", Roles: []string{"admin"}})
	a := build(t, func(c *core.Config) {
		c.Revocations, c.FailureLimit = list, limit
		c.TokenVerifiers = []core.TokenVerifier{
			named("first", func(token string) (*core.Identity, error) {
				if token == "first" {
					return kept, nil
				}
				return nil, fmt.Errorf("prefix: %w", core.ErrOtherToken)
			}),
			named("second", func(token string) (*core.Identity, error) {
				switch token {
				case "second", "a.b", "a.b.c.d", "a":
					return core.NewIdentity(core.IdentityData{Subject: "key_2", TokenID: token}), nil
				case "gone":
					return core.NewIdentity(core.IdentityData{TokenID: "gone"}), nil
				case "expired":
					return core.NewIdentity(core.IdentityData{TokenID: token, ExpiresAt: time.Unix(1, 0)}), nil
				case "outage":
					return nil, fmt.Errorf("%w: database", core.ErrUnavailable)
				case "timeout":
					return nil, context.DeadlineExceeded
				case "bad":
					return nil, errors.New("no such key")
				case "guess":
					return nil, fmt.Errorf("%w: no such key", core.ErrUnknownKey)
				case "confused":
					return nil, core.ErrNoToken
				case "nil":
					return nil, nil
				}
				return nil, core.ErrOtherToken
			}),
		}
	})
	both := []string{"first", "second"}
	for _, tt := range []struct {
		token  string
		class  error
		reason string
		asked  []string
		failed bool // counts for the limit
	}{
		{"first", nil, "", both[:1], false},
		{"second", nil, "", both, false},
		{"a", nil, "", both, false},
		{"a.b", nil, "", both, false},
		{"a.b.c.d", nil, "", both, false},
		{"a.b.c", core.ErrMalformed, "bad_base64", nil, true}, // two dots: a JWT, and a bad one
		{"gone", core.ErrRevoked, "revoked", both, false},
		{"expired", core.ErrExpired, "expired", both, false},
		{"outage", core.ErrUnavailable, "provider_unavailable", both, false},
		{"timeout", core.ErrUnavailable, "provider_unavailable", both, false},
		{"bad", core.ErrNotAccepted, "not_accepted", both, false},
		{"guess", core.ErrNotAccepted, "not_accepted", both, true},
		{"confused", core.ErrNotAccepted, "not_accepted", both, false},
		{"nil", core.ErrNotAccepted, "unrecognized_token", both, true},
		{"nobody's", core.ErrNotAccepted, "unrecognized_token", both, true},
	} {
		t.Run(tt.token, func(t *testing.T) {
			for range 2 { // nothing of it is remembered
				asked = nil
				limit.take()
				if tt.class == nil {
					accepted(t, a, tt.token)
				} else {
					refusedRequest(t, a, bearer(tt.token), tt.class, tt.reason)
				}
				equal(t, "asked", asked, tt.asked)
				if got := len(limit.take()) == 2; got != tt.failed {
					t.Errorf("counted as a failure: got %v, want %v", got, tt.failed)
				}
			}
			out := a.OptionalAuth()(t.Context(), adapter.FromHTTP(bearer(tt.token)))
			if (out.Refusal == nil) != (tt.class == nil) {
				t.Errorf("optional: got %+v", out.Refusal)
			}
		})
	}
	accepted(t, a, quick()) // JWTs beside them
	asked = nil
	refused(t, a, string(make([]byte, 20<<10)), core.ErrMalformed, "token_too_large")
	equal(t, "asked about too large a token", asked, nil)
	if kept.Subject() != "key_1" || !kept.HasRole("admin") {
		t.Error("the verifier's Identity was changed")
	}
}

func TestMap(t *testing.T) {
	var token core.Token
	shared := []string{"mapped"}
	outcome := error(nil)
	a := build(t, func(c *core.Config) {
		c.CacheSize = -1
		c.Issuers[0].MapClaims = func(got core.Token, d *core.IdentityData) error {
			token = got
			d.Roles, d.Permissions, d.Scopes, d.Audience = shared, shared, shared, shared
			d.Organization, d.ProviderData, d.Claims = core.Organization{ID: "org_1", Slug: "acme"}, 42, []byte(`{"own":true}`)
			return outcome
		}
	})
	id := accepted(t, a, quick("x", `{"y":"z"}`))
	if token.Algorithm() != "EdDSA" || token.KeyID() != "ed" || token.Type() != "JWT" {
		t.Errorf("got %q %q %q", token.Algorithm(), token.KeyID(), token.Type())
	}
	if got := string(token.Claim("x")); got != `{"y":"z"}` || token.Claim("X") != nil || token.Header("nothing") != nil || string(token.Header("alg")) != `"EdDSA"` {
		t.Errorf("got claim %s, header %s", got, token.Header("alg"))
	}
	var claims struct {
		Sub string `json:"sub"`
	}
	if err := token.Decode(&claims); err != nil || claims.Sub != "user_1" {
		t.Errorf("Decode: got %+v, %v", claims, err)
	}
	shared[0] = "changed afterwards"
	want := []string{"mapped"}
	for range 2 {
		equal(t, "roles", id.Roles(), want)
		equal(t, "permissions", id.Permissions(), want)
		equal(t, "scopes", id.Scopes(), want)
		equal(t, "audience", id.Audience(), want)
		id.Roles()[0], id.Permissions()[0], id.Scopes()[0], id.Audience()[0] = "x", "x", "x", "x" // copies
	}
	var own struct {
		Own bool `json:"own"`
	}
	if err := id.Decode(&own); err != nil || !own.Own || id.ProviderData() != 42 || id.Organization().Slug != "acme" {
		t.Errorf("got %+v, %v, %v, %v", own, err, id.ProviderData(), id.Organization())
	}

	_, malformed := build(t).Verify(t.Context(), "x")
	for _, tt := range []struct {
		err    error
		class  error
		reason string
	}{
		{malformed, core.ErrMalformed, "not_three_segments"}, // of a token within the token
		{errors.New("suspended"), core.ErrNotAccepted, "not_accepted"},
		{fmt.Errorf("key server: %w", core.ErrUnavailable), core.ErrUnavailable, "provider_unavailable"},
		{context.Canceled, core.ErrUnavailable, "provider_unavailable"},
		{core.ErrNoToken, core.ErrNotAccepted, "not_accepted"},
		{core.ErrDenied, core.ErrNotAccepted, "not_accepted"},
		{&core.DeniedError{Requirement: "x", Scopes: []string{"x"}}, core.ErrNotAccepted, "not_accepted"},
		{decide(nil, grants), core.ErrNotAccepted, "not_accepted"}, // an *Error of class ErrNoToken
	} {
		outcome = tt.err
		_, err := attempt(t, a, bearer(quick()))
		isRefusal(t, nil, err, tt.class, tt.reason)
		if !errors.Is(err, tt.err) {
			t.Errorf("%v: got %v, want it behind the error", tt.err, err)
		}
		out := a.OptionalAuth()(t.Context(), adapter.FromHTTP(bearer(quick())))
		if out.Refusal == nil {
			t.Errorf("%v: a token that Map refused became anonymous", tt.err)
			continue
		}
		for _, h := range out.Refusal.Header {
			if h[0] == "WWW-Authenticate" && h[1] != `Bearer error="invalid_token"` {
				t.Errorf("%v: got challenge %s", tt.err, h[1])
			}
		}
	}
}

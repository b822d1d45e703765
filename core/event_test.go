package core_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

// TestEvents has every kind of event with all its fields. What a token claims
// and nobody proved is in none.
func TestEvents(t *testing.T) {
	client := netip.MustParseAddr("192.0.2.1") // httptest's
	const tick = time.Millisecond
	list, limit, log := &revocations{revoked: map[string]bool{"gone": true}}, &limiter{}, &events{}
	source := newFlakySource(t)
	now := epoch
	a := build(t, func(c *core.Config) {
		c.Revocations, c.FailureLimit, c.Observer, c.Issuers[0].Keys = list, limit, log, source.Source
		c.Now = func() time.Time { now = now.Add(tick); return now }
		c.Issuers[0].LookupRights = func(context.Context, *core.Identity) (core.Rights, error) { return core.Rights{}, errBackend }
	})
	whose := core.Event{Client: client, Issuer: issuerURL, Subject: "user_1", SessionID: "s1", TokenID: "j1", KeyID: "ed"}
	event := func(base core.Event, kind core.EventKind, reason string, status int) core.Event {
		base.Kind, base.Reason, base.Status = kind, reason, status
		if kind != core.EventDenied && kind != core.EventRateLimited && kind != core.EventRevoked {
			base.Duration = tick
		}
		if base.Client.IsValid() { // there was a request
			base.Method, base.Path = "GET", "/"
		}
		return base
	}
	nobody := core.Event{Client: client}
	claims := []string{"jti", `"j1"`, "sid", `"s1"`}
	good := quick(claims...)
	authenticate := func(r string) func() {
		return func() { _, _ = attempt(t, a, bearer(r)) }
	}
	check := func(p core.Policy) func() {
		return func() {
			out := a.OptionalAuth()(t.Context(), adapter.FromHTTP(bearer(good)))
			log.take()
			core.Require(p)(out.Context, adapter.FromHTTP(request()))
		}
	}
	remembered := event(whose, core.EventAccepted, "", 0)
	remembered.Cached = true
	gone := whose
	gone.TokenID = "gone"
	alone := whose
	alone.Client = netip.Addr{}
	for _, tt := range []struct {
		name string
		do   func()
		want []core.Event
		err  error // behind the last event
	}{
		{"accepted", authenticate(good), []core.Event{event(whose, core.EventAccepted, "", 0)}, nil},
		{"remembered", authenticate(good), []core.Event{remembered}, nil},
		{"anonymous", func() { a.OptionalAuth()(t.Context(), adapter.FromHTTP(request())) },
			[]core.Event{event(nobody, core.EventAnonymous, "", 0)}, nil},
		{"anonymous refused", func() { a.RequireAuth()(t.Context(), adapter.FromHTTP(request())) },
			[]core.Event{event(nobody, core.EventRefused, "no_token", 401)}, nil},
		{"bad request", func() { _, _ = attempt(t, a, request("Authorization", "Bearer")) },
			[]core.Event{event(nobody, core.EventRefused, "empty_credential", 400)}, nil},
		{"bad signature", authenticate(withBadSignature(good)), []core.Event{event(nobody, core.EventRefused, "bad_signature", 401)}, nil},
		{"unknown key", authenticate(signedBy(trusted().rs, payload(claims...))), []core.Event{event(nobody, core.EventRefused, "unknown_key", 401)}, nil},
		{"wrong issuer", authenticate(quick("iss", `"https://evil.example"`)), []core.Event{event(nobody, core.EventRefused, "unknown_issuer", 401)}, nil},
		{"expired", authenticate(quick("exp", unix(-hour))), []core.Event{event(nobody, core.EventRefused, "expired", 401)}, nil},
		{"revoked", authenticate(quick("sid", `"s1"`, "jti", `"gone"`)),
			[]core.Event{event(gone, core.EventRevoked, "revoked", 401), event(gone, core.EventRefused, "revoked", 401)}, nil},
		{"outage", func() {
			source.wait = func(context.Context) error { return errBackend }
			authenticate(quick("jti", `"new"`))()
			source.wait = nil
		}, []core.Event{event(nobody, core.EventRefused, "keys_unavailable", 503)}, errBackend},
		{"rate limited", func() {
			limit.deny = true
			authenticate(quick("jti", `"x"`))()
			limit.deny = false
		}, []core.Event{event(nobody, core.EventRateLimited, "too_many_failures", 429), event(nobody, core.EventRefused, "too_many_failures", 429)}, nil},
		{"denied", check(core.Scope("write")), []core.Event{event(whose, core.EventDenied, "denied", 403)}, errAny},
		{"granted", check(grants), nil, nil},
		{"rights away", check(core.Role("x")), []core.Event{event(whose, core.EventDenied, "rights_unavailable", 503)}, errBackend},
		{"policy away", check(breaks), []core.Event{event(whose, core.EventDenied, "policy_unavailable", 503)}, errBackend},
		{"anonymous denied", func() {
			out := a.OptionalAuth()(t.Context(), adapter.FromHTTP(request()))
			log.take()
			core.Require(core.Role("x"))(out.Context, adapter.FromHTTP(request()))
		}, []core.Event{event(nobody, core.EventDenied, "anonymous", 401)}, nil},
		{"Authorize", func() {
			ctx := a.OptionalAuth()(t.Context(), adapter.FromHTTP(bearer(good))).Context
			log.take()
			_ = core.Authorize(ctx, core.Scope("write"))
		}, []core.Event{event(alone, core.EventDenied, "denied", 403)}, errAny},
		{"Verify", func() { _, _ = a.Verify(t.Context(), good) }, []core.Event{func() core.Event {
			e := remembered
			e.Client, e.Method, e.Path = netip.Addr{}, "", ""
			return e
		}()}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log.take()
			tt.do()
			got := log.take()
			if len(got) != len(tt.want) {
				t.Fatalf("got %d events %+v, want %d", len(got), got, len(tt.want))
			}
			for i, e := range got {
				switch {
				case i < len(got)-1 || tt.err == nil:
					if e.Err != nil {
						t.Errorf("event %d: got error %v, want none", i, e.Err)
					}
				case !errors.Is(e.Err, tt.err) && (tt.err != errAny || e.Err == nil): //nolint:errorlint // the marker itself
					t.Errorf("got error %v, want %v", e.Err, tt.err)
				}
				// What the details say is TestReasonsAreTold's.
				e.Err, e.Member, e.Found, e.Expected, e.Advice = nil, "", "", "", ""
				if e != tt.want[i] {
					t.Errorf("event %d:\ngot  %+v\nwant %+v", i, e, tt.want[i])
				}
			}
		})
	}
}

// errAny stands for any error in a table.
var errAny = errors.New("any")

// keyEvents is an Observer that passes on what happens to keys. The source tells it
// after the request that waited for the keys has gone on.
type keyEvents chan core.Event

func (k keyEvents) Observe(_ context.Context, e core.Event) {
	if e.Kind == core.EventKeys {
		k <- e
	}
}

func TestKeyEvents(t *testing.T) {
	issuer, keys := benchIssuer(t, "ES256"), make(keyEvents, 8)
	clock := newClock()
	source, err := jwks.Remote(issuer.JWKSURL(), jwks.Options{Now: clock.now})
	if err != nil {
		t.Fatal(err)
	}
	a := build(t, func(c *core.Config) { c.Observer, c.Issuers[0].Keys, c.Now = keys, source, clock.now })
	issuer.SetFault(devissuer.Fail(500))
	refused(t, a, signedBy(issuer.Key("ES256"), payload()), core.ErrUnavailable, "keys_unavailable")
	if e := <-keys; e.Reason != "status" || e.Issuer != issuerURL || e.Keys == nil || e.Status != 0 || e.Err == nil {
		t.Errorf("failure: got %+v", e)
	}
	issuer.SetFault(nil)
	clock.set(epoch.Add(hour / 2)) // the back-off is over
	accepted(t, a, signedBy(issuer.Key("ES256"), payload()))
	if e := <-keys; e.Reason != "" || e.Issuer != issuerURL || e.Keys == nil || e.Keys.Keys != 1 || !e.Keys.Changed || e.Err != nil {
		t.Errorf("success: got %+v", e)
	}
	runtime.KeepAlive(a) // the source does not
}

func TestLogObserver(t *testing.T) {
	client := netip.MustParseAddr("192.0.2.1")
	whose := func(e core.Event) core.Event {
		e.Issuer, e.Subject, e.SessionID, e.TokenID, e.KeyID, e.Client = "https://i", "u1", "s1", "j1", "k1", client
		return e
	}
	who := `"issuer":"https://i","subject":"u1","session":"s1","token":"j1","key":"k1","client":"192.0.2.1"`
	for _, tt := range []struct {
		name  string
		e     core.Event
		level string
		attrs string
	}{
		{"accepted", whose(core.Event{Kind: core.EventAccepted, Cached: true, Duration: time.Microsecond}), "DEBUG",
			`"event":"accepted",` + who + `,"cached":true,"duration_ms":0.001`},
		{"the request", core.Event{Kind: core.EventRefused, Reason: "expired", Status: 401, Method: "GET", Path: "/me", RequestID: "r1", Duration: 1200 * time.Microsecond}, "INFO",
			`"event":"refused","reason":"expired","status":401,"method":"GET","path":"/me","request_id":"r1","duration_ms":1.2`},
		{"anonymous", core.Event{Kind: core.EventAnonymous, Client: client}, "DEBUG", `"event":"anonymous","client":"192.0.2.1"`},
		{"refused", core.Event{Kind: core.EventRefused, Reason: "expired", Status: 401}, "INFO",
			`"event":"refused","reason":"expired","status":401`},
		{"outage", core.Event{Kind: core.EventRefused, Reason: "keys_unavailable", Status: 503, Err: errBackend}, "WARN",
			`"event":"refused","reason":"keys_unavailable","status":503,"error":"backend is away"`},
		{"denied", whose(core.Event{Kind: core.EventDenied, Reason: "denied", Status: 403, Err: &core.DeniedError{Requirement: `role "x"`}}), "INFO",
			`"event":"denied","reason":"denied","status":403,` + who + `,"error":"denied: role \"x\""`},
		{"revoked", core.Event{Kind: core.EventRevoked, Reason: "revoked", Status: 401}, "WARN",
			`"event":"revoked","reason":"revoked","status":401`},
		{"rate limited", core.Event{Kind: core.EventRateLimited, Reason: "too_many_failures", Status: 429}, "INFO",
			`"event":"rate_limited","reason":"too_many_failures","status":429`},
		{"keys, nothing new", core.Event{Kind: core.EventKeys, Issuer: "https://i", Keys: &jwks.Refresh{Keys: 2}}, "DEBUG",
			`"event":"keys","issuer":"https://i","keys":2,"dropped":0`},
		{"keys changed", core.Event{Kind: core.EventKeys, Issuer: "https://i", Keys: &jwks.Refresh{Keys: 2, Changed: true, Dropped: []jwks.Dropped{{KeyID: "k2", Reason: "malformed"}}}}, "INFO",
			`"event":"keys","issuer":"https://i","keys":2,"dropped":1,"dropped_keys":"\"k2\" (malformed)"`},
		{"keys away", core.Event{Kind: core.EventKeys, Reason: "timeout", Keys: &jwks.Refresh{}}, "WARN",
			`"event":"keys","reason":"timeout","keys":0,"dropped":0`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var buf bytes.Buffer
			o := core.LogObserver(slog.New(slog.NewJSONHandler(&buf, &slog.HandlerOptions{Level: slog.LevelDebug,
				ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
					if a.Key == slog.TimeKey {
						return slog.Attr{}
					}
					return a
				}})))
			o.Observe(t.Context(), tt.e)
			if got, want := strings.TrimSpace(buf.String()), `{"level":"`+tt.level+`","msg":"authkeel",`+tt.attrs+`}`; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			buf.Reset()
			quiet := core.LogObserver(slog.New(slog.NewJSONHandler(&buf, &slog.HandlerOptions{Level: slog.LevelError})))
			if quiet.Observe(t.Context(), tt.e); buf.Len() > 0 {
				t.Errorf("got %s at level Error", &buf)
			}
		})
	}
}

// TestLogHasNoToken runs good and bad tokens through everything that logs.
func TestLogHasNoToken(t *testing.T) {
	var buf bytes.Buffer
	a := build(t, func(c *core.Config) {
		c.Observer = core.LogObserver(slog.New(slog.NewJSONHandler(&buf, &slog.HandlerOptions{Level: slog.LevelDebug})))
		c.Revocations = &revocations{revoked: map[string]bool{"gone": true}}
	})
	secret := []string{"email", `"ada@example.com"`, "jti", `"gone"`}
	for _, token := range []string{
		quick(secret[:2]...), quick(secret...), withBadSignature(quick(secret[:2]...)), quick(append(secret[:2:2], "exp", unix(-hour))...),
		signed(header("kid", `"unknown-kid"`), payload("sub", `"forged-subject"`)), quick("aud", `"https://else.example"`),
	} {
		id, err := attempt(t, a, bearer(token))
		_ = a.Refusal(t.Context(), err)
		_ = core.Authorize(core.WithIdentity(t.Context(), id), core.Role("x"))
		for _, part := range append(strings.Split(token, "."), "ada@example.com", "forged-subject") {
			if strings.Contains(buf.String(), part) || err != nil && strings.Contains(err.Error(), part) {
				t.Errorf("%.40q is in the log or the error", part)
			}
		}
	}
	if lines := strings.Count(buf.String(), "\n"); lines < 6 || !json.Valid(buf.Bytes()[:bytes.IndexByte(buf.Bytes(), '\n')]) {
		t.Errorf("got %d lines", lines)
	}
}

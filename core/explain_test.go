package core_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
)

// TestExplain: the failed step is named with what was found and expected, those
// before it passed, those behind it were not reached.
func TestExplain(t *testing.T) {
	list := &revocations{revoked: map[string]bool{"gone": true}}
	a := build(t, func(c *core.Config) {
		c.Revocations = list
		c.Issuers[0].AuthorizedParties, c.Issuers[0].AllowMissingAuthorizedParty = []string{"web"}, true
	})
	for _, tt := range []struct {
		name, token            string
		step                   string
		found, expected, other string
	}{
		{"garbage", "x", "envelope", "", "", "TokenVerifier"},
		{"encrypted", "a.b.c.d.e", "envelope", "", "", "JWE"},
		{"algorithm of nobody", signed(header("alg", `"HS256"`), payload()), "algorithm", `"HS256"`, "RS256", "asymmetric"},
		{"issuer", quick("iss", `"`+issuerURL+`/"`), "issuer", `"` + issuerURL + `/"`, issuerURL, "slash"},
		{"type", signed(header("typ", `"logout+jwt"`), payload()), "type", `"logout+jwt"`, "JWT", ""},
		{"key", signed(header("kid", `"other"`), payload()), "key", `"other"`, "id", "key set"},
		{"signature", withBadSignature(quick()), "signature", `"ed"`, "", "changed"},
		{"audience", quick("aud", `"else"`), "aud", `"else"`, apiURL, "this API"},
		{"client", quick("azp", `"other"`, "client_id", `"web"`), "client", `"other"`, `"web"`, "client_id"},
		{"subject", quick("sub", ""), "sub", "", "AllowMissingSubject", ""},
		{"expiry", quick("exp", unix(-hour)), "exp", "2026-01-02T02:04:05Z", "after", ""},
		{"no expiry", quick("exp", ""), "exp", "", "seconds", ""},
		{"iat", quick("iat", unix(hour)), "iat", "2026-01-02T04:04:05Z", "not after", "clocks"},
		{"bound", quick("cnf", "{}"), "cnf", "", "CheckConfirmation", ""},
		{"revoked", quick("jti", `"gone"`), "revocation", "", "", "Sign in"},
		{"wrong type", quick("nbf", `"x"`), "envelope", `"x"`, "number", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := a.Explain(t.Context(), tt.token)
			if e.Err == nil || e.Identity != nil {
				t.Fatalf("got %+v, want a refusal", e)
			}
			i := slices.IndexFunc(e.Steps, func(s core.Step) bool { return s.Result == core.StepFailed })
			if i < 0 || e.Steps[i].Name != tt.step {
				t.Fatalf("got\n%s\nwant %s to fail", e, tt.step)
			}
			s := e.Steps[i]
			if !strings.Contains(s.Found, tt.found) || !strings.Contains(s.Expected, tt.expected) || !strings.Contains(s.Advice, tt.other) && !strings.Contains(s.Expected, tt.other) {
				t.Errorf("got %+v", s)
			}
			for _, later := range e.Steps[i+1:] {
				if later.Result != core.StepNotReached {
					t.Errorf("%s is %s behind the failed step", later.Name, later.Result)
				}
			}
			if part := strings.Split(tt.token, "."); len(part) == 3 && len(part[2]) > 20 && strings.Contains(e.String(), part[2]) {
				t.Error("the signature is in the explanation")
			}
		})
	}
	good := quick("roles", `["admin"]`)
	if e := a.Explain(t.Context(), good, core.Role("admin")); e.Err != nil || e.Identity.Subject() != "user_1" ||
		slices.ContainsFunc(e.Steps, func(s core.Step) bool { return s.Result != core.StepPassed }) || !strings.Contains(e.String(), `accepted: subject "user_1"`) {
		t.Errorf("got\n%s\nfor a good token", e)
	}
	if e := a.Explain(t.Context(), good, core.Role("owner")); !errors.Is(e.Err, core.ErrDenied) || e.Steps[len(e.Steps)-1].Result != core.StepFailed {
		t.Errorf("got\n%s\nfor a right that is missing", e)
	}
}

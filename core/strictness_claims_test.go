package core_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
)

const hour = time.Hour

func strictClaims(t *testing.T) {
	anyAudience := build(t, func(c *core.Config) {
		c.Issuers[0].Audiences, c.Issuers[0].AllowAnyAudience = nil, true
	})
	a := build(t, func(c *core.Config) { c.Issuers[0].Audiences = []string{"a", "b"} })
	for _, aud := range []string{`["a",1]`, `{"a":1}`, `[["a"]]`, "1", "[null]", `["a",null]`, `["a",{}]`, "true", `"\ud800"`} {
		t.Run("31_aud_type/"+aud, func(t *testing.T) {
			refused(t, a, quick("aud", aud), core.ErrClaim, "claim_of_wrong_type")
			refused(t, anyAudience, quick("aud", aud), core.ErrClaim, "claim_of_wrong_type")
		})
	}
	for _, aud := range []string{`""`, "[]", "null", `[""]`, `["",""]`} {
		t.Run("31b_aud_value/nobody_"+aud, func(t *testing.T) {
			refused(t, a, quick("aud", aud), core.ErrAudience, "no_audience")
			if got := accepted(t, anyAudience, quick("aud", aud)).Audience(); len(got) != 0 {
				t.Errorf("got audience %q, want nobody", got)
			}
		})
	}
	for _, aud := range []string{`"a,b"`, `"a b"`, `"A"`, `"a/"`, `"ab"`, `" a"`, `["c"]`, `["a b","a,b"]`} {
		t.Run("31b_aud_value/"+aud, func(t *testing.T) {
			refused(t, a, quick("aud", aud), core.ErrAudience, "wrong_audience")
			accepted(t, anyAudience, quick("aud", aud))
		})
	}
	t.Run("31b_aud_value/missing", func(t *testing.T) {
		refused(t, a, quick("aud", ""), core.ErrAudience, "no_audience")
		accepted(t, anyAudience, quick("aud", ""))
	})
	for _, aud := range []string{`"a"`, `["a"]`, `["c","b"]`, `["a","a"]`, `["","a"]`, `["a",""]`} {
		t.Run("31_aud_type/control_"+aud, func(t *testing.T) { accepted(t, a, quick("aud", aud)) })
	}

	var rows []row
	add := func(name string, class error, reason string, pairs ...string) {
		rows = append(rows, row{name, quick(pairs...), class, reason})
	}
	add("36_iss/missing", core.ErrIssuer, "unknown_issuer", "iss", "")
	add("36_iss/null", core.ErrIssuer, "unknown_issuer", "iss", "null")
	for _, iss := range []string{"1", `["` + issuerURL + `"]`, "{}"} {
		add("36_iss/"+iss, core.ErrClaim, "claim_of_wrong_type", "iss", iss)
	}
	for _, iss := range []string{issuerURL + "/", "HTTPS://issuer.example", "https://Issuer.example", issuerURL + " ", issuerURL + "\\u0000", issuerURL + ":443", "", issuerURL + "/x"} {
		add("36_iss/"+iss, core.ErrIssuer, "unknown_issuer", "iss", `"`+iss+`"`)
	}
	add("36_iss/control_escaped", nil, "", "iss", `"https:\/\/issuer.ex\u0061mple"`)

	add("37_sub/missing", core.ErrClaim, "no_subject", "sub", "")
	add("37_sub/empty", core.ErrClaim, "no_subject", "sub", `""`)
	add("37_sub/null", core.ErrClaim, "no_subject", "sub", "null")
	for _, sub := range []string{"7", `["user_1"]`, "true", `"\ud800"`} {
		add("37_sub/"+sub, core.ErrClaim, "claim_of_wrong_type", "sub", sub)
	}
	for _, name := range []string{"jti", "sid", "azp", "client_id", "auth_time", "org_id"} {
		for _, value := range []string{"null", `["x"]`, "{}", "true", `"\ud800"`} {
			add("37_informing/"+name+"_"+value, nil, "", name, value)
		}
	}
	for _, act := range []string{`"admin"`, "[]", "7", `{"sub":7}`, `{"sub":"x","sid":[]}`, `{"sub":"x","act":"y"}`, `{"sub":"x","act":{"sub":7}}`} {
		add("37_act/"+act, core.ErrClaim, "claim_of_wrong_type", "act", act)
	}
	for _, act := range []string{"null", `{"sub":"x","sid":null}`, `{"sub":"x","act":null}`} {
		add("37_act/control_"+act, nil, "", "act", act)
	}

	for _, cnf := range []string{`"x"`, "7", `{"unknown":"x"}`, `{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}`, `{"x5t#S256":"x"}`, "{}", "[]"} {
		add("46_cnf/"+cnf, core.ErrUnsupported, "confirmation_not_supported", "cnf", cnf)
	}
	add("46_cnf/control_null", nil, "", "cnf", "null")
	runRows(t, build(t), rows)
	t.Run("37_sub/missing_allowed", func(t *testing.T) {
		a := build(t, func(c *core.Config) { c.Issuers[0].AllowMissingSubject = true })
		for _, sub := range []string{"", `""`, "null"} {
			if got := accepted(t, a, quick("sub", sub)).Subject(); got != "" {
				t.Errorf("%s: got subject %q, want none", sub, got)
			}
		}
		refused(t, a, quick("sub", "7"), core.ErrClaim, "claim_of_wrong_type")
	})
	t.Run("37_party", strictParties)
	t.Run("37_revocations", func(t *testing.T) {
		a := build(t, func(c *core.Config) { c.Revocations = &revocations{} })
		for _, name := range []string{"jti", "sid"} {
			refused(t, a, quick(name, "7"), core.ErrClaim, "claim_of_wrong_type")
			accepted(t, a, quick(name, "null"))
			accepted(t, a, quick(name, `""`))
		}
	})
}

// strictParties tries AllowMissingAuthorizedParty with everything that can stand
// for no client.
func strictParties(t *testing.T) {
	strict := build(t, func(c *core.Config) { c.Issuers[0].AuthorizedParties = []string{"web"} })
	missing := build(t, func(c *core.Config) {
		c.Issuers[0].AuthorizedParties, c.Issuers[0].AllowMissingAuthorizedParty = []string{"web"}, true
	})
	for _, azp := range []string{"", "null", `""`} {
		refused(t, strict, quick("azp", azp), core.ErrAuthorizedParty, "no_authorized_party")
		accepted(t, missing, quick("azp", azp))
	}
	for _, azp := range []string{"7", `["web"]`, `[]`, `{}`} {
		refused(t, strict, quick("azp", azp), core.ErrClaim, "claim_of_wrong_type")
		refused(t, missing, quick("azp", azp), core.ErrClaim, "claim_of_wrong_type")
	}
	for _, a := range []*core.Authenticator{strict, missing} {
		refused(t, a, quick("azp", `"other"`), core.ErrAuthorizedParty, "wrong_authorized_party")
		accepted(t, a, quick("azp", `"web"`, "client_id", `"other"`))
		accepted(t, a, quick("azp", "null", "client_id", `"web"`))
	}
}

func strictDates(t *testing.T) {
	past, future := unix(-hour), unix(hour)
	var rows []row
	add := func(name string, class error, reason string, pairs ...string) {
		rows = append(rows, row{name, quick(pairs...), class, reason})
	}
	for _, n := range []string{
		"1e19", "1e30", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e308",
		"253402300800", "1767323045000", "-253402300800", "-1e19", "-9223372036854775808",
	} {
		add("32_overflow/nbf_"+n, core.ErrClaim, "claim_of_wrong_type", "nbf", n)
		add("32_overflow/iat_"+n, core.ErrClaim, "claim_of_wrong_type", "iat", n)
		add("32_overflow/control_auth_time_"+n, nil, "", "auth_time", n)
		add("32b_overflow/exp_"+n, core.ErrClaim, "claim_of_wrong_type", "exp", n)
	}
	add("32b_overflow/control_year_9999", nil, "", "exp", "253402300799")
	add("32_overflow/nbf_year_9999", core.ErrNotYetValid, "not_yet_valid", "nbf", "253402300799")

	add("33c_date_null/exp", core.ErrClaim, "no_expiry", "exp", "null")
	for _, name := range []string{"nbf", "iat", "auth_time"} {
		add("33c_date_null/control_"+name, nil, "", name, "null")
	}
	for _, name := range []string{"exp", "nbf", "iat"} {
		add("33_date_type/"+name+"_string", core.ErrClaim, "claim_of_wrong_type", name, `"9999999999"`)
		for _, value := range []string{"true", "{}", "[1]", `""`} {
			add("33d_date_type/"+name+"_"+value, core.ErrClaim, "claim_of_wrong_type", name, value)
		}
		add("33d_date_type/"+name+"_1e400", core.ErrMalformed, "number_out_of_range", name, "1e400")
	}
	add("33b_date_zero/0", core.ErrExpired, "expired", "exp", "0")
	add("33b_date_zero/-0", core.ErrExpired, "expired", "exp", "-0")
	add("33b_date_zero/0.0", core.ErrExpired, "expired", "exp", "0.0")
	add("33b_date_zero/negative", core.ErrExpired, "expired", "exp", "-1")
	add("33b_date_zero/year_1", core.ErrClaim, "no_expiry", "exp", "-62135596800")
	add("33d_date_type/fraction", nil, "", "exp", future+".5", "nbf", past+".25", "iat", past+".999999999")
	add("33d_date_type/exponent", nil, "", "exp", "2.0E9")
	add("33d_date_type/fraction_past", core.ErrExpired, "expired", "exp", past+".5")

	add("34_exp_missing", core.ErrClaim, "no_expiry", "exp", "")
	add("35_iat_future/1h", core.ErrNotYetValid, "issued_in_the_future", "iat", future)
	add("35_iat_future/61s", core.ErrNotYetValid, "issued_in_the_future", "iat", unix(61*time.Second))
	add("35_iat_future/control_60s", nil, "", "iat", unix(60*time.Second))
	add("35_iat_future/nbf_decides", core.ErrNotYetValid, "not_yet_valid", "iat", unix(30*time.Second), "nbf", unix(30*time.Second))
	add("35_iat_future/control_missing", nil, "", "iat", "")
	add("44_expired", core.ErrExpired, "expired", "exp", past)
	rows = append(rows, row{"44_expired/bad_signature", withBadSignature(quick("exp", past)), core.ErrSignature, "bad_signature"})
	add("44_expired/wrong_audience", core.ErrAudience, "wrong_audience", "exp", past, "aud", `"x"`)
	add("44_expired/bound_to_a_key", core.ErrUnsupported, "confirmation_not_supported", "exp", past, "cnf", "{}")
	runRows(t, build(t), rows)
}

// withBadSignature changes one character in the signature of the token.
func withBadSignature(token string) string {
	at := len(token) - 20
	c := byte('A')
	if token[at] == c {
		c = 'B'
	}
	return token[:at] + string(c) + token[at+1:]
}

func strictRequests(t *testing.T) {
	one, two := quick("sub", `"one"`), quick("sub", `"two"`)
	a := build(t, func(c *core.Config) { c.Extractors = []core.Extractor{core.FromBearer(), core.FromCookie("token")} })
	several := func(name string, headers ...string) {
		t.Run("45_two_credentials/"+name, func(t *testing.T) {
			refusedRequest(t, a, request(headers...), core.ErrInvalidRequest, "several_credentials")
		})
	}
	several("headers", "Authorization", "Bearer "+one, "Authorization", "Bearer "+two)
	several("equal_headers", "Authorization", "Bearer "+one, "Authorization", "Bearer "+one)
	several("empty_first", "Authorization", "", "Authorization", "Bearer "+one)
	several("empty_second", "Authorization", "Bearer "+one, "Authorization", "")
	several("other_scheme_second", "Authorization", "Bearer "+one, "Authorization", "Basic eDp5")
	several("cookies", "Cookie", "token="+one+"; token="+two)
	several("equal_cookies", "Cookie", "token="+one+"; token="+one)
	several("cookie_lines", "Cookie", "token="+one, "Cookie", "token="+two)
	several("empty_cookie_first", "Cookie", "token=; token="+one)
	several("cookie_without_value", "Cookie", "token; token="+one)
	for _, cookie := range []string{"token=" + two, "token=" + two + "; token=x"} {
		t.Run("45_two_credentials/header_wins_over_"+strconv.Itoa(len(cookie)), func(t *testing.T) {
			id := acceptedRequest(t, a, request("Authorization", "Bearer "+one, "Cookie", cookie))
			if id.Subject() != "one" {
				t.Errorf("got %q, want the header's", id.Subject())
			}
		})
	}
	t.Run("45_two_credentials/control", func(t *testing.T) {
		acceptedRequest(t, a, request("Cookie", "other=1; token="+one+"; token2="+two))
	})
}

// revocations is a list of revoked token ids. Its error, if any, is an outage.
type revocations struct {
	mu      sync.Mutex
	revoked map[string]bool
	err     error
	asked   int
}

func (l *revocations) revoke(jti string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.revoked == nil {
		l.revoked = make(map[string]bool)
	}
	l.revoked[jti] = true
}

func (l *revocations) Revoked(_ context.Context, id *core.Identity) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	return l.revoked[id.TokenID()], l.err
}

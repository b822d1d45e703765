package core_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

// TestRFC holds what the specifications demand and TestStrictness does not name.
func TestRFC(t *testing.T) {
	k := trusted()
	a := build(t)

	t.Run("8725-3.1_every_issuer_its_algorithms", func(t *testing.T) {
		a := build(t, func(c *core.Config) {
			other := c.Issuers[0]
			other.URL, other.Algorithms = "https://other.example", []string{"ES256"}
			c.Issuers = append(c.Issuers, other)
		})
		iss := []string{"iss", `"https://other.example"`}
		accepted(t, a, signedBy(k.es, payload(iss...)))
		refused(t, a, signedBy(k.rs, payload(iss...)), core.ErrAlgorithm, "algorithm_not_allowed")
		accepted(t, a, signedBy(k.rs, payload()))
	})
	t.Run("8725-3.2_default_algorithms", func(t *testing.T) {
		free := devissuer.With(k.rs.JWK(), devissuer.Claims{"alg": nil})
		for _, alg := range []string{"RS384", "RS512", "PS256", "PS384", "PS512"} {
			token := devissuer.SignRaw(k.rs, alg, []byte(header("alg", `"`+alg+`"`)), []byte(payload()))
			refused(t, withKeys(t, nil, free), token, core.ErrAlgorithm, "algorithm_not_allowed")
			accepted(t, withKeys(t, []string{alg}, free), token)
		}
	})
	t.Run("8725-3.3_every_part_is_signed", func(t *testing.T) {
		part, other := strings.Split(quick(), "."), strings.Split(quick("sub", `"admin"`), ".")
		refused(t, a, part[0]+"."+other[1]+"."+part[2], core.ErrSignature, "bad_signature")
		typed := strings.Split(devissuer.SignRaw(k.ed, "EdDSA", []byte(headerOf(k.ed, "typ", `"at+jwt"`)), []byte(payload())), ".")
		refused(t, a, typed[0]+"."+part[1]+"."+part[2], core.ErrSignature, "bad_signature")
		accepted(t, a, strings.Join(part, "."))
		accepted(t, a, strings.Join(typed, "."))
	})
	t.Run("8725-3.11_explicit_typing", func(t *testing.T) {
		only := build(t, func(c *core.Config) { c.Issuers[0].Types = []string{"secevent+jwt"} })
		typed := func(typ string) string {
			return devissuer.SignRaw(k.ed, "EdDSA", []byte(headerOf(k.ed, "typ", typ)), []byte(payload()))
		}
		accepted(t, only, typed(`"secevent+jwt"`))
		accepted(t, only, typed(`"application/SecEvent+JWT"`))
		for _, typ := range []string{"", `"JWT"`, `"at+jwt"`, `"secevent"`, `"ſecevent+jwt"`} {
			refused(t, only, typed(typ), core.ErrType, "type_not_allowed")
		}
		refused(t, a, typed(`"secevent+jwt"`), core.ErrType, "type_not_allowed")
	})

	t.Run("7515-4.1.4_kid_is_compared_exactly", func(t *testing.T) {
		key := &devissuer.Key{ID: "caf\u00e9", Algorithm: "EdDSA", Private: k.ed.Private}
		a := withKeys(t, nil, key.JWK())
		token := func(kid string) string {
			return devissuer.SignRaw(key, "EdDSA", []byte(headerOf(key, "kid", kid)), []byte(payload()))
		}
		accepted(t, a, token("\"caf\u00e9\""))
		accepted(t, a, token(`"caf\u00e9"`))                                      // section 10.13: compared after unescaping
		refused(t, a, token("\"cafe\u0301\""), core.ErrUnknownKey, "unknown_key") // and without normalization
		refused(t, a, token("\"CAF\u00c9\""), core.ErrUnknownKey, "unknown_key")  // and with case
		refused(t, a, token("\"caf\u00e9 \""), core.ErrUnknownKey, "unknown_key") // and with white space
		refused(t, a, token(`"caf\u00e9\u0000"`), core.ErrMalformed, "bad_kid")   // and to its end
		refused(t, a, token("\"caf\xe9\""), core.ErrMalformed, "bad_unicode")     // and as UTF-8
		refused(t, withKeys(t, nil, key.JWK(), k.rs.JWK()), token(`"rs"`), core.ErrUnknownKey, "unknown_key")
	})
	t.Run("7515-5.1_header_with_white_space", func(t *testing.T) {
		accepted(t, a, signed("{\"typ\":\"JWT\",\r\n \"alg\":\"RS256\" , \"kid\":\"rs\"}", payload()))
	})
	t.Run("7519-5.3_replicated_claims_do_not_count", func(t *testing.T) {
		token := func(h, p string) string {
			return devissuer.SignRaw(k.ed, "EdDSA", []byte(h), []byte(p))
		}
		h := headerOf(k.ed, "iss", `"`+issuerURL+`"`, "aud", `"`+apiURL+`"`, "sub", `"admin"`, "exp", unix(hour))
		refused(t, a, token(h, payload("aud", `"https://other.example"`)), core.ErrAudience, "wrong_audience")
		refused(t, a, token(h, payload("exp", "")), core.ErrClaim, "no_expiry")
		if got := accepted(t, a, token(h, payload())).Subject(); got != "user_1" {
			t.Errorf("got subject %q, want the payload's", got)
		}
	})
	t.Run("7519-6.1_unsecured", func(t *testing.T) {
		refused(t, a, "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
			core.ErrMalformed, "not_three_segments")
	})
	t.Run("8693-4.1_actor_chain", func(t *testing.T) {
		id := accepted(t, a, quick("act", `{"sub":"svc_1","iss":"https://i","act":{"sub":"svc_2"}}`))
		got := id.Actor()
		if got.Subject != "svc_1" || got.Issuer != "https://i" || got.Prior == nil || *got.Prior != (core.Actor{Subject: "svc_2"}) {
			t.Errorf("got %+v, want svc_1 and before it svc_2", got)
		}
	})
	rfcExamples(t)
	rfcBearer(t)
}

// rfcExamples are the signed tokens that the specifications print.
func rfcExamples(t *testing.T) {
	const claims = ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
	for _, tt := range []struct{ name, token, jwk string }{
		{"7515-A.2_RS256", "eyJhbGciOiJSUzI1NiJ9" + claims + "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
			`{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}`},
		{"7515-A.3_ES256", "eyJhbGciOiJFUzI1NiJ9" + claims + "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
			`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock := newClock()
			clock.set(time.Unix(1300819380-1, 0))
			a, err := core.New(core.Config{
				Issuers: []core.Issuer{{URL: "joe", AllowAnyAudience: true, AllowMissingSubject: true, Keys: static(t, rawJSON(tt.jwk))}},
				Leeway:  -1, Now: clock.now,
			})
			if err != nil {
				t.Fatal(err)
			}
			var claims struct {
				Root bool `json:"http://example.com/is_root"`
			}
			if err := accepted(t, a, tt.token).Decode(&claims); err != nil || !claims.Root {
				t.Errorf("got %+v, %v, want is_root", claims, err)
			}
			clock.set(time.Unix(1300819380, 0)) // RFC 7519 section 4.1.4: not "on or after"
			refused(t, a, tt.token, core.ErrExpired, "expired")
		})
	}
}

// rfcBearer is RFC 6750: how a token comes with a request.
func rfcBearer(t *testing.T) {
	a, token := build(t), quick()
	for _, scheme := range []string{"Bearer", "bearer", "BEARER", "bEaReR"} {
		t.Run("6750-2.1_scheme_"+scheme, func(t *testing.T) {
			acceptedRequest(t, a, request("Authorization", scheme+" "+token))
		})
	}
	t.Run("6750-2.2_form_is_not_read", func(t *testing.T) {
		body := strings.NewReader("access_token=" + token)
		r := httptest.NewRequest(http.MethodPost, "/", body)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		refusedRequest(t, a, r, core.ErrNoToken, "no_token")
		if rest, err := io.ReadAll(r.Body); err != nil || len(rest) != len("access_token=")+len(token) {
			t.Errorf("got %d bytes of the body left, %v", len(rest), err)
		}
	})
	t.Run("6750-2.3_query_is_not_read", func(t *testing.T) {
		every := build(t, func(c *core.Config) {
			c.Extractors = []core.Extractor{core.FromBearer(), core.FromHeader("X-Token"), core.FromCookie("access_token"), core.FromWebSocketProtocol()}
		})
		r := httptest.NewRequest(http.MethodGet, "/?access_token="+token, nil)
		refusedRequest(t, every, r, core.ErrNoToken, "no_token")
	})
}

// TestRFC9068 is the profile for access tokens: see ExampleIssuer_accessTokens.
func TestRFC9068(t *testing.T) {
	a := build(t, func(c *core.Config) {
		c.Issuers[0].Types = []string{"at+jwt"}
		c.Issuers[0].AuthorizedParties = []string{"web", "mobile"}
	})
	token := func(typ string, pairs ...string) string {
		return devissuer.SignRaw(trusted().ed, "EdDSA", []byte(headerOf(trusted().ed, "typ", typ)),
			[]byte(payload(append([]string{"client_id", `"web"`, "jti", `"j1"`}, pairs...)...)))
	}
	good := `"at+jwt"`
	runRows(t, a, []row{
		{"2.1_typ", token(good), nil, ""},
		{"2.1_typ_with_application", token(`"application/at+jwt"`), nil, ""},
		{"2.1_ID_token", token(`"JWT"`), core.ErrType, "type_not_allowed"},
		{"2.1_typ_absent", token(""), core.ErrType, "type_not_allowed"},
		{"2.2_client_id_of_another", token(good, "client_id", `"evil"`), core.ErrAuthorizedParty, "wrong_authorized_party"},
		{"2.2_client_id_absent", token(good, "client_id", ""), core.ErrAuthorizedParty, "no_authorized_party"},
		{"2.2_client_id_empty", token(good, "client_id", `""`), core.ErrAuthorizedParty, "no_authorized_party"},
		{"2.2_azp_wins", token(good, "azp", `"evil"`), core.ErrAuthorizedParty, "wrong_authorized_party"},
		{"2.2_azp_good", token(good, "azp", `"mobile"`, "client_id", `"evil"`), nil, ""},
		{"2.2_sub_absent", token(good, "sub", ""), core.ErrClaim, "no_subject"},
		{"4_issuer", token(good, "iss", `"https://other.example"`), core.ErrIssuer, "unknown_issuer"},
		{"4_audience", token(good, "aud", `"https://other.example"`), core.ErrAudience, "wrong_audience"},
		{"4_audience_absent", token(good, "aud", ""), core.ErrAudience, "no_audience"},
		{"4_expired", token(good, "exp", unix(-hour)), core.ErrExpired, "expired"},
		{"4_none", devissuer.SignCompact([]byte(headerOf(trusted().ed, "alg", `"none"`, "typ", good)), []byte(payload("client_id", `"web"`)),
			func([]byte) []byte { return []byte("x") }), core.ErrAlgorithm, "algorithm_not_allowed"},
	})
	id := accepted(t, a, token(good))
	if id.AuthorizedParty() != "web" || id.TokenID() != "j1" {
		t.Errorf("got party %q, id %q, want web, j1", id.AuthorizedParty(), id.TokenID())
	}
}

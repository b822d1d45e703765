package authtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

// acceptance: what lets a request through, and what the handler knows then.
func (s *suite) acceptance() {
	s.add("a valid token is accepted and its identity reaches the handler", func(c *client) {
		token := s.issuer.Token(devissuer.Claims{
			"sub": "alice", "jti": "token-1", "roles": []string{"reader", "writer"}, "scope": "orders:read orders:write",
		})
		a := c.send(s.plain, bearer(token)...)
		c.accepted(a, "alice")
		if a == nil {
			return
		}
		v := c.seenIn(a)
		if v == nil {
			return
		}
		if v.Issuer != s.issuer.URL() || v.TokenID != "token-1" {
			c.errorf("got issuer %q and token id %q, want %q and token-1", v.Issuer, v.TokenID, s.issuer.URL())
		}
		if got := strings.Join(v.Roles, " "); got != "reader writer" {
			c.errorf("got roles %q, want reader writer", got)
		}
		if got := strings.Join(v.Scopes, " "); got != "orders:read orders:write" {
			c.errorf("got scopes %q, want orders:read orders:write", got)
		}
	})
	s.add("a token is accepted again when it is remembered", func(c *client) {
		token := s.token("again")
		for range 3 {
			c.accepted(c.send(s.plain, bearer(token)...), "again")
		}
	})
	s.add("every algorithm that is allowed is accepted", func(c *client) {
		for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
			token := s.issuer.Sign(alg, nil, s.issuer.Claims(devissuer.Claims{"sub": alg}))
			c.accepted(c.send(s.plain, bearer(token)...), alg)
		}
	})
	s.add("the scheme has no case and several spaces may follow it", func(c *client) {
		for _, scheme := range []string{"Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "} {
			c.accepted(c.send(s.plain, "Authorization", scheme+s.token("scheme")), "scheme")
		}
	})
	s.add("the header's name has no case", func(c *client) {
		for _, name := range []string{"authorization", "AUTHORIZATION", "aUTHORIZATION"} {
			c.accepted(c.raw(s.plain, name+": Bearer "+s.token("name")), "name")
		}
	})
}

// unaccepted are tokens that are refused, all in the same way.
func (s *suite) unaccepted() map[string]string {
	good := s.token("mallory")
	segments := strings.Split(good, ".")
	payload, err := base64.RawURLEncoding.DecodeString(segments[1])
	if err != nil {
		panic(err) // the issuer made it
	}
	changed := base64.RawURLEncoding.EncodeToString(bytes.Replace(payload, []byte("mallory"), []byte("admin00"), 1))
	claims := func(over devissuer.Claims) string {
		claims := devissuer.Claims{"sub": "mallory"}
		maps.Copy(claims, over) // with its nils, which delete defaults
		return s.issuer.Token(claims)
	}
	rsa := s.issuer.Key("RS256")
	hmac := devissuer.NewSecretKey(rsa.ID, "HS256", rsa.PEM())
	header := func(alg string) []byte {
		text, err := json.Marshal(map[string]string{"alg": alg, "kid": rsa.ID, "typ": "JWT"})
		if err != nil {
			panic(err) // strings always marshal
		}
		return text
	}
	hour := time.Hour
	return map[string]string{
		"not a JWT":             "not-a-token",
		"one character":         "x",
		"two segments":          segments[0] + "." + segments[1],
		"four segments":         good + ".c2ln",
		"no signature":          segments[0] + "." + segments[1] + ".",
		"only dots":             strings.Repeat(".", 1000),
		"bad base64":            "e30=.e30=.e30=",
		"bad JSON":              devissuer.SignRaw(rsa, "RS256", header("RS256"), []byte(`{"iss":`)),
		"duplicate claim":       devissuer.SignRaw(rsa, "RS256", header("RS256"), append([]byte(`{"sub":"x",`), payload[1:]...)),
		"changed payload":       segments[0] + "." + changed + "." + segments[2],
		"changed signature":     segments[0] + "." + segments[1] + "." + strings.Split(s.token("other"), ".")[2],
		"another issuer's key":  devissuer.SignSegments(s.other.Key("ES256"), "ES256", segments[0], segments[1]),
		"another issuer":        s.other.Token(devissuer.Claims{"sub": "mallory", "aud": s.issuer.Audience()}),
		"no issuer":             claims(devissuer.Claims{"iss": nil}),
		"issuer with a slash":   claims(devissuer.Claims{"iss": s.issuer.URL() + "/"}),
		"unknown key":           s.issuer.Sign("ES256", devissuer.Claims{"kid": "nobody"}, s.issuer.Claims(nil)),
		"another audience":      claims(devissuer.Claims{"aud": "https://other.example.test"}),
		"no audience":           claims(devissuer.Claims{"aud": nil}),
		"no expiry":             claims(devissuer.Claims{"exp": nil}),
		"no subject":            claims(devissuer.Claims{"sub": nil}),
		"not yet valid":         claims(devissuer.Claims{"nbf": time.Now().Add(hour).Unix()}),
		"issued in the future":  claims(devissuer.Claims{"iat": time.Now().Add(hour).Unix()}),
		"alg none":              devissuer.Compact(header("none"), payload, nil),
		"alg none, signed":      s.issuer.Sign("RS256", devissuer.Claims{"alg": "none"}, s.issuer.Claims(nil)),
		"HS256, the public key": devissuer.SignRaw(hmac, "HS256", header("HS256"), payload),
		"crit":                  s.issuer.Sign("ES256", devissuer.Claims{"crit": []string{"x"}, "x": 1}, s.issuer.Claims(nil)),
		"another typ":           s.issuer.Sign("ES256", devissuer.Claims{"typ": "logout+jwt"}, s.issuer.Claims(nil)),
		"kid of a wrong type":   s.issuer.Sign("ES256", devissuer.Claims{"kid": 7}, s.issuer.Claims(nil)),
		"bound to a key":        claims(devissuer.Claims{"cnf": devissuer.Claims{"jkt": "thumbprint"}}),
		"a byte over 16 KiB":    strings.Repeat("A", 16<<10+1),
		"a token of 20 KiB":     claims(devissuer.Claims{"padding": strings.Repeat("x", 15<<10)}),
		"bytes beyond ASCII":    "caf\xc3\xa9.\xff\xfe.\x80",
		"JSON":                  `{"alg":"none"}`,
		"symbols":               `!#$%&'*+-^_|~/\?@:;<>()[]{}`,

		"expired, for another audience": claims(devissuer.Claims{"exp": time.Now().Add(-hour).Unix(), "aud": "https://other.example.test"}),
		"expired, with a bad signature": devissuer.SignSegments(s.other.Key("ES256"), "ES256", segments[0],
			strings.Split(claims(devissuer.Claims{"exp": time.Now().Add(-hour).Unix()}), ".")[1]),
	}
}

// tokens: what is refused, and how little a client learns of why.
func (s *suite) tokens() {
	s.add("every token that is not accepted gets the same answer", func(c *client) {
		first := ""
		for name, token := range s.unaccepted() {
			a := c.send(s.plain, bearer(token)...)
			c.refused(a, invalidToken)
			if a == nil {
				continue
			}
			a.Header.Del("Date")
			switch text := a.text(); {
			case first == "":
				first = text
			case text != first:
				c.errorf("%s: the answer differs from that to another token:\n%s\nand\n%s", name, text, first)
			}
		}
	})
	s.add("an expired token is told so in the challenge and nowhere else", func(c *client) {
		expired := s.issuer.Token(devissuer.Claims{"exp": time.Now().Add(-time.Hour).Unix()})
		c.refused(c.send(s.plain, bearer(expired)...), expiredToken)
		c.refused(c.send(s.plain, bearer(expired)...), expiredToken)
	})
	s.add("a refused token leaves nothing behind for the next request", func(c *client) {
		for range 3 {
			c.refused(c.send(s.plain, bearer("not-a-token")...), invalidToken)
			c.accepted(c.send(s.plain, bearer(s.token("after"))...), "after")
			c.refused(c.send(s.plain), unauthorized)
		}
	})
}

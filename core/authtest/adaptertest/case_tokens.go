package adaptertest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

func (s *suite) acceptedTokens() {
	s.add("a valid token is accepted and its identity reaches the handler", func(c *client) {
		token := s.issuer.Token(devissuer.Claims{
			"sub": "alice", "jti": "token-1", "roles": []string{"reader", "writer"}, "scope": "orders:read orders:write",
		})
		v := c.handled(c.send(s.plain, bearer(token)...))
		if v == nil {
			return
		}
		if !v.OK || v.Subject != "alice" || v.Issuer != s.issuer.URL() || v.TokenID != "token-1" {
			c.errorf("got subject %q of %q with token ID %q, want alice of %q with token-1", v.Subject, v.Issuer, v.TokenID, s.issuer.URL())
		}
		if want := []string{"reader", "writer"}; !slices.Equal(v.Roles, want) {
			c.errorf("got roles %q, want %q", v.Roles, want)
		}
		if want := []string{"orders:read", "orders:write"}; !slices.Equal(v.Scopes, want) {
			c.errorf("got scopes %q, want %q", v.Scopes, want)
		}
	})
	s.add("a cached token is accepted", func(c *client) {
		token := s.token("again")
		for range 3 {
			c.accepted(c.send(s.plain, bearer(token)...), "again")
		}
	})
	s.add("a token of every allowed algorithm is accepted", func(c *client) {
		for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
			token := s.issuer.Sign(alg, nil, s.issuer.Claims(devissuer.Claims{"sub": alg}))
			c.accepted(c.send(s.plain, bearer(token)...), alg)
		}
	})
}

func (s *suite) acceptedHeaders() {
	s.add("the scheme may have any case and several spaces may follow it", func(c *client) {
		for _, scheme := range []string{"Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "} {
			c.accepted(c.send(s.plain, "Authorization", scheme+s.token("scheme")), "scheme")
		}
	})
	s.add("the name of the header may have any case", func(c *client) {
		for _, name := range []string{"authorization", "AUTHORIZATION", "aUTHORIZATION"} {
			c.accepted(c.raw(s.plain, name+": Bearer "+s.token("name")), "name")
		}
	})
	s.add("spaces and tabs around the value of the header are not part of it", func(c *client) { // RFC 9110 section 5.5
		for _, around := range [][2]string{{"", ""}, {"   ", "  "}, {"\t", ""}, {" ", "\t"}, {"\t \t", " \t"}} {
			c.accepted(c.raw(s.plain, "Authorization:"+around[0]+"Bearer "+s.token("blanks")+around[1]), "blanks")
		}
	})
}

// invalidTokens returns tokens that are rejected with the same answer. The name
// says what is wrong.
func (s *suite) invalidTokens() map[string]string {
	good := s.token("mallory")
	segments := strings.Split(good, ".")
	payload, err := base64.RawURLEncoding.DecodeString(segments[1])
	if err != nil {
		panic(err) // the issuer made it
	}
	changed := base64.RawURLEncoding.EncodeToString(bytes.Replace(payload, []byte("mallory"), []byte("admin00"), 1))
	tokens := map[string]string{
		"not a JWT":            "not-a-token",
		"one character":        "x",
		"two segments":         segments[0] + "." + segments[1],
		"four segments":        good + ".c2ln",
		"no signature":         segments[0] + "." + segments[1] + ".",
		"only dots":            strings.Repeat(".", 1000),
		"bad base64":           "e30=.e30=.e30=",
		"changed payload":      segments[0] + "." + changed + "." + segments[2],
		"changed signature":    segments[0] + "." + segments[1] + "." + strings.Split(s.token("other"), ".")[2],
		"another issuer's key": devissuer.SignSegments(s.other.Key("ES256"), "ES256", segments[0], segments[1]),
		"another issuer":       s.other.Token(devissuer.Claims{"sub": "mallory", "aud": s.issuer.Audience()}),
		"a byte over 16 KiB":   strings.Repeat("A", 16<<10+1),
		"bytes beyond ASCII":   "caf\xc3\xa9.\xff\xfe.\x80",
		"JSON":                 `{"alg":"none"}`,
		"symbols":              `!#$%&'*+-^_|~/\?@:;<>()[]{}`,
	}
	maps.Copy(tokens, s.invalidHeaders(payload))
	maps.Copy(tokens, s.invalidClaims(segments[0]))
	return tokens
}

// invalidHeaders returns tokens with a JOSE header that is not accepted.
func (s *suite) invalidHeaders(payload []byte) map[string]string {
	key := s.issuer.Key("RS256")
	hmac := devissuer.NewSecretKey(key.ID, "HS256", key.PEM())
	header := func(alg string) []byte {
		text, err := json.Marshal(map[string]string{"alg": alg, "kid": key.ID, "typ": "JWT"})
		if err != nil {
			panic(err) // strings always marshal
		}
		return text
	}
	signed := func(alg string, header devissuer.Claims) string {
		return s.issuer.Sign(alg, header, s.issuer.Claims(nil))
	}
	return map[string]string{
		"unknown key":           signed("ES256", devissuer.Claims{"kid": "nobody"}),
		"kid of a wrong type":   signed("ES256", devissuer.Claims{"kid": 7}),
		"crit":                  signed("ES256", devissuer.Claims{"crit": []string{"x"}, "x": 1}),
		"another typ":           signed("ES256", devissuer.Claims{"typ": "logout+jwt"}),
		"alg none":              devissuer.SignCompact(header("none"), payload, nil),
		"alg none, signed":      signed("RS256", devissuer.Claims{"alg": "none"}),
		"HS256, the public key": devissuer.SignRaw(hmac, "HS256", header("HS256"), payload),
		"bad JSON":              devissuer.SignRaw(key, "RS256", header("RS256"), []byte(`{"iss":`)),
		"duplicate claim":       devissuer.SignRaw(key, "RS256", header("RS256"), append([]byte(`{"sub":"x",`), payload[1:]...)),
	}
}

// invalidClaims returns tokens with claims that are not accepted.
func (s *suite) invalidClaims(header string) map[string]string {
	token := func(over devissuer.Claims) string {
		claims := devissuer.Claims{"sub": "mallory"}
		maps.Copy(claims, over) // its nils delete default claims
		return s.issuer.Token(claims)
	}
	past, future := time.Now().Add(-time.Hour).Unix(), time.Now().Add(time.Hour).Unix()
	expired := strings.Split(token(devissuer.Claims{"exp": past}), ".")
	return map[string]string{
		"no issuer":            token(devissuer.Claims{"iss": nil}),
		"issuer with a slash":  token(devissuer.Claims{"iss": s.issuer.URL() + "/"}),
		"another audience":     token(devissuer.Claims{"aud": "https://other.example.test"}),
		"no audience":          token(devissuer.Claims{"aud": nil}),
		"no expiry":            token(devissuer.Claims{"exp": nil}),
		"no subject":           token(devissuer.Claims{"sub": nil}),
		"not yet valid":        token(devissuer.Claims{"nbf": future}),
		"issued in the future": token(devissuer.Claims{"iat": future}),
		"bound to a key":       token(devissuer.Claims{"cnf": devissuer.Claims{"jkt": "thumbprint"}}),
		"a token of 20 KiB":    token(devissuer.Claims{"padding": strings.Repeat("x", 15<<10)}),

		"expired, for another audience": token(devissuer.Claims{"exp": past, "aud": "https://other.example.test"}),
		"expired, with a bad signature": devissuer.SignSegments(s.other.Key("ES256"), "ES256", header, expired[1]),
	}
}

func (s *suite) rejectedTokens() {
	s.add("every invalid token gets the same answer", func(c *client) {
		tokens := s.invalidTokens()
		first := ""
		for _, name := range slices.Sorted(maps.Keys(tokens)) {
			a := c.send(s.plain, bearer(tokens[name])...)
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
	s.add("a refused token has no effect on the next request", func(c *client) {
		for range 3 {
			c.refused(c.send(s.plain, bearer("not-a-token")...), invalidToken)
			c.accepted(c.send(s.plain, bearer(s.token("after"))...), "after")
			c.refused(c.send(s.plain), unauthorized)
		}
	})
}

func (s *suite) expiredTokens() {
	s.add("the challenge, and nothing else, says that a token has expired", func(c *client) {
		expired := s.issuer.Token(devissuer.Claims{"exp": time.Now().Add(-time.Hour).Unix()})
		for range 2 {
			c.refused(c.send(s.plain, bearer(expired)...), expiredToken)
		}
	})
}

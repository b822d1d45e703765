package core_test

import (
	"encoding/base64"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

// TestStrictness is a catalogue of what verifiers have got wrong. Its numbers
// are stable: other tests and reports refer to them.
func TestStrictness(t *testing.T) {
	t.Run("00_control", func(t *testing.T) { accepted(t, build(t), signed(header(), payload())) })
	strictHeaders(t)
	strictSizes(t)
	strictKeys(t)
	strictSignatures(t)
	strictKeySets(t)
	strictJSON(t)
	strictText(t)
	strictClaims(t)
	strictDates(t)
	strictRequests(t)
}

func strictHeaders(t *testing.T) {
	var rows []row
	add := func(name string, class error, reason, token string) {
		rows = append(rows, row{name, token, class, reason})
	}
	for _, alg := range []string{"none", "None", "nOnE", "NONE", ""} {
		name := "01_alg_none/" + alg
		if alg == "" {
			name = "01_alg_none/empty"
		}
		h := header("alg", strconv.Quote(alg))
		add(name, core.ErrMalformed, "not_three_segments", devissuer.SignCompact([]byte(h), []byte(payload()), nil))
		add(name+"_with_signature", core.ErrAlgorithm, "algorithm_not_allowed", signed(h, payload()))
	}

	for _, alg := range []string{"", "null", `["RS256"]`, "1", "true", "{}", `"rs256"`, `"RS256 "`, `" RS256"`, `"RS256\u0000"`, `"RS999"`} {
		add("02_alg_wrong/"+alg, core.ErrAlgorithm, "algorithm_not_allowed", signed(header("alg", alg), payload()))
	}
	add("02_alg_wrong/ALG_only", core.ErrAlgorithm, "algorithm_not_allowed", signed(header("alg", "", "ALG", `"RS256"`), payload()))
	add("02_alg_wrong/control_ALG_too", nil, "", signed(header("ALG", `"none"`), payload()))

	for _, kid := range [][2]string{
		{"number", "7"}, {"array", `["a"]`}, {"object", `{}`}, {"true", "true"}, {"half_a_pair", `"\ud800"`},
		{"NUL", `"rs\u0000"`}, {"line_feed", `"rs\n"`}, {"escape", `"\u001b[2J"`}, {"DEL", `"\u007f"`}, {"C1", `"\u0085"`},
		{"257_bytes", strconv.Quote(strings.Repeat("k", 257))},
	} {
		add("07_kid_injection/"+kid[0], core.ErrMalformed, "bad_kid", signed(header("kid", kid[1]), payload()))
	}
	for _, kid := range [][2]string{
		{"path", `"../../../../dev/null"`}, {"SQL", `"rs' OR '1'='1"`}, {"case", `"RS"`},
		{"256_bytes", strconv.Quote(strings.Repeat("k", 256))},
	} {
		add("07_kid_injection/"+kid[0], core.ErrUnknownKey, "unknown_key", signed(header("kid", kid[1]), payload()))
	}
	for _, kid := range []string{`""`, "null"} { // like no kid: the one key that fits is tried
		add("07_kid_injection/control_"+kid, nil, "", signed(header("kid", kid), payload()))
	}
	add("07_kid_injection/1_MiB", core.ErrMalformed, "token_too_large", signed(header("kid", strconv.Quote(strings.Repeat("k", 1<<20))), payload()))

	add("18_encrypted/five_segments", core.ErrMalformed, "encrypted_token",
		"eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.YQ.YQ.YQ.YQ")
	add("18_encrypted/zip", core.ErrUnsupported, "header_not_supported", signed(header("zip", `"DEF"`), payload()))
	add("18_encrypted/key_wrapping_alg", core.ErrAlgorithm, "algorithm_not_allowed",
		signed(header("alg", `"PBES2-HS256+A128KW"`, "p2c", "1000000000", "enc", `"A256GCM"`), payload()))

	inner := signed(header(), payload())
	add("19_nested/payload_is_a_token", core.ErrMalformed, "not_an_object", signed(header(), inner))
	add("19_nested/cty_JWT", core.ErrMalformed, "not_an_object", signed(header("cty", `"JWT"`), inner))
	for _, cty := range []string{`"JWT"`, `"jwt"`, `"application/jwt"`, `"json"`, `""`, "null", "7"} {
		add("20_nested_lie/control_cty_"+cty, nil, "", signed(header("cty", cty), payload()))
	}
	for _, cty := range []string{`"application/x-claims"`, `"text/jwt"`, `"JWT;v=1"`, `"xml"`} {
		add("20_nested_lie/cty_"+cty, core.ErrUnsupported, "header_not_supported", signed(header("cty", cty), payload()))
	}

	for _, raw := range []string{`"crit":["foo"],"foo":1`, `"crit":["exp"]`, `"crit":[]`, `"crit":"exp"`, `"crit":null`} {
		add("28_crit/"+raw, core.ErrUnsupported, "header_not_supported", signed(last(header(), raw), payload()))
	}
	add("28_crit/control_unknown_parameter", nil, "", signed(header("foo", "1"), payload()))
	add("29_b64/without_crit", core.ErrUnsupported, "header_not_supported", signed(header("b64", "false"), payload()))
	add("29_b64/with_crit", core.ErrUnsupported, "header_not_supported", signed(header("b64", "false", "crit", `["b64"]`), payload()))
	add("29_b64/true", core.ErrUnsupported, "header_not_supported", signed(header("b64", "true"), payload()))

	for _, typ := range []string{`"logout+jwt"`, `"dpop+jwt"`, `"JOSE"`, "1", "null", `""`, `["JWT"]`, `"JWT "`, `"JWT;v=1"`, `"text/JWT"`, `"application/application/JWT"`, `"application/"`} {
		add("30_typ/"+typ, core.ErrType, "type_not_allowed", signed(header("typ", typ), payload()))
	}
	for _, typ := range []string{"", `"JWT"`, `"jwt"`, `"at+jwt"`, `"AT+JWT"`, `"application/at+jwt"`, `"Application/JWT"`} {
		add("30_typ/control_"+typ, nil, "", signed(header("typ", typ), payload()))
	}
	runRows(t, build(t), rows)
	strictFetches(t)
}

// strictFetches holds that no header makes us ask anybody anything.
func strictFetches(t *testing.T) {
	issuer := benchIssuer(t, "RS256")
	var asked []string
	issuer.OnRequest(func(path string) { asked = append(asked, path) }) // only one request runs at a time here
	a := build(t, func(c *core.Config) {
		c.Issuers = []core.Issuer{{URL: issuer.URL(), Audiences: []string{apiURL}}}
	})
	transport := http.DefaultTransport
	http.DefaultTransport = roundTripper(func(r *http.Request) (*http.Response, error) {
		t.Errorf("request to %s", r.URL)
		return transport.RoundTrip(r)
	})
	t.Cleanup(func() { http.DefaultTransport = transport })

	key := issuer.Key("RS256")
	claims := payload("iss", strconv.Quote(issuer.URL()))
	token := func(k *devissuer.Key, pairs ...string) string {
		return devissuer.SignRaw(k, "RS256", []byte(headerOf(key, pairs...)), []byte(claims))
	}
	accepted(t, a, token(key)) // fetches the keys
	own := len(asked)
	trap := strconv.Quote(issuer.URL() + "/trap")
	t.Run("08_jku_x5u", func(t *testing.T) {
		for _, name := range []string{"jku", "x5u"} {
			accepted(t, a, token(key, name, trap))
			accepted(t, a, token(key, name, `"http://169.254.169.254/latest/meta-data/"`))
			accepted(t, a, token(key, name, "7"))
			refused(t, a, token(trusted().rs, name, trap), core.ErrSignature, "bad_signature")
		}
	})
	t.Run("09_embedded_jwk", func(t *testing.T) {
		attacker := devissuer.NewKey("attacker", "RS256")
		jwk := asJSON(t, attacker.JWK())
		refused(t, a, token(attacker, "jwk", jwk), core.ErrSignature, "bad_signature")
		refused(t, a, token(attacker, "jwk", jwk, "kid", ""), core.ErrSignature, "bad_signature")
		refused(t, a, token(attacker, "x5c", `["bm90IGEgY2VydGlmaWNhdGU="]`), core.ErrSignature, "bad_signature")
		accepted(t, a, token(key, "jwk", jwk))
	})
	if len(asked) != own {
		t.Errorf("requests %v, want none after the first %d", asked, own)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func strictSizes(t *testing.T) {
	large := build(t, func(c *core.Config) { c.MaxTokenBytes = 64 << 20 })
	a := build(t)
	good := signed(header(), payload())
	for _, n := range []int{1 << 20, 10 << 20} {
		dots := strings.Repeat(".", n)
		t.Run("16_segment_flood/"+strconv.Itoa(n), func(t *testing.T) {
			refused(t, a, dots, core.ErrMalformed, "token_too_large")
			refused(t, large, dots, core.ErrMalformed, "not_three_segments")
			refused(t, large, good+dots, core.ErrMalformed, "not_three_segments")
			for _, token := range []string{dots, good + dots} {
				if n := bytesPerRun(t, large, token); n > 1<<10 {
					t.Errorf("got %d bytes allocated, want at most 1024", n)
				}
			}
		})
	}
	t.Run("17_token_size/10_MB", func(t *testing.T) {
		token := signed(header(), payload("pad", strconv.Quote(strings.Repeat("x", 10_000_000)))) + "x"
		refused(t, a, token, core.ErrMalformed, "token_too_large")
		if n := bytesPerRun(t, a, token); n > 1<<10 {
			t.Errorf("got %d bytes allocated, want at most 1024", n)
		}
	})
	t.Run("17_token_size/limit", func(t *testing.T) {
		exact := padded(t, 16<<10)
		accepted(t, a, exact)
		refused(t, a, exact+"A", core.ErrMalformed, "token_too_large")
		small := build(t, func(c *core.Config) { c.MaxTokenBytes = len(good) })
		accepted(t, small, good)
		refused(t, small, good+"A", core.ErrMalformed, "token_too_large")
	})
}

// padded is a good token of exactly n characters.
func padded(t *testing.T, n int) string {
	t.Helper()
	size := base64.RawURLEncoding.EncodedLen
	for spaces := range 4 { // no base64 text is one longer than a multiple of four
		h := headerOf(trusted().ed) + strings.Repeat(" ", spaces)
		for pad := range n {
			if size(len(h))+1+size(len(payload("pad", `""`))+pad)+1+size(64) == n {
				return devissuer.SignRaw(trusted().ed, "EdDSA", []byte(h), []byte(payload("pad", strconv.Quote(strings.Repeat("x", pad)))))
			}
		}
	}
	t.Fatalf("no token of %d characters", n)
	return ""
}

// bytesPerRun is what refusing the token allocates, the least of several runs
// because other goroutines may allocate meanwhile.
func bytesPerRun(t *testing.T, a *core.Authenticator, token string) uint64 {
	t.Helper()
	least := ^uint64(0)
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := a.Verify(t.Context(), token); err == nil {
			t.Fatal("accepted")
		}
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

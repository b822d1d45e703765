package core_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/jwks"
)

// talkative is build without an Observer: with the log of refusals.
func talkative(t testing.TB, change ...func(*core.Config)) *core.Authenticator {
	t.Helper()
	return build(t, append([]func(*core.Config){func(c *core.Config) { c.Observer = nil }}, change...)...)
}

// TestReasonsAreTold: a program that configured nothing reads in its log what
// came, what was expected and what to change.
func TestReasonsAreTold(t *testing.T) {
	parties := func(c *core.Config) { c.Issuers[0].AuthorizedParties = []string{"web"} }
	for _, tt := range []struct {
		name, token string
		change      func(*core.Config)
		want        []string
	}{
		{"a slash too many", quick("iss", `"`+issuerURL+`/"`), nil, []string{"unknown_issuer", issuerURL + `/`, "slash at the end", "Issuer.URL"}},
		{"another issuer", quick("iss", `"https://evil.example"`), nil, []string{"unknown_issuer", "https://evil.example", issuerURL, "Config.Issuers"}},
		{"letter case of the issuer", quick("iss", `"https://Issuer.example"`), nil, []string{"letter case"}},
		{"http and https", quick("iss", `"`+strings.Replace(issuerURL, "https:", "http:", 1)+`"`), nil, []string{"unknown_issuer", "http and https alone"}},
		{"an audience of somebody else", quick("aud", `"https://other.example"`), nil, []string{"wrong_audience", "https://other.example", apiURL, "Issuer.Audiences"}},
		{"no audience", quick("aud", "[]"), nil, []string{"no_audience", "AllowAnyAudience"}},
		{"a client id as audience", quick("azp", `"web"`, "aud", `"https://other.example"`), func(c *core.Config) { c.Issuers[0].Audiences = []string{"web"} }, []string{"wrong_audience", "client that the token was issued to"}},
		{"an ID token", quick("azp", `"web"`, "aud", `"web"`), nil, []string{"ID token", "access token"}},
		{"the client in cid", quick("cid", `"web"`), parties, []string{"no_authorized_party", "cid", "Issuer.Claims.AuthorizedParty"}},
		{"another client", quick("azp", `"other"`), parties, []string{"wrong_authorized_party", "other", "web"}},
		{"HMAC", signed(header("alg", `"HS256"`), payload()), nil, []string{"algorithm_not_allowed", "HS256", "RS256"}},
		{"an algorithm that is not listed", quick(), func(c *core.Config) { c.Issuers[0].Algorithms = []string{"RS256"} }, []string{"algorithm_not_allowed", "EdDSA", "RS256"}},
		{"a claim of a wrong type", quick("nbf", `"soon"`), nil, []string{"claim_of_wrong_type", "member=nbf", "soon", "number of seconds"}},
		{"another type of token", signed(header("typ", `"logout+jwt"`), payload()), nil, []string{"type_not_allowed", "logout+jwt"}},
		{"an unknown key", signed(header("kid", `"other"`), payload()), nil, []string{"unknown_key", "other", "dropped"}},
		{"roles in an object", quick("roles", `{"admin":{}}`), nil, []string{"event=hint", "roles_unreadable", "an object", "RoleNames"}},
		{"roles as objects", quick("roles", `[{"key":"admin"}]`), nil, []string{"roles_unreadable", "an array", "RoleKey"}},
		{"an extension", signed(header("crit", `["x"]`), payload()), nil, []string{"header_not_supported", "member=crit"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := captureSlog(t)
			a := talkative(t)
			if tt.change != nil {
				a = talkative(t, tt.change)
			}
			for range 5 {
				a.RequireAuth()(t.Context(), adapter.FromHTTP(bearer(tt.token)))
			}
			if n := strings.Count(log.String(), "\n"); n != 1 {
				t.Errorf("got %d lines for five requests, want 1", n)
			}
			for _, part := range tt.want {
				if !strings.Contains(log.String(), part) {
					t.Errorf("%q is missing in %s", part, log)
				}
			}
		})
	}
}

// TestManyIssuersAreNotListed: what strangers cause costs the same however many
// issuers are trusted, and the log names a few of them.
func TestManyIssuersAreNotListed(t *testing.T) {
	trusting := func(issuers int) *core.Authenticator {
		return talkative(t, func(c *core.Config) {
			for i := range issuers - 1 {
				more := c.Issuers[0]
				more.URL = fmt.Sprintf("https://tenant-%04d.example", i)
				c.Issuers = append(c.Issuers, more)
			}
		})
	}
	log := captureSlog(t)
	few, many := trusting(2), trusting(1000)
	foreign := quick("iss", `"https://evil.example"`)
	_, _ = many.Verify(t.Context(), foreign)
	if line := log.String(); !strings.Contains(line, "one of 1000 issuers") || strings.Contains(line, "tenant-0900") {
		t.Errorf("got %s, want a few issuers and how many there are", line)
	}
	cost := func(a *core.Authenticator) float64 {
		return testing.AllocsPerRun(100, func() { _, _ = a.Verify(t.Context(), foreign) })
	}
	if two, thousand := cost(few), cost(many); thousand > two {
		t.Errorf("a refusal allocates %g times beside 2 issuers and %g times beside 1,000", two, thousand)
	}
}

// TestRefusalsAreCounted: the first of each reason, and then one a minute with a
// count, whatever a flood of bad tokens does.
func TestRefusalsAreCounted(t *testing.T) {
	log, clock := captureSlog(t), newClock()
	a := talkative(t, func(c *core.Config) { c.Now = clock.now })
	for i := range 3000 {
		clock.set(epoch.Add(time.Duration(i) * 40 * time.Millisecond)) // two minutes
		_, _ = a.Verify(t.Context(), fmt.Sprintf("garbage-%d", i))
		_, _ = a.Verify(t.Context(), quick("exp", unix(-hour), "jti", fmt.Sprintf(`"%d"`, i)))
	}
	if n := strings.Count(log.String(), "\n"); n != 4 || strings.Count(log.String(), "count=1500") != 2 {
		t.Errorf("got %d lines, want 2 for each of 2 reasons:\n%s", n, log)
	}
}

func TestSilent(t *testing.T) {
	log := captureSlog(t)
	a := build(t) // which is silent
	_, _ = a.Verify(t.Context(), "x")
	accepted(t, a, quick("roles", "7"))
	if log.Len() > 0 {
		t.Errorf("got %s", log)
	}
}

// TestKeysAreTold: dropped keys appear with their ids and reasons, and a key set
// that can never match is told at the first fetch.
func TestKeysAreTold(t *testing.T) {
	log := captureSlog(t)
	issuer := benchIssuer(t, "ES384")
	source, err := jwks.Remote(issuer.URL()+"/.well-known/jwks.json", jwks.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := talkative(t, func(c *core.Config) {
		c.Issuers[0].URL, c.Issuers[0].Keys, c.Issuers[0].Algorithms = issuer.URL(), source, []string{"RS256"}
	})
	told := make(chan struct{}) // after the Authenticator, which subscribed first
	source.Subscribe(func(jwks.Refresh) { close(told) })
	if err := a.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-told
	runtime.KeepAlive(a) // the source does not keep it in memory, and it is told later than WaitReady returns
	for _, part := range []string{"no_key_for_algorithms", "ES384", "RS256", "Issuer.Algorithms"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("%q is missing in %s", part, log)
		}
	}
	if strings.Count(log.String(), "no_key_for_algorithms") != 1 {
		t.Errorf("told more than once: %s", log)
	}
}

// TestLogIsFitToRead: what a stranger sends is quoted and cut off, and a token in
// a claim is not shown.
func TestLogIsFitToRead(t *testing.T) {
	log := captureSlog(t)
	a := talkative(t)
	_, _ = a.Verify(t.Context(), quick("iss", `"`+strings.Repeat("x", 5000)+`"`))
	if log.Len() > 1200 {
		t.Errorf("got %d bytes", log.Len())
	}
	log.Reset()
	inner := quick()
	_, _ = a.Verify(t.Context(), quick("aud", `"`+inner+`"`))
	if strings.Contains(log.String(), inner[:40]) || !strings.Contains(log.String(), "not shown") {
		t.Errorf("got %s", log)
	}
	log.Reset()
	_, _ = a.Verify(t.Context(), signed(header("typ", `"\u001b[31mred\n"`), payload()))
	if strings.ContainsAny(strings.TrimSuffix(log.String(), "\n"), "\x1b\n") {
		t.Errorf("got control characters: %q", log)
	}
}

package core_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

const (
	template = "https://login.example/{tenantid}/v2.0"
	tenant   = "11111111-2222-3333-4444-555555555555"
)

func tenantURL(id string) string { return "https://login.example/" + id + "/v2.0" }

func ofTenant(iss, tid string) string { return quick("iss", strconv.Quote(iss), "tid", tid) }

// TestTenantTemplate binds the tenant in `iss` to the one in `tid`.
func TestTenantTemplate(t *testing.T) {
	a := build(t, func(c *core.Config) { c.Issuers[0].URL = template })
	id := accepted(t, a, ofTenant(tenantURL(tenant), strconv.Quote(tenant)))
	if id.Issuer() != tenantURL(tenant) {
		t.Errorf("got issuer %q, want the tenant's own", id.Issuer())
	}
	for name, token := range map[string]string{
		"another tid":         ofTenant(tenantURL(tenant), `"other"`),
		"no tid":              ofTenant(tenantURL(tenant), ""),
		"tid is null":         ofTenant(tenantURL(tenant), "null"),
		"tid is a number":     ofTenant(tenantURL("7"), "7"),
		"two segments":        ofTenant(tenantURL(tenant+"/x"), strconv.Quote(tenant+"/x")),
		"an empty tenant":     ofTenant(tenantURL(""), `""`),
		"a query":             ofTenant(tenantURL("x?y"), `"x?y"`),
		"text behind":         ofTenant(tenantURL(tenant)+"/evil", strconv.Quote(tenant)),
		"text in front":       ofTenant("https://evil.example/"+tenantURL(tenant), strconv.Quote(tenant)),
		"the template":        ofTenant(template, `"{tenantid}x"`),
		"another letter case": ofTenant("https://LOGIN.example/"+tenant+"/v2.0", strconv.Quote(tenant)),
	} {
		t.Run(name, func(t *testing.T) { refused(t, a, token, core.ErrIssuer, "unknown_issuer") })
	}
}

// TestTemplateBesideIssuers: an issuer that is named wins over a template.
func TestTemplateBesideIssuers(t *testing.T) {
	a := build(t, func(c *core.Config) {
		named := c.Issuers[0]
		c.Issuers[0].URL = template
		named.URL, named.Audiences = tenantURL("named"), []string{"another API"}
		c.Issuers = append(c.Issuers, named)
	})
	refused(t, a, ofTenant(tenantURL("named"), `"named"`), core.ErrAudience, "wrong_audience")
	accepted(t, a, ofTenant(tenantURL("other"), `"other"`))
}

// directory answers Config.FindIssuer.
type directory struct {
	mu     sync.Mutex
	issuer func(iss string) (*core.Issuer, error)
	asked  []string
}

func (d *directory) find(_ context.Context, iss string) (*core.Issuer, error) {
	d.mu.Lock()
	d.asked = append(d.asked, iss)
	d.mu.Unlock()
	return d.issuer(iss)
}

func (d *directory) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.asked)
}

// finding builds an Authenticator that trusts no issuer from the start.
func finding(t *testing.T, find func(context.Context, string) (*core.Issuer, error), change ...func(*core.Config)) *core.Authenticator {
	t.Helper()
	return build(t, append([]func(*core.Config){func(c *core.Config) { c.Issuers, c.FindIssuer = nil, find }}, change...)...)
}

func known(t testing.TB, source *jwks.Source) func(iss string) (*core.Issuer, error) {
	t.Helper()
	return func(iss string) (*core.Issuer, error) {
		if iss == "https://unknown.example" {
			return nil, nil
		}
		return &core.Issuer{URL: iss, Audiences: []string{apiURL}, Keys: source}, nil
	}
}

func TestFindIssuer(t *testing.T) {
	clock := newClock()
	d := &directory{issuer: known(t, static(t, trusted().ed.JWK()))}
	a := finding(t, d.find, func(c *core.Config) { c.Now, c.CacheSize = clock.now, -1 })
	one, unknown := quick("iss", `"https://one.example"`, "exp", unix(48*hour)), quick("iss", `"https://unknown.example"`, "exp", unix(48*hour))
	for range 3 {
		if id := accepted(t, a, one); id.Issuer() != "https://one.example" {
			t.Errorf("got issuer %q", id.Issuer())
		}
		refused(t, a, unknown, core.ErrIssuer, "unknown_issuer")
	}
	equal(t, "asked", d.asked, []string{"https://one.example", "https://unknown.example"})
	refused(t, a, quick("iss", ""), core.ErrIssuer, "unknown_issuer")
	refused(t, a, quick("iss", `"https://one.example"`, "aud", `"x"`), core.ErrAudience, "wrong_audience")
	if d.count() != 2 {
		t.Errorf("asked %v", d.asked)
	}
	clock.set(epoch.Add(31 * time.Second))
	refused(t, a, unknown, core.ErrIssuer, "unknown_issuer")
	accepted(t, a, one)
	if d.count() != 3 {
		t.Errorf("got %d questions after half a minute, want the unknown issuer's alone again: %v", d.count(), d.asked)
	}
	clock.set(epoch.Add(11 * time.Minute))
	accepted(t, a, one)
	if d.count() != 4 {
		t.Errorf("got %d questions after 11 minutes, want the known issuer's again", d.count())
	}
}

// TestFoundIssuerIsAskedAgain: a tenant that left is refused when the answer is
// too old, cached tokens included.
func TestFoundIssuerIsAskedAgain(t *testing.T) {
	clock := newClock()
	gone := false
	answer := known(t, static(t, trusted().ed.JWK()))
	a := finding(t, func(_ context.Context, iss string) (*core.Issuer, error) {
		if gone {
			return nil, nil
		}
		return answer(iss)
	}, func(c *core.Config) { c.Now = clock.now })
	token := quick("iss", `"https://one.example"`, "exp", unix(hour))
	accepted(t, a, token)
	gone = true
	accepted(t, a, token)
	clock.set(epoch.Add(11 * time.Minute))
	refused(t, a, token, core.ErrIssuer, "unknown_issuer")
}

// TestFindIssuerOutage: whatever FindIssuer does wrong is an outage.
func TestFindIssuerOutage(t *testing.T) {
	good := known(t, static(t, trusted().ed.JWK()))
	for name, find := range map[string]func(context.Context, string) (*core.Issuer, error){
		"an error":         func(context.Context, string) (*core.Issuer, error) { return nil, errBackend },
		"a panic":          func(context.Context, string) (*core.Issuer, error) { panic("nil map") },
		"another issuer":   func(context.Context, string) (*core.Issuer, error) { return good("https://other.example") },
		"a wrong issuer":   func(_ context.Context, iss string) (*core.Issuer, error) { return &core.Issuer{URL: iss}, nil },
		"error and answer": func(_ context.Context, iss string) (*core.Issuer, error) { is, _ := good(iss); return is, errBackend },
	} {
		t.Run(name, func(t *testing.T) {
			a := finding(t, find)
			refused(t, a, quick(), core.ErrUnavailable, "issuer_unavailable")
		})
	}
}

// TestFindIssuerThatHangs: nobody waits longer than 2 seconds, even for a
// FindIssuer that ignores its context.
func TestFindIssuerThatHangs(t *testing.T) {
	token := quick()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		a := finding(t, func(context.Context, string) (*core.Issuer, error) { <-release; return nil, errBackend })
		start := time.Now()
		var wait sync.WaitGroup
		for range 10 {
			wait.Go(func() {
				if _, err := a.Verify(t.Context(), token); !errors.Is(err, core.ErrUnavailable) {
					t.Errorf("got %v, want an outage", err)
				}
			})
		}
		wait.Wait()
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("waited %v, want 2s", waited)
		}
		close(release)
	})
}

// TestFindIssuerThatEndsItsGoroutine is what t.FailNow does in a test's FindIssuer.
func TestFindIssuerThatEndsItsGoroutine(t *testing.T) {
	token := quick()
	synctest.Test(t, func(t *testing.T) {
		a := finding(t, func(context.Context, string) (*core.Issuer, error) { runtime.Goexit(); return nil, nil })
		start := time.Now()
		if _, err := a.Verify(t.Context(), token); !errors.Is(err, core.ErrUnavailable) || time.Since(start) > 0 {
			t.Errorf("got %v after %v, want an outage at once", err, time.Since(start))
		}
	})
}

// TestFindIssuerFlood: issuers that strangers make up cannot make FindIssuer ask
// more than a bounded number of times, and a genuine one is found afterwards.
func TestFindIssuerFlood(t *testing.T) {
	clock := newClock()
	var questions atomic.Int64
	answer := known(t, static(t, trusted().ed.JWK()))
	a := finding(t, func(_ context.Context, iss string) (*core.Issuer, error) {
		questions.Add(1)
		if len(iss) > len("https://tenant.example") {
			return nil, nil
		}
		return answer(iss)
	}, func(c *core.Config) { c.Now = clock.now })
	for i := range 2000 {
		if i%1000 == 999 {
			clock.set(epoch.Add(time.Duration(i) * time.Millisecond))
		}
		_, err := a.Verify(t.Context(), quick("iss", fmt.Sprintf(`"https://made-up-%d.example/x"`, i)))
		if !errors.Is(err, core.ErrIssuer) && !errors.Is(err, core.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
	}
	if n := questions.Load(); n > 140 {
		t.Errorf("got %d questions for 2,000 made-up issuers in 2 s, want at most 100 and 20 a second", n)
	}
	clock.set(epoch.Add(5 * time.Second))
	accepted(t, a, quick("iss", `"https://tenant.example"`))
}

// TestTenantsShareOneKeySet: 10,000 tenants that share a source cost one fetch.
func TestTenantsShareOneKeySet(t *testing.T) {
	clock := newClock()
	issuer := benchIssuer(t, "EdDSA")
	var fetches atomic.Int64
	issuer.OnRequest(func(string) { fetches.Add(1) })
	source, err := jwks.Remote(issuer.URL()+"/.well-known/jwks.json", jwks.Options{})
	if err != nil {
		t.Fatal(err)
	}
	answer := known(t, source)
	a := finding(t, func(_ context.Context, iss string) (*core.Issuer, error) { return answer(iss) },
		func(c *core.Config) { c.Now, c.CacheSize = clock.now, -1 })
	for i := range 10_000 {
		clock.set(epoch.Add(time.Duration(i) * 50 * time.Millisecond))
		accepted(t, a, signedBy(issuer.Key("EdDSA"), payload("iss", fmt.Sprintf(`"https://tenant-%d.example"`, i), "exp", unix(hour))))
	}
	if n := fetches.Load(); n != 1 {
		t.Errorf("got %d fetches for 10,000 tenants, want 1", n)
	}
}

// TestKeyOfOneIssuer: a key that names its issuer signs for no other, as
// Microsoft demands for the key set that Entra ID's tenants share.
func TestKeyOfOneIssuer(t *testing.T) {
	for keyIssuer, accept := range map[string]bool{
		"": true, template: true, tenantURL(tenant): true,
		tenantURL("other"): false, "https://login.example/{tenantid}/": false, "https://evil.example/{tenantid}/v2.0": false,
	} {
		t.Run(keyIssuer, func(t *testing.T) {
			member := devissuer.Claims{"issuer": keyIssuer}
			if keyIssuer == "" {
				member["issuer"] = nil // absent
			}
			source := static(t, devissuer.With(trusted().ed.JWK(), member))
			a := build(t, func(c *core.Config) { c.Issuers[0].URL, c.Issuers[0].Keys = template, source })
			token := ofTenant(tenantURL(tenant), strconv.Quote(tenant))
			if accept {
				accepted(t, a, token)
			} else {
				refused(t, a, token, core.ErrUnknownKey, "unknown_key")
			}
		})
	}
}

// TestKeyOfEntra: the keys that Entra ID's tenants share name the issuer of v2.0
// tokens, and sign v1.0 tokens as well.
func TestKeyOfEntra(t *testing.T) {
	const v2, v1 = "https://login.microsoftonline.com/", "https://sts.windows.net/"
	for keyIssuer, accept := range map[string]bool{
		v2 + "{tenantid}/v2.0": true, v2 + tenant + "/v2.0": true,
		v2 + "other/v2.0": false, "https://login.microsoftonline.us/{tenantid}/v2.0": false,
		v1 + "{tenantid}/": true, v1 + "other/": false,
	} {
		t.Run(keyIssuer, func(t *testing.T) {
			source := static(t, devissuer.With(trusted().ed.JWK(), devissuer.Claims{"issuer": keyIssuer}))
			a := build(t, func(c *core.Config) { c.Issuers[0].URL, c.Issuers[0].Keys = v1+"{tenantid}/", source })
			token := ofTenant(v1+tenant+"/", strconv.Quote(tenant))
			if accept {
				accepted(t, a, token)
			} else {
				refused(t, a, token, core.ErrUnknownKey, "unknown_key")
			}
		})
	}
}

package core_test

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

// TestWrongConfig has every mistake that New finds: the error names the field
// and says what to do.
func TestWrongConfig(t *testing.T) {
	pem, err := jwks.PEM(trusted().rs.PEM())
	if err != nil {
		t.Fatal(err)
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	first := func(change func(*core.Issuer)) func(*core.Config) {
		return func(c *core.Config) { change(&c.Issuers[0]) }
	}
	origin := func(o string) func(*core.Config) {
		return func(c *core.Config) { c.TrustedOrigins = []string{"https://ok.example", o} }
	}
	extract := func(e core.Extractor) func(*core.Config) {
		return func(c *core.Config) { c.Extractors = []core.Extractor{core.FromBearer(), e} }
	}
	for _, tt := range []struct {
		name   string
		change func(*core.Config)
		field  string
		remedy string
	}{
		{"nothing", func(c *core.Config) { *c = core.Config{} }, "Issuers", "name at least one issuer"},
		{"nil verifier", func(c *core.Config) { c.TokenVerifiers = []core.TokenVerifier{nil} }, "TokenVerifiers[0]", "leave it out"},
		{"long leeway", func(c *core.Config) { c.Leeway = 5*time.Minute + 1 }, "Leeway", "set the clocks right"},
		{"negative size", func(c *core.Config) { c.MaxTokenBytes = -1 }, "MaxTokenBytes", "leave it 0"},
		{"realm with quotes", func(c *core.Config) { c.Realm = `a"b` }, "Realm", "without quotes"},
		{"realm with line feed", func(c *core.Config) { c.Realm = "a\nb" }, "Realm", "printable ASCII"},
		{"relative metadata", func(c *core.Config) { c.ResourceMetadataURL = "/.well-known/x" }, "ResourceMetadataURL", "absolute URL"},
		{"metadata with quotes", func(c *core.Config) { c.ResourceMetadataURL = `https://a.example/"x` }, "ResourceMetadataURL", "absolute URL"},
		{"metadata not ASCII", func(c *core.Config) { c.ResourceMetadataURL = "https://a.example/é" }, "ResourceMetadataURL", "absolute URL"},
		{"proxies without header", func(c *core.Config) { c.TrustedProxies = proxies }, "ForwardedHeader", "name the one header"},
		{"header without proxies", func(c *core.Config) { c.ForwardedHeader = "X-Real-IP" }, "TrustedProxies", "name the addresses"},
		{"invalid proxy", func(c *core.Config) {
			c.TrustedProxies, c.ForwardedHeader = append(proxies[:1:1], netip.Prefix{}), "Forwarded"
		}, "TrustedProxies[1]", "netip.MustParsePrefix"},
		{"mapped proxy", func(c *core.Config) {
			c.TrustedProxies, c.ForwardedHeader = []netip.Prefix{netip.MustParsePrefix("::ffff:10.0.0.0/104")}, "Forwarded"
		}, "TrustedProxies[0]", "as an IPv4 prefix"},
		{"origin with path", origin("https://a.example/"), "TrustedOrigins[1]", `no slash at its end, no capitals and no default port: write "https://a.example"`},
		{"origin without scheme", origin("a.example"), "TrustedOrigins[1]", `its scheme is missing: write "https://a.example"`},
		{"origin with default port", origin("https://a.example:443"), "TrustedOrigins[1]", `write "https://a.example"`},
		{"origin in capitals", origin("https://A.example"), "TrustedOrigins[1]", `write "https://a.example"`},
		{"origin null", origin("null"), "TrustedOrigins[1]", `such as "https://app.example.com"`},
		{"origin wildcard", origin("*"), "TrustedOrigins[1]", `such as "https://app.example.com"`},
		{"origin empty", origin(""), "TrustedOrigins[1]", "set the variable"},
		{"origin with user", origin("https://u@a.example"), "TrustedOrigins[1]", `write "https://a.example"`},
		{"public URL with path", func(c *core.Config) { c.PublicURL = "https://a.example/api" }, "PublicURL", "scheme and host"},
		{"public URL without scheme", func(c *core.Config) { c.PublicURL = "a.example" }, "PublicURL", "scheme and host"},

		{"empty extractor", extract(core.Extractor{}), "Extractors[1]", "core.FromBearer"},
		{"header without name", extract(core.FromHeader("")), "Extractors[1]", "name of a header"},
		{"header Authorization", extract(core.FromHeader("authorization")), "Extractors[1]", "core.FromBearer"},
		{"header Cookie", extract(core.FromHeader("Cookie")), "Extractors[1]", "core.FromCookie"},
		{"header Host", extract(core.FromHeader("host")), "Extractors[1]", "name of a header"},
		{"header with colon", extract(core.FromHeader("X-Token:")), "Extractors[1]", "name of a header"},
		{"bearer header Authorization", extract(core.FromBearerHeader("authorization")), "Extractors[1]", "core.FromBearer"},
		{"bearer header without name", extract(core.FromBearerHeader("")), "Extractors[1]", "name of the header"},
		{"cookie without name", extract(core.FromCookie("")), "Extractors[1]", "name of a cookie"},
		{"cookie with space", extract(core.FromCookie("a b")), "Extractors[1]", "name of a cookie"},
		{"cookie with equals sign", extract(core.FromCookie("a=b")), "Extractors[1]", "name of a cookie"},

		{"no URL", first(func(i *core.Issuer) { i.URL = "" }), "Issuers[0].URL", "exactly as its tokens have it"},
		{"issuer twice", func(c *core.Config) { c.Issuers = append(c.Issuers, c.Issuers[0]) }, "Issuers[1].URL", "one entry for each issuer"},
		{"no audience", first(func(i *core.Issuer) { i.Audiences = nil }), "Issuers[0].Audiences", "AllowAnyAudience"},
		{"empty audience", first(func(i *core.Issuer) { i.Audiences = []string{apiURL, ""} }), "Issuers[0].Audiences", "set the variable"},
		{"audience and any", first(func(i *core.Issuer) { i.AllowAnyAudience = true }), "Issuers[0].AllowAnyAudience", "keep one"},
		{"empty party", first(func(i *core.Issuer) { i.AuthorizedParties = []string{""} }), "Issuers[0].AuthorizedParties", "set the variable"},
		{"empty key source", first(func(i *core.Issuer) { i.Keys = new(jwks.Source) }), "Issuers[0].Keys", "make one with Discover"},
		{"wrapped by nothing", first(func(i *core.Issuer) { i.Keys = i.Keys.Wrap(nil) }), "Issuers[0].Keys", "needs a Lookup"},
		{"none", first(func(i *core.Issuer) { i.Algorithms = []string{"RS256", "none"} }), "Issuers[0].Algorithms[1]", "use ES256"},
		{"HMAC", first(func(i *core.Issuer) { i.Algorithms = []string{"HS256"} }), "Issuers[0].Algorithms[0]", "HMAC keys can sign"},
		{"algorithm in lower case", first(func(i *core.Issuer) { i.Algorithms = []string{"rs256"} }), "Issuers[0].Algorithms[0]", "RS256"},
		{"empty algorithm", first(func(i *core.Issuer) { i.Algorithms = []string{""} }), "Issuers[0].Algorithms[0]", "RS256"},
		{"type with parameters", first(func(i *core.Issuer) { i.Types = []string{"", "JWT; v=1"} }), "Issuers[0].Types[1]", "media type"},
		{"name and path", first(func(i *core.Issuer) { i.Claims = core.ClaimNames{Scopes: "s", ScopesPath: []string{"s"}} }), "Issuers[0].Claims.Scopes", "keep one"},
		{"empty segment", first(func(i *core.Issuer) { i.Claims = core.ClaimNames{OrganizationPath: []string{"a", ""}} }), "Issuers[0].Claims.OrganizationPath", "remove it"},
		{"PEM key without its algorithm", first(func(i *core.Issuer) { i.Keys, i.Algorithms = pem, []string{"ES256"} }), "Issuers[0].Algorithms", "exactly one algorithm"},
		{"PEM key with two algorithms", first(func(i *core.Issuer) { i.Keys, i.Algorithms = pem, []string{"RS256", "PS256"} }), "Issuers[0].Algorithms", "exactly one algorithm"},
		{"wrapped PEM key with two algorithms", first(func(i *core.Issuer) { i.Keys, i.Algorithms = pem.Wrap(pem), []string{"RS256", "PS256"} }), "Issuers[0].Algorithms", "exactly one algorithm"},
		{"discovery over http", first(func(i *core.Issuer) { i.URL, i.Keys = "http://issuer.example", nil }), "Issuers[0].URL", "jwks.Options{AllowHTTP: true}"},
		{"discovery without URL", first(func(i *core.Issuer) { i.URL, i.Keys = "issuer", nil }), "Issuers[0].URL", "not an absolute URL"},
		{"issuer of many tenants", first(func(i *core.Issuer) {
			i.URL, i.Keys = "https://login.microsoftonline.com/{tenantid}/v2.0", nil
		}), "Issuers[0].Keys", "jwks.Remote"},
		{"half a tenant", first(func(i *core.Issuer) { i.URL = "https://login.example/x{tenantid}/v2.0" }), "Issuers[0].URL", "whole path segment"},
		{"two tenants", first(func(i *core.Issuer) { i.URL = "https://login.example/{tenantid}/{tenantid}" }), "Issuers[0].URL", "once"},
		{"a logger that is nil", func(c *core.Config) { c.Observer = core.LogObserver(nil) }, "Observer", "slog.Default"},
		{"a nil pointer as revocation list", func(c *core.Config) { c.Revocations = (*revocations)(nil) }, "Revocations", "nil *core_test.revocations"},
		{"a nil pointer as verifier", func(c *core.Config) { c.TokenVerifiers = []core.TokenVerifier{(*nilVerifier)(nil)} }, "TokenVerifiers[0]", "leave it out"},
		{"a refusal without status", func(c *core.Config) {
			c.RewriteRefusal = func(context.Context, core.Refusal) core.Refusal { return core.Refusal{} }
		}, "RewriteRefusal", "status 0"},
		{"an origin of an extension", origin("chrome-extension://abc"), "TrustedOrigins[1]", "http or https"},
		{"issuer with white space", first(func(i *core.Issuer) { i.URL += " " }), "Issuers[0].URL", "white space at its end: write " + strconv.Quote(issuerURL)},
		{"audience that is a pattern", first(func(i *core.Issuer) { i.Audiences = []string{apiURL, "*"} }), "Issuers[0].Audiences[1]", "is a pattern"},
		{"party of an example", first(func(i *core.Issuer) { i.AuthorizedParties = []string{"<client id>"} }), "Issuers[0].AuthorizedParties[0]", "your own value"},
		{"claim with an empty part", first(func(i *core.Issuer) { i.Claims.Roles = "realm_access..roles" }), "Issuers[0].Claims.Roles", `write it such as "realm_access.roles"`},
		{"segment with white space", first(func(i *core.Issuer) { i.Claims.ScopesPath = []string{"a", " b"} }), "Issuers[0].Claims.ScopesPath[1]", `write "b"`},
		{"role key in quotes", first(func(i *core.Issuer) { i.Claims.RoleKey = `"key"` }), "Issuers[0].Claims.RoleKey", `write "key"`},
		{"two shapes of roles", first(func(i *core.Issuer) { i.Claims = core.ClaimNames{RoleNames: true, RoleKey: "key"} }), "Issuers[0].Claims.RoleNames", "contradicts"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(t)
			tt.change(&cfg)
			a, err := core.New(cfg)
			if err == nil || a != nil {
				t.Fatalf("got %v, %v, want no Authenticator and an error", a, err)
			}
			text := err.Error()
			if !strings.HasPrefix(text, "authkeel: Config."+tt.field+" ") || !strings.Contains(text, tt.remedy) {
				t.Errorf("got %q, want it to name %q and say %q", text, tt.field, tt.remedy)
			}
		})
	}
}

func TestRightConfig(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*core.Config)
	}{
		{"limits", func(c *core.Config) { c.Leeway, c.MaxTokenBytes, c.CacheSize = 5*time.Minute, 1<<20, 1 }},
		{"all algorithms", func(c *core.Config) {
			c.Issuers[0].Algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
		}},
		{"realm", func(c *core.Config) { c.Realm = "my API (v2), 100 %" }},
		{"metadata", func(c *core.Config) {
			c.ResourceMetadataURL = "https://a.example/.well-known/oauth-protected-resource?x=1"
		}},
		{"origins", func(c *core.Config) {
			c.TrustedOrigins = []string{"https://a.example", "http://localhost:3000", "https://[::1]:8443", "http://a.example:443"}
			c.PublicURL = "https://a.example/"
		}},
		{"names", func(c *core.Config) {
			c.Issuers[0].Claims = core.ClaimNames{Roles: "https://a.example/roles", ScopesPath: []string{"a.b", "c"}}
		}},
		{"issuer that is no URL", func(c *core.Config) { c.Issuers[0].URL = "accounts.example" }},
		{"opaque tokens alone", func(c *core.Config) {
			c.Issuers, c.TokenVerifiers = nil, []core.TokenVerifier{verifier(func(context.Context, string) (*core.Identity, error) { return nil, core.ErrOtherToken })}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(t)
			tt.change(&cfg)
			if _, err := core.New(cfg); err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestConfigIsCopied changes what the caller still holds after New.
func TestConfigIsCopied(t *testing.T) {
	cfg := config(t)
	cfg.Issuers[0].AuthorizedParties = []string{"web"}
	cfg.Issuers[0].Algorithms = []string{"EdDSA"}
	cfg.Issuers[0].Types = []string{"JWT"}
	cfg.Issuers[0].Claims.RolesPath = []string{"r"}
	cfg.TrustedOrigins = []string{"https://a.example"}
	cfg.Extractors = []core.Extractor{core.FromBearer()}
	a, err := core.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]string{cfg.Issuers[0].Audiences, cfg.Issuers[0].AuthorizedParties, cfg.Issuers[0].Algorithms,
		cfg.Issuers[0].Types, cfg.Issuers[0].Claims.RolesPath, cfg.TrustedOrigins} {
		list[0] = "changed"
	}
	cfg.Extractors[0], cfg.Issuers[0] = core.FromHeader("X-Token"), core.Issuer{}
	id := accepted(t, a, quick("azp", `"web"`, "r", `"admin"`))
	equal(t, "roles", id.Roles(), []string{"admin"})
}

func TestForIssuer(t *testing.T) {
	issuer := benchIssuer(t, "ES256")
	a, err := core.ForIssuer(issuer.URL(), "unused", issuer.Audience())
	if err != nil {
		t.Fatal(err)
	}
	if got := issuer.Counts(); got.JWKS != 0 || got.Metadata != 0 {
		t.Errorf("got requests %+v before the first token, want none", got)
	}
	if got := accepted(t, a, issuer.Token(nil)).Subject(); got != "user_1" {
		t.Errorf("got subject %q", got)
	}
	if !a.Health().Ready {
		t.Error("got not ready after a token was accepted")
	}
	refused(t, a, issuer.Token(devissuer.Claims{"aud": "other"}), core.ErrAudience, "wrong_audience")

	for _, tt := range []struct{ url, audience, field string }{
		{"", "a", "authkeel: ForIssuer: url is empty"},
		{"https://issuer.example", "", "authkeel: ForIssuer: audience"},
		{"http://issuer.example", "a", `authkeel: ForIssuer: url "http://issuer.example"`},
	} {
		if _, err := core.ForIssuer(tt.url, tt.audience); err == nil || !strings.Contains(err.Error(), tt.field) {
			t.Errorf("ForIssuer(%q, %q): got %v, want %q in it", tt.url, tt.audience, err, tt.field)
		}
	}
	if _, err := core.ForIssuer("https://issuer.invalid", "a"); err != nil { // nobody answers there, and nobody is asked
		t.Errorf("got %v for an issuer that does not answer", err)
	}
}

func TestReady(t *testing.T) {
	issuer := benchIssuer(t, "ES256")
	fresh := func() *core.Authenticator {
		a, err := core.ForIssuer(issuer.URL(), issuer.Audience())
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if err := fresh().WaitReady(t.Context()); err != nil {
		t.Errorf("WaitReady: got %v", err)
	}
	issuer.SetFault(devissuer.Fail(500))
	a := fresh()
	err := a.Ready(t.Context())
	isRefusal(t, nil, err, core.ErrUnavailable, "keys_unavailable")
	if text := err.Error(); !strings.Contains(text, issuer.URL()) || !strings.Contains(text, "status 500") {
		t.Errorf("got %q, want the issuer and what it did", text)
	}
	// An issuer for all tenants is one of them.
	template := build(t, func(c *core.Config) {
		keys, err := jwks.Remote(issuer.URL()+"/jwks.json", jwks.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c.Issuers = []core.Issuer{{URL: "https://login.example/{tenantid}/v2.0", AllowAnyAudience: true, Keys: keys}}
	})
	if err := template.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "{tenantid}") || template.Health().Ready {
		t.Errorf("got %v and %+v for a template without keys", err, template.Health())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.WaitReady(ctx); err == nil {
		t.Error("WaitReady: got no error from an issuer that fails")
	}
	if err := build(t).WaitReady(t.Context()); err != nil {
		t.Errorf("WaitReady of a static set: got %v", err)
	}
	own := build(t, func(c *core.Config) { // a source that is wrapped is asked like any other
		c.Issuers[0].Keys = newFlakySource(t).Source
		c.Issuers = append(c.Issuers, core.Issuer{URL: "https://a.example", AllowAnyAudience: true, Keys: c.Issuers[0].Keys})
	})
	if one, two := own.Ready(t.Context()), own.WaitReady(t.Context()); one != nil || two != nil {
		t.Errorf("got %v, %v", one, two)
	}
	if h := own.Health(); !h.Ready || len(h.Issuers) != 2 || h.Issuers[0].URL != "https://a.example" || h.Issuers[1].Keys.Keys != 1 {
		t.Errorf("got %+v, want both issuers in order", h)
	}
}

// verifier is a TokenVerifier that is one function.
type verifier func(context.Context, string) (*core.Identity, error)

func (f verifier) VerifyToken(ctx context.Context, token string) (*core.Identity, error) {
	return f(ctx, token)
}

type nilVerifier struct{}

func (*nilVerifier) VerifyToken(context.Context, string) (*core.Identity, error) {
	return nil, core.ErrOtherToken
}

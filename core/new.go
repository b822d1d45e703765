package core

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authkeel/authkeel/core/jwks"
)

// issuer is an Issuer made ready.
type issuer struct {
	Issuer
	algorithms []allowed
	types      []string // without application/
	paths      rightsPaths
	rights     rightsFunc
	hasAt      func(*jwks.Key, time.Time) bool                                           // Keys.Has, with our reading of the clock
	refetch    func(ctx context.Context, kid, alg string, tried []*jwks.Key) []*jwks.Key // nil: none; see jwks.Options.AllowKeyReuse
}

// allowed is an algorithm that an issuer may use.
type allowed struct {
	name   string
	method jwt.SigningMethod
}

// New checks the whole configuration and returns an Authenticator, or an error
// that names the wrong field and what to do about it. It needs no network: keys
// are fetched when the first token comes; see [Authenticator.WaitReady].
func New(cfg Config) (*Authenticator, error) {
	a := &Authenticator{
		cfg: cfg, now: cfg.Now,
		issuers: make(map[string]*issuer, len(cfg.Issuers)), algorithms: make(map[string]bool),
		seen: seenHeaders{seed: maphash.MakeSeed()},
	}
	if a.now == nil {
		a.now = time.Now
	}
	a.cfg.TokenVerifiers, a.cfg.TrustedProxies = slices.Clone(cfg.TokenVerifiers), slices.Clone(cfg.TrustedProxies)
	if len(cfg.Issuers) == 0 && len(cfg.TokenVerifiers) == 0 {
		return nil, wrong("Issuers", "is empty: name at least one issuer to trust (core.ForIssuer does it for one)")
	}
	for i, verifier := range cfg.TokenVerifiers {
		if verifier == nil {
			return nil, wrong(fmt.Sprintf("TokenVerifiers[%d]", i), "is nil: leave it out")
		}
	}
	for _, set := range []func() error{a.setLimits, a.setExtractors, a.setOrigins, a.setChallenge, a.setProxies} {
		if err := set(); err != nil {
			return nil, err
		}
	}
	for i, c := range cfg.Issuers {
		field := fmt.Sprintf("Issuers[%d]", i)
		is, err := a.newIssuer(field, c)
		if err != nil {
			return nil, err
		}
		if a.issuers[is.URL] != nil {
			return nil, wrong(field+".URL", "%q is named twice: one entry for each issuer", is.URL)
		}
		a.issuers[is.URL] = is
		for _, alg := range is.algorithms {
			a.algorithms[alg.name] = true
		}
	}
	a.anonymous = &Identity{auth: a, anonymous: true}
	a.observeKeys()
	return a, nil
}

func wrong(field, format string, args ...any) error {
	return fmt.Errorf("authkeel: Config.%s %s", field, fmt.Sprintf(format, args...))
}

func (a *Authenticator) setLimits() error {
	cfg := &a.cfg
	switch {
	case cfg.Leeway == 0:
		a.leeway = defaultLeeway
	case cfg.Leeway > maxLeeway:
		return wrong("Leeway", "is %v, at most %v: set the clocks right instead", cfg.Leeway, maxLeeway)
	default:
		a.leeway = max(cfg.Leeway, 0)
	}
	switch {
	case cfg.MaxTokenBytes == 0:
		a.maxTokenBytes = defaultMaxTokenBytes
	case cfg.MaxTokenBytes < 0:
		return wrong("MaxTokenBytes", "is negative: leave it 0 for %d", defaultMaxTokenBytes)
	default:
		a.maxTokenBytes = cfg.MaxTokenBytes
	}
	switch {
	case cfg.CacheSize == 0:
		a.cache = newCache(DefaultCacheSize)
	case cfg.CacheSize > 0:
		a.cache = newCache(cfg.CacheSize)
	}
	return nil
}

func (a *Authenticator) setExtractors() error {
	a.extractors = slices.Clone(a.cfg.Extractors)
	if len(a.extractors) == 0 {
		a.extractors = []Extractor{FromBearer()}
	}
	for i, e := range a.extractors {
		field := fmt.Sprintf("Extractors[%d]", i)
		if e.err != nil {
			return wrong(field, "cannot be used: %v", e.err)
		}
		if e.find == nil {
			return wrong(field, "is empty: make extractors with core.FromBearer and its like")
		}
		a.readsBearer = a.readsBearer || e.bearer
		if e.cookie {
			a.vary = [][2]string{{"Vary", "Cookie"}}
		}
	}
	return nil
}

func (a *Authenticator) setOrigins() error {
	a.trustedOrigins = make(map[string]bool, len(a.cfg.TrustedOrigins))
	for i, o := range a.cfg.TrustedOrigins {
		if !isOrigin(o) {
			return wrong(fmt.Sprintf("TrustedOrigins[%d]", i), "%q is not an origin: write it as a browser does, like https://app.example.com, without path or trailing slash", o)
		}
		a.trustedOrigins[o] = true
	}
	if p := strings.TrimSuffix(a.cfg.PublicURL, "/"); p != "" {
		if !isOrigin(p) {
			return wrong("PublicURL", "%q is not scheme and host, like https://api.example.com", a.cfg.PublicURL)
		}
		a.publicOrigin = p
	}
	return nil
}

// isOrigin reports whether s is an http(s) origin in the one spelling that
// browsers send (RFC 6454 section 6.1).
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" &&
		s == u.Scheme+"://"+strings.ToLower(u.Host) &&
		!(u.Scheme == "https" && u.Port() == "443") && !(u.Scheme == "http" && u.Port() == "80")
}

func (a *Authenticator) setChallenge() error {
	if strings.ContainsFunc(a.cfg.Realm, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
		return wrong("Realm", "may hold printable ASCII without quotes and backslashes alone")
	}
	if a.cfg.Realm != "" {
		a.challengeStart = append(a.challengeStart, `realm="`+a.cfg.Realm+`"`)
	}
	if m := a.cfg.ResourceMetadataURL; m != "" {
		u, err := url.Parse(m)
		if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || strings.ContainsFunc(m, notInScope) {
			return wrong("ResourceMetadataURL", "%q is not an absolute URL in ASCII, like https://api.example.com/.well-known/oauth-protected-resource", m)
		}
		a.challengeStart = append(a.challengeStart, `resource_metadata="`+m+`"`)
	}
	return nil
}

func (a *Authenticator) setProxies() error {
	a.forwardedHeader = canonical(a.cfg.ForwardedHeader)
	switch {
	case len(a.cfg.TrustedProxies) > 0 && a.cfg.ForwardedHeader == "":
		return wrong("ForwardedHeader", "is empty: name the one header that your proxies set, like X-Forwarded-For")
	case len(a.cfg.TrustedProxies) == 0 && a.cfg.ForwardedHeader != "":
		return wrong("TrustedProxies", "is empty: name the addresses of the proxies that set %s, or anyone can", a.cfg.ForwardedHeader)
	}
	for i, p := range a.cfg.TrustedProxies {
		if !p.IsValid() {
			return wrong(fmt.Sprintf("TrustedProxies[%d]", i), "is not valid: use netip.MustParsePrefix")
		}
		if p.Addr().Is4In6() {
			return wrong(fmt.Sprintf("TrustedProxies[%d]", i), "%v would never match: write it as an IPv4 prefix", p)
		}
	}
	return nil
}

func (a *Authenticator) newIssuer(field string, c Issuer) (*issuer, error) {
	is := &issuer{Issuer: c, paths: c.Claims.paths(), rights: c.LookupRights}
	is.Audiences, is.AuthorizedParties = slices.Clone(c.Audiences), slices.Clone(c.AuthorizedParties)
	switch {
	case c.URL == "":
		return nil, wrong(field+".URL", "is empty: write the issuer exactly as its tokens have it in `iss`")
	case len(c.Audiences) == 0 && !c.AllowAnyAudience:
		return nil, wrong(field+".Audiences", "is empty: name this API as its tokens have it in `aud`, or set AllowAnyAudience to accept tokens made for other services")
	case len(c.Audiences) > 0 && c.AllowAnyAudience:
		return nil, wrong(field+".AllowAnyAudience", "contradicts Audiences: keep one of them")
	case slices.Contains(c.Audiences, ""):
		return nil, wrong(field+".Audiences", "has an empty entry: remove it, or set the variable it comes from")
	case slices.Contains(c.AuthorizedParties, ""):
		return nil, wrong(field+".AuthorizedParties", "has an empty entry: remove it, or set the variable it comes from")
	}
	if err := c.Claims.check(field + ".Claims"); err != nil {
		return nil, err
	}
	for _, set := range []func(string) error{is.setAlgorithms, is.setTypes, func(field string) error { return is.setKeys(field, a) }} {
		if err := set(field); err != nil {
			return nil, err
		}
	}
	return is, nil
}

func (is *issuer) setAlgorithms(field string) error {
	names := is.Issuer.Algorithms
	if len(names) == 0 {
		names = []string{"RS256", "ES256", "EdDSA"}
	}
	for i, name := range names {
		method := algorithms[name]
		if method == nil {
			remedy := "use " + strings.Join(slices.Sorted(maps.Keys(algorithms)), ", ")
			if strings.HasPrefix(strings.ToUpper(name), "HS") {
				remedy = "HMAC keys can sign as well as verify, so they are not supported; " + remedy
			}
			return wrong(fmt.Sprintf("%s.Algorithms[%d]", field, i), "%q cannot be allowed: %s", name, remedy)
		}
		is.algorithms = append(is.algorithms, allowed{name, method})
	}
	return nil
}

func (is *issuer) setTypes(field string) error {
	is.types = []string{"", "JWT", "at+jwt"}
	if len(is.Types) > 0 {
		is.types = nil
		for i, t := range is.Types {
			if strings.ContainsAny(t, " \t,;") {
				return wrong(fmt.Sprintf("%s.Types[%d]", field, i), "%q is not a media type", t)
			}
			is.types = append(is.types, typeName(t))
		}
	}
	return nil
}

// setKeys finds where the issuer's keys come from.
func (is *issuer) setKeys(field string, a *Authenticator) error {
	if is.Keys == nil {
		source, err := jwks.Discover(is.URL, jwks.Options{Now: a.cfg.Now})
		if err != nil {
			return wrong(field+".URL", "cannot be used for discovery: %v; or set Keys", err)
		}
		is.Keys = source
	}
	is.hasAt = func(k *jwks.Key, _ time.Time) bool { return is.Keys.Has(k) }
	// With one clock on both sides a cache hit reads it once.
	if s, ok := is.Keys.(interface {
		HasAt(*jwks.Key, time.Time) bool
	}); ok && a.cfg.Now == nil {
		is.hasAt = s.HasAt
	}
	if s, ok := is.Keys.(interface {
		Refetch(ctx context.Context, kid, alg string, tried []*jwks.Key) []*jwks.Key
	}); ok {
		is.refetch = s.Refetch
	}
	if s, ok := is.Keys.(interface{ Key() *jwks.Key }); ok {
		return is.pinAlgorithm(field, s.Key())
	}
	return nil
}

// pinAlgorithm leaves a lone key, which says nothing of its use, one algorithm.
func (is *issuer) pinAlgorithm(field string, key *jwks.Key) error {
	var fitting []allowed
	var names []string
	for _, alg := range is.algorithms {
		if key.Fits(alg.name) {
			fitting, names = append(fitting, alg), append(names, alg.name)
		}
	}
	if len(fitting) != 1 {
		return wrong(field+".Algorithms", "must leave the key in Keys exactly one algorithm that fits its type, but leaves %d %v: name the one that the issuer signs with", len(fitting), names)
	}
	is.algorithms = fitting
	return nil
}

package core

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/internal/jws"
	"github.com/authkeel/authkeel/core/settings"
)

// New checks the whole configuration and returns an Authenticator, or an error
// that names the wrong field and what to do about it, a [*ConfigError]. It needs no
// network: keys are fetched when the first token comes; see [Authenticator.WaitReady].
func New(cfg Config) (*Authenticator, error) {
	if err := cfg.missingVariables(); err != nil {
		return nil, err
	}
	a, err := newAuthenticator(cfg)
	if cfg.fromEnv {
		err = renamed(err, variables)
	}
	return a, err
}

func newAuthenticator(cfg Config) (*Authenticator, error) {
	a := &Authenticator{
		cfg: cfg, now: cfg.Now,
		issuers: make(map[string]*issuer, len(cfg.Issuers)), algorithms: make(map[string]bool),
		headers: jws.NewHeaderCache(), hinted: new(sync.Map), proxyHints: new(proxyHints), anonymous: &Identity{anonymous: true},
	}
	if a.now == nil {
		a.now = time.Now
	}
	a.cfg.TokenVerifiers, a.cfg.TrustedProxies = slices.Clone(cfg.TokenVerifiers), slices.Clone(cfg.TrustedProxies)
	if cfg.FindIssuer != nil {
		a.finder = newIssuerFinder(a)
	}
	if len(cfg.Issuers) == 0 && len(cfg.TokenVerifiers) == 0 && cfg.FindIssuer == nil {
		return nil, configError("Issuers", "is empty: name at least one issuer to trust (core.ForIssuer does it for one)")
	}
	for _, set := range []func() error{a.checkHooks, a.setLimits, a.setExtractors, a.setOrigins, a.setChallenge, a.setProxies} {
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
		if a.issuers[is.URL] != nil || slices.ContainsFunc(a.templates, func(t *issuer) bool { return t.URL == is.URL }) {
			return nil, configError(field+".URL", "%q is named twice: one entry for each issuer", is.URL)
		}
		a.add(is)
	}
	a.describeExpected()
	if a.observer = cfg.Observer; a.observer == nil {
		a.observer = newRefusalLog(a.now)
	}
	a.onlyRefusals = cfg.Observer == nil || cfg.Observer == Silent
	if err := a.tryRewrite(); err != nil {
		return nil, err
	}
	if cfg.Revocations != nil {
		a.watches = newWatches(cfg.Revocations)
	}
	a.observeKeys()
	return a, nil
}

// checkHooks finds hooks that would panic at the first request.
func (a *Authenticator) checkHooks() error {
	for i, verifier := range a.cfg.TokenVerifiers {
		if isNil(verifier) {
			return configError(fmt.Sprintf("TokenVerifiers[%d]", i), "is nil: leave it out")
		}
	}
	if o, ok := a.cfg.Observer.(logObserver); ok && o.log == nil {
		return configError("Observer", "is core.LogObserver(nil): give it a logger, like slog.Default()")
	}
	for _, hook := range []struct {
		field string
		value any
	}{{"Revocations", a.cfg.Revocations}, {"FailureLimit", a.cfg.FailureLimit}, {"Observer", a.cfg.Observer}} {
		if hook.value != nil && isNil(hook.value) {
			return configError(hook.field, "holds a nil %T: leave the field out, or set the value it comes from", hook.value)
		}
	}
	return nil
}

// isNil reports whether v is nil or an interface that holds a nil pointer.
func isNil(v any) bool {
	r := reflect.ValueOf(v)
	return !r.IsValid() || r.Kind() == reflect.Pointer && r.IsNil()
}

// tryRewrite finds a RewriteRefusal whose result no server could send.
func (a *Authenticator) tryRewrite() error {
	if a.cfg.RewriteRefusal == nil {
		return nil
	}
	for _, err := range []*Error{errNoToken, errTwoCredentials, errSignature, errCrossSite, errNoAuthentication,
		{Reason: "denied", class: ErrDenied}, {Reason: "too_many_failures", class: ErrRateLimited}, unavailable("keys_unavailable", nil)} {
		original := Refusal{Status: err.public().status, Body: Body{Error: err.public().code, Description: err.public().description}, Err: err}
		if r := a.cfg.RewriteRefusal(context.Background(), original); !validStatus(r.Status) {
			return configError("RewriteRefusal", "answers %q with status %d: change the Refusal that it is given and return it; a status is between 200 and 599", original.Body.Error, r.Status)
		}
	}
	return nil
}

func (a *Authenticator) setLimits() error {
	cfg := &a.cfg
	switch {
	case cfg.Leeway == 0:
		a.leeway = defaultLeeway
	case cfg.Leeway > maxLeeway:
		return configError("Leeway", "is %v, at most %v: set the clocks right instead", cfg.Leeway, maxLeeway)
	default:
		a.leeway = max(cfg.Leeway, 0)
	}
	switch {
	case cfg.MaxTokenBytes == 0:
		a.maxTokenBytes = defaultMaxTokenBytes
	case cfg.MaxTokenBytes < 0:
		return configError("MaxTokenBytes", "is negative: leave it 0 for %d", defaultMaxTokenBytes)
	default:
		a.maxTokenBytes = cfg.MaxTokenBytes
	}
	switch {
	case cfg.CacheSize == 0:
		a.cache = newCache(defaultCacheSize)
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
			return configError(field, "cannot be used: %v", e.err)
		}
		if e.find == nil {
			return configError(field, "is empty: make extractors with core.FromBearer and its like")
		}
		a.readsAuthorization = a.readsAuthorization || e.authorization
		if e.cookie {
			a.vary = [][2]string{{"Vary", "Cookie"}}
		}
	}
	return nil
}

func (a *Authenticator) setOrigins() error {
	a.trustedOrigins = make(map[string]bool, len(a.cfg.TrustedOrigins))
	for i, o := range a.cfg.TrustedOrigins {
		if err := settings.WebOrigin(o); err != nil {
			return configError(fmt.Sprintf("TrustedOrigins[%d]", i), "%w", err)
		}
		a.trustedOrigins[o] = true
	}
	if p := strings.TrimSuffix(a.cfg.PublicURL, "/"); p != "" {
		if err := settings.WebOrigin(p); err != nil {
			return configError("PublicURL", "must be scheme and host: %w", err)
		}
		a.publicOrigin = p
	}
	return nil
}

func (a *Authenticator) setChallenge() error {
	if strings.ContainsFunc(a.cfg.Realm, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
		return configError("Realm", "may hold printable ASCII without quotes and backslashes alone")
	}
	if a.cfg.Realm != "" {
		a.challengeStart = append(a.challengeStart, `realm="`+a.cfg.Realm+`"`)
	}
	if m := a.cfg.ResourceMetadataURL; m != "" {
		u, err := url.Parse(m)
		if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || strings.ContainsFunc(m, notInScope) {
			return configError("ResourceMetadataURL", "%q is not an absolute URL in ASCII, like https://api.example.com/.well-known/oauth-protected-resource", m)
		}
		a.challengeStart = append(a.challengeStart, `resource_metadata="`+m+`"`)
	}
	return nil
}

func (a *Authenticator) setProxies() error {
	a.forwardedHeader = canonical(a.cfg.ForwardedHeader)
	switch {
	case len(a.cfg.TrustedProxies) > 0 && a.cfg.ForwardedHeader == "":
		return configError("ForwardedHeader", "is empty: name the one header that your proxies set, like X-Forwarded-For")
	case a.cfg.TrustUnixSocket && a.cfg.ForwardedHeader == "":
		return configError("ForwardedHeader", "is empty with TrustUnixSocket: name the one header that the proxy behind the socket sets, like X-Forwarded-For")
	case len(a.cfg.TrustedProxies) == 0 && !a.cfg.TrustUnixSocket && a.cfg.ForwardedHeader != "":
		return configError("TrustedProxies", "is empty: name the addresses of the proxies that set %s, or anyone can", a.cfg.ForwardedHeader)
	}
	for i, p := range a.cfg.TrustedProxies {
		if !p.IsValid() {
			return configError(fmt.Sprintf("TrustedProxies[%d]", i), "is not valid: use netip.MustParsePrefix")
		}
		if p.Addr().Is4In6() {
			return configError(fmt.Sprintf("TrustedProxies[%d]", i), "%v would never match: write it as an IPv4 prefix", p)
		}
	}
	return nil
}

package core

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/internal/jws"
	"github.com/authkeel/authkeel/core/jwks"
	"github.com/authkeel/authkeel/core/settings"
)

// issuer is an Issuer made ready.
type issuer struct {
	Issuer
	algorithms    []allowed
	byKey         bool     // Algorithms is empty: the key decides
	types         []string // without application/
	paths         claimPaths
	before, after string    // of {tenantid} in URL; both "": none
	until         time.Time // when to ask FindIssuer again; zero: never
	sameClock     bool      // as the source of keys: the wall clock

	expectedAlgorithms, expectedTypes string // for refusals
}

// allowed is an algorithm that an issuer may use.
type allowed struct {
	name   string
	method jws.Method
}

// current reports whether the issuer is still trusted, as far as is known.
func (is *issuer) current(now time.Time) bool { return is.until.IsZero() || now.Before(is.until) }

// allows reports whether the key may verify tokens of the algorithm, which is one
// of the issuer's. An RSA key that names no algorithm could verify six; by
// default it is for RS256 alone.
func (is *issuer) allows(key *jwks.Key, alg string) bool {
	if is.byKey && key.Algorithm() == "" && alg != "RS256" && key.Fits("RS256") {
		return false
	}
	return key.Fits(alg)
}

// algorithmNames lists the allowed algorithms, for messages.
func (is *issuer) algorithmNames() []string {
	names := make([]string, len(is.algorithms))
	for i, alg := range is.algorithms {
		names[i] = alg.name
	}
	return names
}

// method returns the issuer's algorithm of that name, or nil.
func (is *issuer) method(alg string) jws.Method {
	for i := range is.algorithms {
		if is.algorithms[i].name == alg {
			return is.algorithms[i].method
		}
	}
	return nil
}

// acceptsType compares `typ`: media types have no case, and RFC 7515 section
// 4.1.9 lets "application/" be left out. An empty `typ` is not an absent one.
func (is *issuer) acceptsType(h *jws.Header) bool {
	if h.HasType && h.Type == "" {
		return false
	}
	typ := jws.MediaType(h.Type)
	return slices.ContainsFunc(is.types, func(t string) bool {
		return len(t) == len(typ) && strings.EqualFold(t, typ) // of equal length: no other alphabet
	})
}

// hasKey reports whether the issuer still publishes the key. With one clock on
// both sides a cache hit reads it once.
func (is *issuer) hasKey(key *jwks.Key, now time.Time) bool {
	if is.sameClock {
		return is.Keys.HasAt(key, now)
	}
	return is.Keys.Has(key)
}

func (a *Authenticator) newIssuer(field string, c Issuer) (*issuer, error) {
	is := &issuer{Issuer: c, paths: c.Claims.paths()}
	is.Audiences, is.AuthorizedParties = slices.Clone(c.Audiences), slices.Clone(c.AuthorizedParties)
	switch {
	case c.URL == "":
		return nil, configError(field+".URL", "is empty: write the issuer exactly as its tokens have it in `iss`")
	case len(c.Audiences) == 0 && !c.AllowAnyAudience:
		return nil, configError(field+".Audiences", "is empty: name this API as its tokens have it in `aud`, or set AllowAnyAudience to accept tokens made for other services")
	case len(c.Audiences) > 0 && c.AllowAnyAudience:
		return nil, configError(field+".AllowAnyAudience", "contradicts Audiences: keep one of them")
	case slices.Contains(c.Audiences, ""):
		return nil, configError(field+".Audiences", "has an empty entry: remove it, or set the variable it comes from")
	case slices.Contains(c.AuthorizedParties, ""):
		return nil, configError(field+".AuthorizedParties", "has an empty entry: remove it, or set the variable it comes from")
	}
	if err := c.checkSpelling(field); err != nil {
		return nil, err
	}
	if err := is.setTemplate(field); err != nil {
		return nil, err
	}
	for _, set := range []func(string) error{is.setAlgorithms, is.setTypes, func(field string) error { return is.setKeys(field, a) }} {
		if err := set(field); err != nil {
			return nil, err
		}
	}
	is.expectedAlgorithms, is.expectedTypes = oneOf(is.algorithmNames()), oneOf(is.types)
	return is, nil
}

// checkSpelling finds values that no token can have.
func (c *Issuer) checkSpelling(field string) error {
	switch err := c.checkURL(); {
	case errors.Is(err, settings.ErrPlainHTTP):
		return configError(field+".URL", "%w; for a network that you trust, core.New accepts keys that come over http: "+
			"Issuer{URL: url, Keys: keys, …} with keys, err := jwks.Discover(url, jwks.Options{AllowHTTP: true})", err)
	case err != nil:
		return configError(field+".URL", "%w", err)
	}
	for i, audience := range c.Audiences {
		if err := settings.Audience(audience); err != nil {
			return configError(fmt.Sprintf("%s.Audiences[%d]", field, i), "%w", err)
		}
	}
	for i, party := range c.AuthorizedParties {
		if err := settings.Client(party); err != nil {
			return configError(fmt.Sprintf("%s.AuthorizedParties[%d]", field, i), "%w", err)
		}
	}
	return c.Claims.check(field + ".Claims")
}

// checkURL checks the issuer: an address, where its keys are to be found there.
func (c *Issuer) checkURL() error {
	if c.Keys != nil || strings.Contains(c.URL, tenantID) {
		return settings.IssuerName(c.URL)
	}
	return settings.Issuer(c.URL, false)
}

func (is *issuer) setAlgorithms(field string) error {
	names := is.Issuer.Algorithms
	if is.byKey = len(names) == 0; is.byKey {
		names = slices.Sorted(maps.Keys(jws.Algorithms))
	}
	for i, name := range names {
		method := jws.Algorithms[name]
		if method == nil {
			remedy := "use " + strings.Join(slices.Sorted(maps.Keys(jws.Algorithms)), ", ")
			if strings.HasPrefix(strings.ToUpper(name), "HS") {
				remedy = "HMAC keys can sign as well as verify, so they are not supported; " + remedy
			}
			return configError(fmt.Sprintf("%s.Algorithms[%d]", field, i), "%q cannot be allowed: %s", name, remedy)
		}
		// RFC 9864 gives EdDSA with an Ed25519 key a name of its own.
		for _, alias := range aliases(name) {
			if is.method(alias) == nil {
				is.algorithms = append(is.algorithms, allowed{alias, method})
			}
		}
	}
	return nil
}

func aliases(alg string) []string {
	if alg == "EdDSA" || alg == "Ed25519" {
		return []string{"EdDSA", "Ed25519"}
	}
	return []string{alg}
}

func (is *issuer) setTypes(field string) error {
	is.types = []string{"", "JWT", "at+jwt"}
	if len(is.Types) > 0 {
		is.types = nil
		for i, t := range is.Types {
			if strings.ContainsAny(t, " \t,;") {
				return configError(fmt.Sprintf("%s.Types[%d]", field, i), "%q is not a media type", t)
			}
			is.types = append(is.types, jws.MediaType(t))
		}
	}
	return nil
}

// setKeys finds where the issuer's keys come from.
func (is *issuer) setKeys(field string, a *Authenticator) error {
	if is.Keys == nil {
		source, err := jwks.Discover(is.URL, jwks.Options{Now: a.cfg.Now})
		if err != nil {
			return configError(field+".URL", "cannot be used for discovery: %w", err)
		}
		is.Keys = source
	}
	if err := is.Keys.Validate(); err != nil {
		return configError(field+".Keys", "cannot be used: %v", err)
	}
	is.sameClock = a.cfg.Now == nil
	if key := is.Keys.SoleKey(); key != nil {
		return is.pinAlgorithm(field, key)
	}
	return nil
}

// pinAlgorithm leaves a lone key, which says nothing of its use, one algorithm.
func (is *issuer) pinAlgorithm(field string, key *jwks.Key) error {
	var fitting []allowed
	for _, alg := range is.algorithms {
		if is.allows(key, alg.name) {
			fitting = append(fitting, alg)
		}
	}
	is.algorithms = fitting
	if names := is.algorithmNames(); len(names) != 1 && !slices.Equal(names, aliases("EdDSA")) {
		return configError(field+".Algorithms", "must leave the key in Keys exactly one algorithm that fits its type, but leaves %d %v: name the one that the issuer signs with", len(names), names)
	}
	return nil
}

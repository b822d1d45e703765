package core

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/internal/jws"
	"github.com/authkeel/authkeel/core/jwks"
)

// issuer is an Issuer made ready.
type issuer struct {
	Issuer
	algorithms []allowed
	types      []string // without application/
	paths      rightsPaths
	sameClock  bool // as the source of keys: the wall clock
}

// allowed is an algorithm that an issuer may use.
type allowed struct {
	name   string
	method jws.Method
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
		method := jws.Algorithms[name]
		if method == nil {
			remedy := "use " + strings.Join(slices.Sorted(maps.Keys(jws.Algorithms)), ", ")
			if strings.HasPrefix(strings.ToUpper(name), "HS") {
				remedy = "HMAC keys can sign as well as verify, so they are not supported; " + remedy
			}
			return configError(fmt.Sprintf("%s.Algorithms[%d]", field, i), "%q cannot be allowed: %s", name, remedy)
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
			return configError(field+".URL", "cannot be used for discovery: %v; or set Keys", err)
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
	var names []string
	for _, alg := range is.algorithms {
		if key.Fits(alg.name) {
			fitting, names = append(fitting, alg), append(names, alg.name)
		}
	}
	if len(fitting) != 1 {
		return configError(field+".Algorithms", "must leave the key in Keys exactly one algorithm that fits its type, but leaves %d %v: name the one that the issuer signs with", len(fitting), names)
	}
	is.algorithms = fitting
	return nil
}

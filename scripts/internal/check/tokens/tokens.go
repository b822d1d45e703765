// Package tokens makes the tokens of a check: valid ones, and those that a server must
// reject.
package tokens

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
	"github.com/authkeel/authkeel/scripts/internal/unverified"
)

// Source makes tokens with the keys of an issuer, or from tokens that the user gave.
type Source struct {
	issuer        *localissuer.Issuer // nil: only the given tokens
	member, admin localissuer.Person
	adminClaims   devissuer.Claims
	party         string // `azp` of OIDC tokens; may be empty

	given, givenAdmin string
}

// Options are the flags that change the tokens.
type Options struct {
	Audience    string           // OIDC only
	Party       string           // azp
	AdminClaims devissuer.Claims // replace those of the admin's token
}

// New starts an issuer for the run. The caller has to close the source.
func New(provider string, o Options) (*Source, error) {
	s := &Source{adminClaims: o.AdminClaims, party: o.Party}
	s.member = localissuer.Person{Name: "mo", Subject: "user_authkeelcheckmo", Roles: []string{"member"}}
	s.admin = localissuer.Person{Name: "ada", Subject: "user_authkeelcheckada", Roles: []string{"admin"}, Scope: "admin"}
	if provider == localissuer.Clerk {
		s.admin.Roles = append(s.admin.Roles, "org:admin")
	}
	state := localissuer.New(provider)
	state.People, state.Audience, state.Party = []localissuer.Person{s.member, s.admin}, o.Audience, o.Party
	var err error
	// Every library in every language accepts RS256 without configuration.
	s.issuer, err = localissuer.Start(state, localissuer.Options{Algorithm: "RS256"})
	return s, err
}

// FromState makes tokens with the keys that `authkeel issuer --state` saved, for a
// server that trusts that issuer. The caller has to close the source.
func FromState(file string, o Options) (*Source, error) {
	state, err := localissuer.Load(file)
	if err != nil {
		return nil, err
	}
	s := &Source{adminClaims: o.AdminClaims, party: o.Party}
	for _, p := range state.People {
		isAdmin := false
		for _, role := range p.Roles {
			isAdmin = isAdmin || strings.TrimPrefix(role, "org:") == "admin"
		}
		if isAdmin && s.admin.Subject == "" {
			s.admin = p
		} else if !isAdmin && s.member.Subject == "" {
			s.member = p
		}
	}
	if s.member.Subject == "" {
		s.member = localissuer.Person{Name: "mo", Subject: "user_authkeelcheckmo"}
	}
	if s.admin.Subject == "" {
		s.admin = localissuer.Person{Name: "ada", Subject: "user_authkeelcheckada", Roles: []string{"admin"}}
	}
	s.issuer, err = localissuer.Start(*state, localissuer.Options{Copy: true})
	return s, err
}

// Given returns a source that has only the user's own tokens; either may be empty.
func Given(token, admin string) *Source { return &Source{given: token, givenAdmin: admin} }

// OnlyGiven reports whether the tokens are the user's own, and not made for the run.
func (s *Source) OnlyGiven() bool { return s.issuer == nil }

// Close stops the issuer.
func (s *Source) Close() error {
	if s.issuer == nil {
		return nil
	}
	return s.issuer.Close()
}

// Provider returns the kind of the issuer; it is empty for given tokens.
func (s *Source) Provider() string {
	if s.issuer == nil {
		return ""
	}
	return s.issuer.Provider()
}

// Env returns the environment variables with which a server accepts the tokens.
func (s *Source) Env() map[string]string {
	if s.issuer == nil {
		return nil
	}
	env := maps.Clone(s.issuer.Env())
	if c := s.issuer.Clerk(); c != nil {
		env["CLERK_JWT_KEY"] = c.JWTKey()
	}
	return env
}

// Fill replaces {issuer}, {audience} and {jwks} in a text.
func (s *Source) Fill(text string) string {
	if s.issuer == nil {
		return text
	}
	dev := s.issuer.Dev()
	return strings.NewReplacer("{issuer}", dev.URL(), "{audience}", dev.Audience(), "{jwks}", dev.JWKSURL()).Replace(text)
}

// Valid returns a token that the server has to accept, a new one each time where it can
// be made. It is empty when there is none.
func (s *Source) Valid() string {
	if s.issuer == nil {
		return s.given
	}
	return s.sign(s.of(false), nil)
}

// Admin returns a token with the admin's rights. It is empty when there is none.
func (s *Source) Admin() string {
	if s.issuer == nil {
		return s.givenAdmin
	}
	return s.sign(s.of(true), nil)
}

// of returns the claims of a valid token.
func (s *Source) of(admin bool) devissuer.Claims {
	if admin {
		return devissuer.With(s.claims(s.admin), s.adminClaims)
	}
	return s.claims(s.member)
}

// Subject returns the subject of a valid token. It is empty when it is not known.
func (s *Source) Subject() string {
	if s.issuer == nil {
		subject, _ := unverified.Claims(s.given)["sub"].(string)
		return subject
	}
	return s.member.Subject
}

// WebhookSecret returns the issuer's webhook secret. It is empty when it has none.
func (s *Source) WebhookSecret() string {
	if s.issuer == nil || s.issuer.Clerk() == nil {
		return ""
	}
	return s.issuer.Clerk().WebhookSecret()
}

// Secrets returns texts that a refusal must not contain, by what they are.
func (s *Source) Secrets() map[string]string {
	out := map[string]string{}
	if s.issuer != nil {
		key := s.issuer.Dev().Key(s.issuer.Algorithm())
		_, claims := s.issuer.Claims(s.member, 0)
		out["the key ID"] = key.ID
		out["the issuer"], _ = claims["iss"].(string)
		out["the audience"], _ = claims["aud"].(string)
		out["the authorized party"], _ = claims["azp"].(string)
	}
	maps.DeleteFunc(out, func(_, text string) bool { return len(text) < 6 })
	return out
}

// claims returns the claims of a token with a lifetime of five minutes.
func (s *Source) claims(p localissuer.Person) devissuer.Claims {
	_, claims := s.issuer.Claims(p, 5*time.Minute)
	if s.party != "" {
		claims["azp"] = s.party
	}
	return claims
}

func (s *Source) sign(claims, over devissuer.Claims) string {
	header, _ := s.issuer.Claims(s.member, 0)
	return s.issuer.Sign(header, devissuer.With(claims, over))
}

func mustJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("tokens: %v", err)) // claims come from JSON
	}
	return text
}

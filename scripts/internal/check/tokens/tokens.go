// Package tokens makes the tokens of a check: good ones, and those that a server
// must refuse.
package tokens

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
)

// Source makes tokens, either with the keys of an issuer or out of tokens that
// the user gave.
type Source struct {
	issuer        *localissuer.Issuer // nil: only given tokens
	member, admin localissuer.Person
	adminClaims   devissuer.Claims
	party         string // of OIDC tokens; "": none

	given, givenAdmin string
}

// Options are what the user may say about tokens.
type Options struct {
	Audience    string           // of OIDC
	Party       string           // azp
	AdminClaims devissuer.Claims // laid over those of the admin
}

// New starts an issuer for the run. Close the source when done.
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
	// RS256 is what every library in every language takes without being told.
	s.issuer, err = localissuer.Start(state, localissuer.Options{Algorithm: "RS256"})
	return s, err
}

// FromState makes tokens with the keys that `authkeel issuer --state` keeps, for
// a server that trusts that issuer. Close the source when done.
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

// Given has nothing but tokens of the user's; either may be "".
func Given(token, admin string) *Source { return &Source{given: token, givenAdmin: admin} }

// Close ends the issuer.
func (s *Source) Close() error {
	if s.issuer == nil {
		return nil
	}
	return s.issuer.Close()
}

// Provider is the shape of the tokens; "" where they were given.
func (s *Source) Provider() string {
	if s.issuer == nil {
		return ""
	}
	return s.issuer.Provider()
}

// Env is what a server has to find in its environment to take the tokens.
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

// Fill puts the issuer in the place of {issuer}, {audience} and {jwks}.
func (s *Source) Fill(text string) string {
	if s.issuer == nil {
		return text
	}
	dev := s.issuer.Dev()
	return strings.NewReplacer("{issuer}", dev.URL(), "{audience}", dev.Audience(), "{jwks}", dev.JWKSURL()).Replace(text)
}

// Valid is a token to accept, a new one each time where it can be made; "" where
// there is none.
func (s *Source) Valid() string {
	if s.issuer == nil {
		return s.given
	}
	return s.sign(s.of(false), nil)
}

// Admin is a token of somebody who may do more; "" where there is none.
func (s *Source) Admin() string {
	if s.issuer == nil {
		return s.givenAdmin
	}
	return s.sign(s.of(true), nil)
}

// of are the claims of a good token.
func (s *Source) of(admin bool) devissuer.Claims {
	if admin {
		return devissuer.With(s.claims(s.admin), s.adminClaims)
	}
	return s.claims(s.member)
}

// Subject is whom a valid token is for; "" where it cannot be told.
func (s *Source) Subject() string {
	if s.issuer == nil {
		subject, _ := payload(s.given)["sub"].(string)
		return subject
	}
	return s.member.Subject
}

// WebhookSecret is the one of the issuer; "" where it has none.
func (s *Source) WebhookSecret() string {
	if s.issuer == nil || s.issuer.Clerk() == nil {
		return ""
	}
	return s.issuer.Clerk().WebhookSecret()
}

// Secrets are texts that a refusal must not hold, and what each is.
func (s *Source) Secrets() map[string]string {
	out := map[string]string{}
	if s.issuer != nil {
		key := s.issuer.Dev().Key(s.issuer.Algorithm())
		_, claims := s.issuer.Claims(s.member, 0)
		out["the id of the key"] = key.ID
		out["the issuer"], _ = claims["iss"].(string)
		out["the audience"], _ = claims["aud"].(string)
		out["the authorized party"], _ = claims["azp"].(string)
	}
	maps.DeleteFunc(out, func(_, text string) bool { return len(text) < 6 })
	return out
}

// claims are those of a token that is good for five minutes.
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

// payload is the payload of a JWT, unverified; nil if it is none.
func payload(token string) devissuer.Claims { return segment(token, 1) }

func segment(token string, i int) devissuer.Claims {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[i])
	if err != nil {
		return nil
	}
	var claims devissuer.Claims
	if json.Unmarshal(text, &claims) != nil {
		return nil
	}
	return claims
}

func mustJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("tokens: %v", err)) // claims come from JSON
	}
	return text
}

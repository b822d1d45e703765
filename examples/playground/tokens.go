package main

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// The names of the tokens, which are also the shell variables that hold them.
const (
	admin         = "ADMIN"
	member        = "MEMBER"
	expired       = "EXPIRED"
	otherIssuer   = "OTHER_ISSUER"
	otherAudience = "OTHER_AUDIENCE"
	tampered      = "TAMPERED"
	algNone       = "ALG_NONE"
	unknownKey    = "UNKNOWN_KEY"

	clerkAdmin    = "CLERK_ADMIN"
	clerkMember   = "CLERK_MEMBER"
	clerkPending  = "CLERK_PENDING"
	clerkSupport  = "CLERK_SUPPORT"
	clerkTemplate = "CLERK_TEMPLATE"
)

// token is a token with a name and an explanation.
type token struct{ name, about, text string }

// lifetime is long enough that nobody's token expires while they read.
const lifetime = 8 * time.Hour

// makeTokens makes the people's tokens, then those that nobody should accept.
func makeTokens(issuer, untrustedIssuer *devissuer.Issuer, instance *devclerk.Instance) []token {
	now := time.Now()
	exp := now.Add(lifetime).Unix()
	ada := devissuer.Claims{"sub": "user_ada", "exp": exp, "roles": []string{"admin"}, "permissions": []string{"reports:read"}}
	mo := devissuer.Claims{"sub": "user_mo", "exp": exp, "roles": []string{"member"}}
	eve := devissuer.With(ada, devissuer.Claims{
		"sub": "user_eve", "iat": now.Add(-2 * time.Hour).Unix(), "exp": now.Add(-time.Hour).Unix(),
	})
	adas, mos := issuer.Token(ada), issuer.Token(mo)
	long := devissuer.Claims{"exp": exp} // Clerk's live for a minute
	return []token{
		{admin, "Ada, an admin: role admin, permission reports:read", adas},
		{member, "Mo, a member: role member, no permission", mos},
		{expired, "Eve, an admin whose session ended an hour ago", issuer.Token(eve)},
		{otherIssuer, "Ada's claims from an issuer that the APIs do not trust", untrustedIssuer.Token(ada)},
		{otherAudience, "Ada's claims, made for another service", issuer.Token(devissuer.With(ada, devissuer.Claims{"aud": "https://mail.example.test"}))},
		{tampered, "Mo's token with Ada's claims put into it", splice(mos, adas)},
		{algNone, "Ada's claims, alg: none, no signature", unsigned(issuer.Claims(ada))},
		{unknownKey, "Ada's claims, signed with a key that the issuer has not published", untrustedIssuer.Sign("ES256", nil, issuer.Claims(ada))},
		{clerkAdmin, "Ada at Clerk, org:admin of Acme, who gave both her factors a minute ago", instance.Token(devclerk.Admin(), long)},
		{clerkMember, "Mo at Clerk, org:member of Acme, who signed in two hours ago", instance.Token(devclerk.Member(), long)},
		{clerkPending, "Penny at Clerk, who still has to choose an organization", instance.Token(devclerk.Pending(), long)},
		{clerkSupport, "a colleague who opened Ada's session from Clerk's dashboard", instance.Token(devclerk.Impersonated(), long)},
		{clerkTemplate, "Ada's token from a JWT template, signed with the same key", instance.TemplateToken("user_ada", long)},
	}
}

// splice is a token with another token's claims between its header and signature.
func splice(token, other string) string {
	a, b := strings.Split(token, "."), strings.Split(other, ".")
	return strings.Join([]string{a[0], b[1], a[2]}, ".")
}

func unsigned(claims devissuer.Claims) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // they are strings and numbers
	}
	return devissuer.SignCompact([]byte(`{"alg":"none","typ":"JWT"}`), payload, nil)
}

// text returns the token of that name.
func (p *playground) text(name string) string {
	for _, t := range p.tokens {
		if t.name == name {
			return t.text
		}
	}
	panic("playground: there is no token " + name)
}

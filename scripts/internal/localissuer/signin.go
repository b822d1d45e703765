package localissuer

import (
	"net/http"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

// SignIn is how users sign in at an OpenID Connect issuer.
type SignIn struct {
	Grants   map[string]http.Handler // further grant types, see devissuer.SignIn
	Lifetime time.Duration           // of access tokens and ID tokens; default one hour
}

// ProviderName returns the provider as people write it.
func ProviderName(provider string) string {
	if provider == Clerk {
		return "Clerk"
	}
	return "OpenID Connect"
}

// users returns the people as users who sign in.
func (i *Issuer) users() []devissuer.User {
	people := i.State().People
	users := make([]devissuer.User, 0, len(people))
	for _, p := range people {
		about := devissuer.Claims{"name": p.Name, "preferred_username": p.Name}
		if p.Email != "" {
			about["email"], about["email_verified"] = p.Email, true
		}
		access := i.ownClaims(p)
		delete(access, "scope") // what the client is given depends on what it asks for
		users = append(users, devissuer.User{Name: p.Name, Subject: p.Subject, Claims: about, Scopes: strings.Fields(p.Scope), AccessClaims: access})
	}
	return users
}

// ownClaims returns the claims in which the tokens of users differ, except `sub`.
func (i *Issuer) ownClaims(p Person) devissuer.Claims {
	own := devissuer.Claims{}
	if len(p.Permissions) > 0 {
		own["permissions"] = p.Permissions
	}
	if p.Scope != "" {
		own["scope"] = p.Scope
	}
	if p.Email != "" && i.clerk == nil {
		own["email"] = p.Email
	}
	if roles := i.ownRoles(p); len(roles) > 0 {
		own["roles"] = roles
	}
	return own
}

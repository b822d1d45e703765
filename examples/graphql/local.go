package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

// people are who the local issuer knows. Their claims are those of the tokens that
// your identity provider would give them.
var people = []struct {
	name   string
	claims devissuer.Claims
}{
	{"ada", devissuer.Claims{
		"sub": "user_ada", "name": "Ada", "email": "ada@example.com", "sid": "sess_ada",
		"roles": []string{"admin"}, "permissions": []string{"reports:read"}, "scope": "posts:import",
	}},
	{"mo", devissuer.Claims{"sub": "user_mo", "name": "Mo", "email": "mo@example.com", "sid": "sess_mo"}},
}

// startIssuer starts an issuer that signs what it is asked to sign. It listens on
// loopback alone.
func startIssuer() (*devissuer.Issuer, error) {
	return devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}})
}

// tokens are shell variables with a token for each of the people, and a call to try.
func tokens(issuer *devissuer.Issuer) string {
	var text strings.Builder
	fmt.Fprintln(&text, "\nTokens for 8 hours; paste them into another terminal:")
	for _, p := range people {
		claims := devissuer.With(p.claims, devissuer.Claims{"exp": time.Now().Add(8 * time.Hour).Unix()})
		fmt.Fprintf(&text, "%s=%s\n", strings.ToUpper(p.name), issuer.Token(claims))
	}
	return text.String()
}

package main

import (
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

const (
	issuerName = "https://clerk.example.com" // not an address: keys are fetched on loopback
	party      = "https://app.example.com"
)

// fixture is the issuer that all verifiers trust.
type fixture struct {
	issuer   *devissuer.Issuer
	clerkAPI *httptest.Server // serves the key set like Clerk's Backend API
}

func newFixture() (*fixture, error) {
	i, err := devissuer.Start(devissuer.Options{URL: issuerName, Algorithms: []string{"RS256", "ES256", "EdDSA"}})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(i.JWKS()) // the client reports what it misses
	})
	return &fixture{issuer: i, clerkAPI: httptest.NewServer(mux)}, nil
}

func (f *fixture) close() error {
	f.clerkAPI.Close()
	return f.issuer.Close()
}

// token is shaped like a Clerk session token of version 2, about 1 KB when
// signed with RS256.
func (f *fixture) token(alg string, over devissuer.Claims) string {
	claims := f.issuer.Claims(devissuer.Claims{
		"sub": "user_2NWs8KDbXX7sJHcDX4bZJ6fkBWf", "azp": party, "sid": "sess_2NWs8KDbXX7sJHcDX4bZJ6fkBWf",
		"v": 2, "sts": "active", "pla": "u:pro", "fea": "o:dashboard,o:teams,u:exports", "fva": []int{3, -1},
		"o": map[string]any{"id": "org_2NWs8KDbXX7sJHcDX4bZJ6fkBWf", "slg": "acme-inc", "rol": "admin",
			"per": "manage,read,write", "fpm": "7,3"},
		"roles": []string{"admin", "member"}, "scope": "read:invoices write:invoices",
		"email": "ada.lovelace@example.com", "picture": "https://img.example.com/" + strings.Repeat("a1", 24),
	})
	return f.issuer.Sign(alg, nil, devissuer.With(claims, over))
}

// authenticator is authkeel as its documentation shows it: issuer, audience,
// authorized parties, keys from the JWKS.
func (f *fixture) authenticator(cacheSize int) (*core.Authenticator, error) {
	keys, err := jwks.Remote(f.issuer.JWKSURL(), jwks.Options{})
	if err != nil {
		return nil, err
	}
	return core.New(core.Config{
		Issuers: []core.Issuer{{
			URL: f.issuer.URL(), Audiences: []string{f.issuer.Audience()},
			AuthorizedParties: []string{party}, Keys: keys,
		}},
		CacheSize: cacheSize,
	})
}

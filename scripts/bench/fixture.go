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

// world is the issuer that everything measured trusts.
type world struct {
	issuer   *devissuer.Issuer
	clerkAPI *httptest.Server // Clerk's Backend API, as far as key sets go
}

func newWorld() (*world, error) {
	i, err := devissuer.Start(devissuer.Options{URL: issuerName, Algorithms: []string{"RS256", "ES256", "EdDSA"}})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(i.JWKS()) // the client reports what it misses
	})
	return &world{issuer: i, clerkAPI: httptest.NewServer(mux)}, nil
}

func (w *world) close() error {
	w.clerkAPI.Close()
	return w.issuer.Close()
}

// token is shaped like a Clerk session token of version 2, about 1 KB when
// signed with RS256.
func (w *world) token(alg string, over devissuer.Claims) string {
	claims := w.issuer.Claims(devissuer.Claims{
		"sub": "user_2NWs8KDbXX7sJHcDX4bZJ6fkBWf", "azp": party, "sid": "sess_2NWs8KDbXX7sJHcDX4bZJ6fkBWf",
		"v": 2, "sts": "active", "pla": "u:pro", "fea": "o:dashboard,o:teams,u:exports", "fva": []int{3, -1},
		"o": map[string]any{"id": "org_2NWs8KDbXX7sJHcDX4bZJ6fkBWf", "slg": "acme-inc", "rol": "admin",
			"per": "manage,read,write", "fpm": "7,3"},
		"roles": []string{"admin", "member"}, "scope": "read:invoices write:invoices",
		"email": "ada.lovelace@example.com", "picture": "https://img.example.com/" + strings.Repeat("a1", 24),
	})
	return w.issuer.Sign(alg, nil, devissuer.With(claims, over))
}

// authenticator is authkeel as its documentation shows it: issuer, audience,
// authorized parties, keys from the JWKS.
func (w *world) authenticator(cacheSize int) (*core.Authenticator, error) {
	keys, err := jwks.Remote(w.issuer.JWKSURL(), jwks.Options{})
	if err != nil {
		return nil, err
	}
	return core.New(core.Config{
		Issuers: []core.Issuer{{
			URL: w.issuer.URL(), Audiences: []string{w.issuer.Audience()},
			AuthorizedParties: []string{party}, Keys: keys,
		}},
		CacheSize: cacheSize,
	})
}

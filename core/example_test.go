package core_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

// An API accepts the tokens of one issuer. The issuer here is a local one for
// tests; in life it is https://….
func ExampleForIssuer() {
	issuer, err := devissuer.Start(devissuer.Options{Audience: "https://api.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	defer issuer.Close()

	auth, err := core.ForIssuer(issuer.URL(), "https://api.example.com")
	if err != nil {
		log.Fatal(err)
	}
	id, err := auth.Verify(context.Background(), issuer.Token(devissuer.Claims{"sub": "user_ada", "roles": []string{"admin"}}))
	fmt.Println(id.Subject(), id.HasRole("admin"), err)

	id, err = auth.Verify(context.Background(), issuer.Token(devissuer.Claims{"exp": time.Now().Add(-time.Hour).Unix()}))
	fmt.Println(id == nil, errors.Is(err, core.ErrExpired), err)
	// Output:
	// user_ada true <nil>
	// true true expired
}

// A wrong configuration fails at start and says which field to fix.
func ExampleNew_mistake() {
	_, err := core.New(core.Config{Issuers: []core.Issuer{{URL: "https://tenant.eu.auth0.com/"}}})
	fmt.Println(err)
	// Output:
	// authkeel: Config.Issuers[0].Audiences is empty: name this API as its tokens have it in `aud`, or set AllowAnyAudience to accept tokens made for other services
}

// A policy can be asked below any middleware, where the decision depends on what
// was loaded.
func ExampleAuthorize() {
	auth, err := core.ForIssuer("https://tenant.eu.auth0.com/", "https://api.example.com")
	if err != nil {
		log.Fatal(err)
	}
	ctx := core.WithIdentity(context.Background(), core.NewIdentity(core.IdentityData{
		Subject: "user_ada", Roles: []string{"editor"},
	}))
	owner := "user_bob"

	mayEdit := core.AnyOf(
		core.AllRoles("editor", "admin"),
		func(_ context.Context, id *core.Identity) error {
			if id.Subject() == owner {
				return nil
			}
			return &core.DeniedError{Requirement: "owner"}
		},
	)
	err = core.Authorize(ctx, mayEdit)
	fmt.Println(errors.Is(err, core.ErrDenied), auth.Refusal(ctx, err).Status)
	// Output:
	// true 403
}

// Keycloak keeps roles in a nested claim.
func ExampleClaimNames() {
	issuer, err := devissuer.Start(devissuer.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer issuer.Close()
	auth, err := core.New(core.Config{Issuers: []core.Issuer{{
		URL: issuer.URL(), Audiences: []string{issuer.Audience()},
		Claims: core.ClaimNames{Roles: "realm_access.roles"},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	id, err := auth.Verify(context.Background(), issuer.Token(devissuer.Claims{
		"realm_access": map[string]any{"roles": []string{"offline_access", "admin"}},
	}))
	fmt.Println(id.Roles(), err)
	// Output:
	// [offline_access admin] <nil>
}

// RFC 9068 access tokens only: their type, and the client they were given to.
func ExampleIssuer_accessTokens() {
	issuer, err := devissuer.Start(devissuer.Options{Audience: "https://api.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	defer issuer.Close()
	auth, err := core.New(core.Config{Issuers: []core.Issuer{{
		URL:               issuer.URL(),
		Audiences:         []string{"https://api.example.com"},
		Types:             []string{"at+jwt"},
		AuthorizedParties: []string{"billing-web"}, // client_id, where there is no azp
		MapClaims: func(t core.Token, d *core.IdentityData) error { // section 2.2 makes these claims mandatory
			if d.TokenID == "" || d.IssuedAt.IsZero() || t.Claim("client_id") == nil {
				return errors.New("not an RFC 9068 access token")
			}
			return nil
		},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	claims := issuer.Claims(devissuer.Claims{"client_id": "billing-web"})
	id, err := auth.Verify(context.Background(), issuer.Sign("RS256", devissuer.Claims{"typ": "at+jwt"}, claims))
	fmt.Println(id.AuthorizedParty(), err)
	_, err = auth.Verify(context.Background(), issuer.Sign("RS256", devissuer.Claims{"typ": "JWT"}, claims))
	fmt.Println(err)
	// Output:
	// billing-web <nil>
	// type_not_allowed
}

// A readiness endpoint answers 200 when tokens can be verified. It may be
// public: Health holds no secrets.
func ExampleAuthenticator_Health() {
	issuer, err := devissuer.Start(devissuer.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer issuer.Close()
	auth, err := core.ForIssuer(issuer.URL(), issuer.Audience())
	if err != nil {
		log.Fatal(err)
	}
	ready := func(w http.ResponseWriter, _ *http.Request) {
		health := auth.Health()
		w.Header().Set("Content-Type", "application/json")
		if !health.Ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(health)
	}
	ask := func() int {
		w := httptest.NewRecorder()
		ready(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		return w.Code
	}

	fmt.Println(ask()) // the first probe begins to fetch the keys
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := auth.WaitReady(ctx); err != nil {
		log.Print(err) // the API can start all the same: it recovers by itself
	}
	fmt.Println(ask())
	// Output:
	// 503
	// 200
}

// Keys at hand need no network: a PEM from an environment variable, for
// instance.
func ExampleIssuer_pem() {
	issuer, err := devissuer.Start(devissuer.Options{URL: "https://issuer.example"})
	if err != nil {
		log.Fatal(err)
	}
	defer issuer.Close()
	keys, err := jwks.PEM(issuer.Key("RS256").PEM())
	if err != nil {
		log.Fatal(err)
	}
	auth, err := core.New(core.Config{Issuers: []core.Issuer{{
		URL: "https://issuer.example", Audiences: []string{issuer.Audience()}, Keys: keys,
	}}})
	if err != nil {
		log.Fatal(err)
	}
	id, err := auth.Verify(context.Background(), issuer.Token(nil))
	fmt.Println(id.Subject(), err)
	// Output:
	// user_1 <nil>
}

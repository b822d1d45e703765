package providers_test

import (
	"fmt"
	"log"
	"net/http"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/jwks"
	"github.com/authkeel/authkeel/core/providers"
)

func Example() {
	issuer, err := providers.Keycloak("https://kc.example.com/realms/shop", "orders-api")
	if err != nil {
		log.Fatal(err)
	}
	auth, err := core.New(core.Config{Issuers: []core.Issuer{issuer}})
	if err != nil {
		log.Fatal(err)
	}
	step := auth.RequireAuth() // or the adapter of your framework: chiauth.RequireAuth(auth)
	http.HandleFunc("/orders", func(w http.ResponseWriter, r *http.Request) {
		if r, ok := adapter.Serve(step, w, r); ok {
			id, _ := core.IdentityFrom(r.Context())
			fmt.Fprintln(w, id.Subject(), id.Roles())
		}
	})
}

// What is wrong with a parameter is said at start.
func Example_placeholder() {
	_, err := providers.Auth0("https://YOUR_DOMAIN/", "https://api.example.com")
	fmt.Println(err)
	_, err = providers.Auth0("https://tenant.eu.auth0.com/", "https://api.example.com")
	fmt.Println(err)
	// Output:
	// providers: Auth0: domain "https://YOUR_DOMAIN/" is a placeholder: write your own value in its place; an example is "tenant.eu.auth0.com"
	// providers: Auth0: domain "https://tenant.eu.auth0.com/" must be a host name without scheme and slash, such as "tenant.eu.auth0.com"
}

// An Action adds roles to Auth0's tokens under a name of its own.
func ExampleAuth0_roles() {
	issuer, err := providers.Auth0("tenant.eu.auth0.com", "https://api.example.com")
	if err != nil {
		log.Fatal(err)
	}
	issuer.Claims.Roles = "https://example.com/roles"
	fmt.Println(issuer.URL)
	// Output: https://tenant.eu.auth0.com/
}

// One API for the customers of two app clients.
func ExampleCognito() {
	issuer, err := providers.Cognito("eu-west-1_AbCdEfGhI", "1example23456789")
	if err != nil {
		log.Fatal(err)
	}
	issuer.AuthorizedParties = append(issuer.AuthorizedParties, "2example23456789")
	fmt.Println(issuer.URL, issuer.AuthorizedParties)
	// Output: https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI [1example23456789 2example23456789]
}

// Cloudflare sends the token in a header of its own.
func ExampleCloudflareAccess() {
	issuer, err := providers.CloudflareAccess("shop", "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228")
	if err != nil {
		log.Fatal(err)
	}
	_, err = core.New(core.Config{
		Issuers:    []core.Issuer{issuer},
		Extractors: []core.Extractor{core.FromHeader("Cf-Access-Jwt-Assertion")},
	})
	fmt.Println(issuer.URL, err)
	// Output: https://shop.cloudflareaccess.com <nil>
}

// Only customers of ours may sign in, whichever tenant they come from.
func ExampleEntraAnyTenant() {
	isCustomer := func(tenant string) bool { return tenant == "72f988bf-86f1-41af-91ab-2d7cd011db47" }

	issuer, err := providers.EntraAnyTenant("6e74172b-be56-4843-9ff4-e66a39bb12e3")
	if err != nil {
		log.Fatal(err)
	}
	issuer.MapClaims = func(_ core.Token, d *core.IdentityData) error {
		if !isCustomer(d.Organization.ID) {
			return fmt.Errorf("the tenant %q is no customer", d.Organization.ID)
		}
		return nil
	}
	_, err = core.New(core.Config{Issuers: []core.Issuer{issuer}})
	fmt.Println(err)
	// Output: <nil>
}

// A federation service with a certificate of the company's own CA.
func ExampleADFS() {
	client := &http.Client{} // with the CA in its transport's RootCAs
	issuer, err := providers.ADFS("adfs.example.com", "microsoft:identityserver:api", jwks.Options{HTTPClient: client})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(issuer.URL)
	// Output: http://adfs.example.com/adfs/services/trust
}

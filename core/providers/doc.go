// Package providers knows how real identity providers write their access tokens.
//
// Each function returns a [core.Issuer] that is set up for the tokens of one
// provider: the exact `iss`, where its keys are, what names your API, and which
// claims hold roles, scopes, client and organization.
//
//	issuer, err := providers.Auth0("tenant.eu.auth0.com", "https://api.example.com")
//	if err != nil {
//		log.Fatal(err)
//	}
//	auth, err := core.New(core.Config{Issuers: []core.Issuer{issuer}})
//
// The result is a plain struct: change what you need before you give it to
// [core.New], such as issuer.Claims.Roles, or issuer.AuthorizedParties to accept
// the tokens of certain clients only. Where a function has set MapClaims, a check
// depends on it: call the old one from yours. No function asks the network; wrong
// parameters are errors that say which parameter it is and how to write it.
//
// The optional last parameter says how keys are fetched, for instance with the
// certificates of a company's own CA:
//
//	providers.ADFS("adfs.example.com", "urn:api", jwks.Options{HTTPClient: client})
//
// Clerk has a package of its own: core/clerk. A provider that is not in the list
// but has OpenID Connect metadata and an audience in its tokens needs no function:
// use [core.ForIssuer].
//
// # AWS Application Load Balancer
//
// There is no function for the header X-Amzn-Oidc-Data of an Application Load
// Balancer. Its three segments end in `=`, which RFC 7515 section 2 does not allow,
// and core refuses such tokens; its keys are no key set but one PEM file for each
// key ID; and it has no `aud`, so that only the `signer` of its header tells your
// load balancer from that of a stranger. Verify the access token that the load
// balancer hands on beside it instead: it comes from the provider itself, such as
// [Cognito]:
//
//	core.Config{
//		Issuers:    []core.Issuer{cognito},
//		Extractors: []core.Extractor{core.FromHeader("X-Amzn-Oidc-Accesstoken")},
//	}
package providers

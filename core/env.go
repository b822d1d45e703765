package core

import (
	"errors"
	"strings"

	"github.com/authkeel/authkeel/core/internal/environ"
)

// variables has the environment variable of each field that ConfigFromEnv fills in.
var variables = map[string]string{
	"Issuers[0].URL":               "OIDC_ISSUER",
	"Issuers[0].Audiences":         "OIDC_AUDIENCE",
	"Issuers[0].Algorithms":        "OIDC_ALGORITHMS",
	"Issuers[0].AuthorizedParties": "OIDC_AUTHORIZED_PARTIES",
	"Issuers[0].Claims.Roles":      "OIDC_ROLES_CLAIM",
}

// FromEnv is [New] for one OpenID Connect issuer that the environment names. The
// first two variables are required; the others may be missing or empty.
//
//	OIDC_ISSUER              whose tokens to accept, exactly as they have it in `iss`,
//	                         slash at the end or not: "issuer" in the document at
//	                         <issuer>/.well-known/openid-configuration
//	OIDC_AUDIENCE            the name that they have for this API in `aud`; several,
//	                         any of which will do, are separated by commas
//	OIDC_ALGORITHMS          accepted `alg`, separated by commas; see Issuer.Algorithms
//	OIDC_AUTHORIZED_PARTIES  clients that may call, separated by commas; see
//	                         Issuer.AuthorizedParties
//	OIDC_ROLES_CLAIM         where roles are, such as realm_access.roles; default roles
//
// White space and quotes around a value are removed, because some tools leave them in
// place. Errors name the variable. A program does not read .env by itself: load it into
// the environment first. For Clerk there is clerk.NewFromEnv.
func FromEnv() (*Authenticator, error) { return New(ConfigFromEnv()) }

// ConfigFromEnv returns what [FromEnv] reads, for programs that set more fields,
// such as Observer. It checks nothing: [New] does, and its errors name the variable
// as those of FromEnv do.
func ConfigFromEnv() Config {
	return Config{fromEnv: true, Issuers: []Issuer{{
		URL:               environ.Value("OIDC_ISSUER"),
		Audiences:         environ.List("OIDC_AUDIENCE"),
		Algorithms:        environ.List("OIDC_ALGORITHMS"),
		AuthorizedParties: environ.List("OIDC_AUTHORIZED_PARTIES"),
		Claims:            ClaimNames{Roles: environ.Value("OIDC_ROLES_CLAIM")},
	}}}
}

// missingVariables names the required variables that are not set, all at once.
func (c *Config) missingVariables() error {
	if !c.fromEnv || len(c.Issuers) == 0 {
		return nil
	}
	var missing []string
	if c.Issuers[0].URL == "" {
		missing = append(missing, "OIDC_ISSUER (the issuer whose tokens to accept, exactly as they have it in iss)")
	}
	if len(c.Issuers[0].Audiences) == 0 && !c.Issuers[0].AllowAnyAudience {
		missing = append(missing, "OIDC_AUDIENCE (the name that its tokens have for this API in aud)")
	}
	if missing == nil {
		return nil
	}
	return &ConfigError{
		Field: "Issuers[0]", name: strings.Join(missing, " and "),
		Err: errors.New("must be set, and is empty or not set; " + environ.NotRead),
	}
}

package clerk

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// issuer makes the core.Issuer of the instance, for sessions and for the JWTs
// of machines.
func (in *instance) issuer() (core.Issuer, error) {
	source := in.Keys
	if source == nil {
		var err error
		if source, err = in.keys(); err != nil {
			return core.Issuer{}, err
		}
	}
	is := core.Issuer{
		URL:        in.url,
		Algorithms: []string{"RS256"},
		Types:      []string{"", "JWT"},
		Keys:       source,
		Claims:     in.Claims,
		MapClaims:  (&reader{in.Config}).read,
	}
	if in.Directory != nil {
		is.LookupRights = in.Directory.Rights
	}
	if slices.Contains(in.Accept, OAuthToken) {
		is.Types = append(is.Types, "at+jwt")
	}
	if slices.ContainsFunc(in.Accept, func(t TokenType) bool { return t != SessionToken }) {
		is.AllowAnyAudience = true // each sort has rules of its own: see reader
		return is, nil
	}
	is.Audiences, is.AllowAnyAudience = in.Audiences, len(in.Audiences) == 0
	is.AuthorizedParties, is.AllowMissingAuthorizedParty = in.AuthorizedParties, in.AllowMissingAuthorizedParty
	return is, nil
}

// Keys returns where the instance's keys come from, for the Keys of several
// Configs: an Authenticator for people and one for machines then fetch them once.
// It needs no network.
func Keys(cfg Config) (*jwks.Source, error) {
	in, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	return in.keys()
}

// keys finds where the instance's keys come from: the PEM, else the Frontend
// API, else the Backend API.
func (in *instance) keys() (*jwks.Source, error) {
	options := in.JWKS
	if options.Now == nil {
		options.Now = in.Core.Now
	}
	switch {
	case in.JWTKey != "":
		source, err := jwks.PEM([]byte(in.JWTKey))
		if err != nil {
			return nil, wrong("JWTKey", fmt.Errorf("cannot be used: %w", err))
		}
		if !source.SoleKey().Fits("RS256") {
			return nil, wrong("JWTKey", errors.New("is not an RSA key, which Clerk signs with: copy the JWT public key from the API keys page of the dashboard"))
		}
		return source, nil
	case in.PublishableKey != "":
		source, err := jwks.Remote(in.url+"/.well-known/jwks.json", options)
		if err != nil {
			return nil, wrong("JWKS", fmt.Errorf("cannot be used: %w", err))
		}
		return source, nil
	case in.SecretKey != "":
		options.HTTPClient = withSecret(options.HTTPClient, in.APIURL, in.SecretKey)
		source, err := jwks.Remote(strings.TrimRight(in.APIURL, "/")+"/v1/jwks", options)
		if err != nil {
			return nil, wrong("JWKS", fmt.Errorf("cannot be used: %w", err))
		}
		return source, nil
	}
	return nil, wrong("PublishableKey", errors.New("is empty, and so are JWTKey and SecretKey: set one of them, or there are no keys to verify with"))
}

// withSecret is a client that shows the secret key to the Backend API and to
// nobody else.
func withSecret(user *http.Client, api, secret string) *http.Client {
	client := http.Client{}
	if user != nil {
		client = *user
	} else {
		// As in package jwks: the next fetch is minutes away.
		client.Transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10,
		}
	}
	u, err := url.Parse(api)
	if err != nil { // checkURL parsed it
		u = &url.URL{}
	}
	client.Transport = &secretTransport{next: client.Transport, scheme: u.Scheme, host: u.Host, authorization: "Bearer " + secret}
	return &client
}

// secretTransport adds the secret key to requests for one origin. A redirect
// was not asked for by us, so what follows one goes without, even there.
type secretTransport struct {
	next                        http.RoundTripper
	scheme, host, authorization string
}

func (t *secretTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	if r.Response == nil && r.URL.Scheme == t.scheme && r.URL.Host == t.host {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", t.authorization)
	}
	return next.RoundTrip(r)
}

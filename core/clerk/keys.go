package clerk

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/authkeel/authkeel/core/jwks"
)

// Keys returns the source of the instance's keys, for the Keys field of several
// Configs: an Authenticator for people and one for machines then fetch them once.
// It needs no network.
func Keys(cfg Config) (*jwks.Source, error) {
	in, err := newInstance(cfg)
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
			return nil, configError("JWTKey", fmt.Errorf("cannot be used: %w", err))
		}
		if !source.SoleKey().Fits("RS256") {
			return nil, configError("JWTKey", errors.New("is not an RSA key, which Clerk signs with: copy the JWT public key from the API keys page of the dashboard"))
		}
		return source, nil
	case in.PublishableKey != "":
		source, err := jwks.Remote(in.url+"/.well-known/jwks.json", options)
		if err != nil {
			return nil, configError("JWKS", fmt.Errorf("cannot be used: %w", err))
		}
		return source, nil
	case in.SecretKey != "":
		options.HTTPClient = withSecret(options.HTTPClient, in.APIURL, in.SecretKey)
		source, err := jwks.Remote(strings.TrimRight(in.APIURL, "/")+"/v1/jwks", options)
		if err != nil {
			return nil, configError("JWKS", fmt.Errorf("cannot be used: %w", err))
		}
		return source, nil
	}
	return nil, configError("PublishableKey", errors.New("is empty, and so are JWTKey and SecretKey: set one of them, otherwise there are no keys to verify with"))
}

// withSecret returns a client that sends the secret key to the Backend API and
// to no other host.
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
	if err != nil { // newInstance has parsed it before
		u = &url.URL{}
	}
	client.Transport = &secretTransport{next: client.Transport, scheme: u.Scheme, host: u.Host, authorization: "Bearer " + secret}
	return &client
}

// secretTransport adds the secret key to requests for one origin. A request that
// follows a redirect gets none, even to that origin: we did not ask for it.
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

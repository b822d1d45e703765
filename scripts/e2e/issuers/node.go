package main

import (
	"context"
	"os"
	"os/exec"

	"github.com/authkeel/authkeel/core"
)

const apiAudience = "https://api.example.com"

// installNode installs what node/package-lock.json names, in the folder node alone.
func installNode(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--silent")
	cmd.Dir, cmd.Stdout, cmd.Stderr = "node", os.Stdout, os.Stderr
	return cmd.Run()
}

// oidcProvider is panva's oidc-provider, with JWT access tokens (RFC 9068) for one
// resource.
func oidcProvider() (*subject, error) {
	address, port, err := loopback()
	if err != nil {
		return nil, err
	}
	login := map[string]string{"login": "ada", "password": "any"}
	return &subject{
		name:     "oidc-provider",
		provider: &nodeProcess{arguments: []string{"oidc-provider.mjs", port, apiAudience, redirectURI}},
		issuer:   core.Issuer{URL: "http://" + address, Audiences: []string{apiAudience}, Types: []string{"at+jwt"}},
		machine:  &client{id: "machine", secret: "secret", request: values("scope", "read")},
		web:      client{id: "web", secret: "secret", request: values("scope", "openid read"), login: login},
	}, nil
}

// mockServer is oauth2-mock-server. Its tokens have no audience unless a client asks
// for one, and none of client credentials has a subject.
func mockServer() (*subject, error) {
	_, port, err := loopback()
	if err != nil {
		return nil, err
	}
	return &subject{
		name:     "oauth2-mock-server",
		provider: &nodeProcess{arguments: []string{"oauth2-mock-server.mjs", port}},
		issuer:   core.Issuer{URL: "http://localhost:" + port, AllowAnyAudience: true, AllowMissingSubject: true},
		machine:  &client{id: "machine", secret: "secret", request: values("scope", "read")},
		web:      client{id: "web", secret: "secret", request: values("scope", "openid")},
	}, nil
}

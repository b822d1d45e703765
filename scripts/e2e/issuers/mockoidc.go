package main

import (
	"context"
	"net"
	"net/http"
	"sync"

	"github.com/oauth2-proxy/mockoidc"

	"github.com/authkeel/authkeel/core"
)

// mockOIDC is the test provider of oauth2-proxy. It has the code flow alone, its
// tokens' audience is the client, and it publishes one key.
func mockOIDC() (*subject, error) {
	address, _, err := loopback()
	if err != nil {
		return nil, err
	}
	m, err := mockoidc.NewServer(nil)
	if err != nil {
		return nil, err
	}
	p := &mockProvider{m: m, address: address}
	if m.Keypair, err = mockoidc.RandomKeypair(2048); err != nil {
		return nil, err
	}
	if err := m.AddMiddleware(p.oneByOne); err != nil {
		return nil, err
	}
	return &subject{
		name: "mockoidc", provider: p, oneKey: true,
		issuer: core.Issuer{URL: "http://" + address + mockoidc.IssuerBase, Audiences: []string{m.ClientID}},
		web:    client{id: m.ClientID, secret: m.ClientSecret, request: values("scope", "openid", "nonce", "n"), inBody: true},
	}, nil
}

type mockProvider struct {
	m       *mockoidc.MockOIDC
	address string
	mu      sync.Mutex // guards m.Keypair, which requests read
}

func (p *mockProvider) oneByOne(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

func (p *mockProvider) start(ctx context.Context) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", p.address)
	if err != nil {
		return err
	}
	p.m.Server = nil // or it says that it was started before
	return p.m.Start(l, nil)
}

func (p *mockProvider) stop() error { return p.m.Server.Close() }

func (p *mockProvider) rotate(context.Context) error {
	pair, err := mockoidc.RandomKeypair(2048)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.m.Keypair = pair
	return nil
}

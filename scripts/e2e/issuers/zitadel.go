package main

import (
	"context"
	"io"
	"log/slog"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/authkeel/authkeel/core"
)

// zitadel is the OpenID provider of zitadel/oidc with the storage of its example,
// set to JWTs as access tokens. Their audience is the client.
func zitadel() (*subject, error) {
	address, _, err := loopback()
	if err != nil {
		return nil, err
	}
	url := "http://" + address
	p := &inProcess{address: address}
	clients := map[string]*storage.Client{"web": storage.WebClient("web", "secret", redirectURI)}
	store := &zitadelStorage{storage.NewStorageWithClients(storage.NewUserStore(url), clients), p.signing}
	p.handler = exampleop.SetupServer(url, store, slog.New(slog.NewTextHandler(io.Discard, nil)), false)
	return &subject{
		name: "zitadel/oidc", provider: p,
		issuer:  core.Issuer{URL: url, Audiences: []string{"sid1", "web"}},
		machine: &client{id: "sid1", secret: "verysecret", request: values("scope", "openid")}, // the example's service user
		web: client{id: "web", secret: "secret", request: values("scope", "openid"),
			login: map[string]string{"username": "test-user2", "password": "verysecure"}},
	}, nil
}

// zitadelStorage is the example's storage with keys that rotate, and clients that get
// JWTs.
type zitadelStorage struct {
	*storage.Storage
	keys func() keyring
}

func (s *zitadelStorage) SigningKey(context.Context) (op.SigningKey, error) {
	return zitadelKey{s.keys()[0]}, nil
}

func (s *zitadelStorage) KeySet(context.Context) ([]op.Key, error) {
	var keys []op.Key
	for _, key := range s.keys() {
		keys = append(keys, zitadelPublicKey{zitadelKey{key}})
	}
	return keys, nil
}

func (s *zitadelStorage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := s.Storage.GetClientByClientID(ctx, id)
	return jwtClient{c}, err
}

func (s *zitadelStorage) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	c, err := s.Storage.ClientCredentials(ctx, id, secret)
	return jwtClient{c}, err
}

type jwtClient struct{ op.Client }

func (jwtClient) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }

type zitadelKey struct{ key key }

func (k zitadelKey) ID() string                                  { return k.key.id }
func (k zitadelKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k zitadelKey) Key() any                                    { return k.key.private }

type zitadelPublicKey struct{ zitadelKey }

func (k zitadelPublicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k zitadelPublicKey) Use() string                        { return "sig" }
func (k zitadelPublicKey) Key() any                           { return &k.key.private.PublicKey }

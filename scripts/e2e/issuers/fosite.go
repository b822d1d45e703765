package main

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/storage"
	"github.com/ory/fosite/token/jwt"

	"github.com/authkeel/authkeel/core/providers"
)

// ory is an authorization server of ory/fosite, the library of Ory Hydra, with JWT
// access tokens. With audience "" clients ask for none, and the tokens have `aud: []`.
func ory(audience string) (*subject, error) {
	address, _, err := loopback()
	if err != nil {
		return nil, err
	}
	url := "http://" + address
	p := &inProcess{address: address}
	if p.handler, err = fositeHandler(url, p.signing); err != nil {
		return nil, err
	}
	s := &subject{
		name: "ory/fosite", provider: p,
		machine: &client{id: "machine", secret: "secret of machine", request: values("scope", "read", "audience", audience)},
		web:     client{id: "web", secret: "secret of web", request: values("scope", "read", "audience", audience)},
	}
	if audience == "" {
		s.name += " without audience"
		s.issuer, err = providers.OryWithoutAudience(url, "machine")
		s.issuer.AuthorizedParties = append(s.issuer.AuthorizedParties, "web")
	} else {
		s.issuer, err = providers.Ory(url, audience)
	}
	return s, err
}

func fositeHandler(url string, keys func() keyring) (http.Handler, error) {
	config := &fosite.Config{
		AccessTokenIssuer: url, GlobalSecret: []byte("a secret of 32 bytes for tests.."),
		EnforcePKCE: true, EnablePKCEPlainChallengeMethod: false,
	}
	store := storage.NewMemoryStore()
	for _, id := range []string{"machine", "web"} {
		hash, err := (&fosite.BCrypt{Config: config}).Hash(context.Background(), []byte("secret of "+id))
		if err != nil {
			return nil, err
		}
		store.Clients[id] = &fosite.DefaultClient{
			ID: id, Secret: hash, RedirectURIs: []string{redirectURI}, ResponseTypes: []string{"code"},
			GrantTypes: []string{"client_credentials", "authorization_code"}, Scopes: []string{"read"}, Audience: []string{apiAudience},
		}
	}
	signer := func(context.Context) (any, error) { return keys()[0].private, nil }
	provider := compose.Compose(config, store,
		&compose.CommonStrategy{CoreStrategy: compose.NewOAuth2JWTStrategy(signer, compose.NewOAuth2HMACStrategy(config), config)},
		compose.OAuth2ClientCredentialsGrantFactory, compose.OAuth2AuthorizeExplicitFactory, compose.OAuth2PKCEFactory)

	session := func(subject, client string) *oauth2.JWTSession {
		return &oauth2.JWTSession{
			JWTClaims: &jwt.JWTClaims{Issuer: url, Subject: subject, Extra: map[string]any{"client_id": client}},
			JWTHeader: &jwt.Headers{Extra: map[string]any{"kid": keys()[0].id}},
			Subject:   subject,
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{
			"issuer": url, "jwks_uri": url + "/keys", "authorization_endpoint": url + "/authorize", "token_endpoint": url + "/token",
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		set, _ := keys().jwks(false) // of strings: it cannot fail
		_, _ = w.Write(set)
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		request, err := provider.NewAuthorizeRequest(ctx, r)
		if err != nil {
			provider.WriteAuthorizeError(ctx, w, request, err)
			return
		}
		grantAll(request)
		response, err := provider.NewAuthorizeResponse(ctx, request, session("ada", request.GetClient().GetID()))
		if err != nil {
			provider.WriteAuthorizeError(ctx, w, request, err)
			return
		}
		provider.WriteAuthorizeResponse(ctx, w, request, response)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		id, _, _ := r.BasicAuth()
		request, err := provider.NewAccessRequest(ctx, r, session(id, id))
		if err != nil {
			provider.WriteAccessError(ctx, w, request, err)
			return
		}
		if request.GetGrantTypes().ExactOne("client_credentials") {
			grantAll(request)
		}
		response, err := provider.NewAccessResponse(ctx, request)
		if err != nil {
			provider.WriteAccessError(ctx, w, request, err)
			return
		}
		provider.WriteAccessResponse(ctx, w, request, response)
	})
	return mux, nil
}

// grantAll grants what the client asks for and may have; fosite has checked that.
func grantAll(request fosite.Requester) {
	for _, scope := range request.GetRequestedScopes() {
		request.GrantScope(scope)
	}
	for _, audience := range request.GetRequestedAudience() {
		request.GrantAudience(audience)
	}
}

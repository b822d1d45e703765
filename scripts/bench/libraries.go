package main

import (
	"context"
	"crypto"
	"fmt"

	"github.com/MicahParks/keyfunc/v3"
	ginjwt "github.com/appleboy/gin-jwt/v2"
	"github.com/clerk/clerk-sdk-go/v2"
	clerkhttp "github.com/clerk/clerk-sdk-go/v2/http"
	clerkjwks "github.com/clerk/clerk-sdk-go/v2/jwks"
	"github.com/go-chi/jwtauth/v5"
	jwtware "github.com/gofiber/contrib/jwt"
	"github.com/gofiber/fiber/v2"
	jwt4 "github.com/golang-jwt/jwt/v4"
	"github.com/golang-jwt/jwt/v5"
	echojwt "github.com/labstack/echo-jwt/v4"
	"github.com/labstack/echo/v4"
	jwxjwt "github.com/lestrrat-go/jwx/v2/jwt"

	"github.com/authkeel/authkeel/core/clerk"
)

// The functions of this file configure one library each, once, as its
// documentation shows for tokens of somebody else's issuer: keys from the JWKS
// where it reads one and the key at hand where it does not, issuer, audience,
// authorized party and expiry where it has a setting for them.

func (w *world) public(alg string) crypto.PublicKey { return w.issuer.Key(alg).Private.Public() }

// golangJWT is a parser and the function that finds its keys.
func golangJWT(ctx context.Context, w *world, alg string) (*jwt.Parser, jwt.Keyfunc, error) {
	keys, err := keyfunc.NewDefaultCtx(ctx, []string{w.issuer.JWKSURL()})
	if err != nil {
		return nil, nil, err
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{alg}),
		jwt.WithIssuer(w.issuer.URL()),
		jwt.WithAudience(w.issuer.Audience()),
		jwt.WithExpirationRequired(),
	)
	return parser, keys.Keyfunc, nil
}

func echoJWT(w *world, alg string) echo.MiddlewareFunc {
	return echojwt.WithConfig(echojwt.Config{SigningKey: w.public(alg), SigningMethod: alg})
}

// fiberJWT goes on with success, or with the next handler when it is nil.
func fiberJWT(w *world, success fiber.Handler) fiber.Handler {
	return jwtware.New(jwtware.Config{JWKSetURLs: []string{w.issuer.JWKSURL()}, SuccessHandler: success})
}

func chiJWT(w *world, alg string) *jwtauth.JWTAuth {
	return jwtauth.New(alg, nil, w.public(alg),
		jwxjwt.WithIssuer(w.issuer.URL()),
		jwxjwt.WithAudience(w.issuer.Audience()),
	)
}

func ginJWT(w *world, alg string) (*ginjwt.GinJWTMiddleware, error) {
	key := w.public(alg)
	return ginjwt.New(&ginjwt.GinJWTMiddleware{
		Realm:            "bench",
		SigningAlgorithm: alg,
		KeyFunc: func(t *jwt4.Token) (any, error) {
			if t.Method.Alg() != alg {
				return nil, fmt.Errorf("unexpected algorithm %s", t.Method.Alg())
			}
			return key, nil
		},
	})
}

// clerkKeys asks the made-up Backend API for key sets.
func clerkKeys(w *world) *clerkjwks.Client {
	config := &clerk.ClientConfig{}
	config.URL, config.Key = clerk.String(w.clerkAPI.URL), clerk.String("sk_test_bench")
	return clerkjwks.NewClient(config)
}

func clerkOptions(w *world) []clerkhttp.AuthorizationOption {
	return []clerkhttp.AuthorizationOption{
		clerkhttp.JWKSClient(clerkKeys(w)),
		clerkhttp.AuthorizedPartyMatches(party),
	}
}

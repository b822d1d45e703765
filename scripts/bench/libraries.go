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
)

// The functions of this file configure one library each, once, as its
// documentation shows for tokens of somebody else's issuer: keys from the JWKS
// where it reads one and the key at hand where it does not, issuer, audience,
// authorized party and expiry where it has a setting for them.

func (f *fixture) public(alg string) crypto.PublicKey { return f.issuer.Key(alg).Private.Public() }

// golangJWT is a parser and the function that finds its keys.
func golangJWT(ctx context.Context, f *fixture, alg string) (*jwt.Parser, jwt.Keyfunc, error) {
	keys, err := keyfunc.NewDefaultCtx(ctx, []string{f.issuer.JWKSURL()})
	if err != nil {
		return nil, nil, err
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{alg}),
		jwt.WithIssuer(f.issuer.URL()),
		jwt.WithAudience(f.issuer.Audience()),
		jwt.WithExpirationRequired(),
	)
	return parser, keys.Keyfunc, nil
}

func echoJWT(f *fixture, alg string) echo.MiddlewareFunc {
	return echojwt.WithConfig(echojwt.Config{SigningKey: f.public(alg), SigningMethod: alg})
}

// fiberJWT goes on with success, or with the next handler when it is nil.
func fiberJWT(f *fixture, success fiber.Handler) fiber.Handler {
	return jwtware.New(jwtware.Config{JWKSetURLs: []string{f.issuer.JWKSURL()}, SuccessHandler: success})
}

func chiJWT(f *fixture, alg string) *jwtauth.JWTAuth {
	return jwtauth.New(alg, nil, f.public(alg),
		jwxjwt.WithIssuer(f.issuer.URL()),
		jwxjwt.WithAudience(f.issuer.Audience()),
	)
}

func ginJWT(f *fixture, alg string) (*ginjwt.GinJWTMiddleware, error) {
	key := f.public(alg)
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
func clerkKeys(f *fixture) *clerkjwks.Client {
	config := &clerk.ClientConfig{}
	config.URL, config.Key = clerk.String(f.clerkAPI.URL), clerk.String("sk_test_bench")
	return clerkjwks.NewClient(config)
}

func clerkOptions(f *fixture) []clerkhttp.AuthorizationOption {
	return []clerkhttp.AuthorizationOption{
		clerkhttp.JWKSClient(clerkKeys(f)),
		clerkhttp.AuthorizedPartyMatches(party),
	}
}

package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"

	clerkjwt "github.com/clerk/clerk-sdk-go/v2/jwt"
	"github.com/go-chi/jwtauth/v5"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"github.com/valyala/fasthttp"
)

// library verifies tokens in one way. open configures it; what it returns
// prepares the verification of one token.
type library struct {
	name    string
	rsaOnly bool
	open    func(ctx context.Context, f *fixture, alg string) (func(token string) (op func() error), error)
}

const (
	nameUncached = "authkeel, uncached"
	nameCached   = "authkeel, cached"
)

var libraries = []library{
	{name: nameUncached, open: verifyAuthkeel(-1)},
	{name: nameCached, open: verifyAuthkeel(0)},
	{name: "golang-jwt with keyfunc", open: verifyGolangJWT},
	{name: "echo-jwt", open: verifyEcho},
	{name: "gofiber/contrib/jwt", open: verifyFiber},
	{name: "jwtauth", open: verifyChi},
	{name: "gin-jwt", open: verifyGin},
	{name: "clerk-sdk-go", open: verifyClerk, rsaOnly: true},
}

var errRefused = errors.New("the token was refused")

func verifyAuthkeel(cacheSize int) func(context.Context, *fixture, string) (func(string) func() error, error) {
	return func(ctx context.Context, f *fixture, _ string) (func(string) func() error, error) {
		a, err := f.authenticator(cacheSize)
		return func(token string) func() error {
			return func() error {
				_, err := a.Verify(ctx, token)
				return err
			}
		}, err
	}
}

func verifyGolangJWT(ctx context.Context, f *fixture, alg string) (func(string) func() error, error) {
	parser, keys, err := golangJWT(ctx, f, alg)
	return func(token string) func() error {
		return func() error {
			_, err := parser.Parse(token, keys)
			return err
		}
	}, err
}

// verifyEcho runs the middleware without Echo around it: its verification is
// not exported.
func verifyEcho(_ context.Context, f *fixture, alg string) (func(string) func() error, error) {
	handler := echoJWT(f, alg)(func(echo.Context) error { return nil })
	return func(token string) func() error {
		c := echo.New().NewContext(request(token), httptest.NewRecorder())
		return func() error { return handler(c) }
	}, nil
}

// verifyFiber runs the middleware without Fiber around it: its verification is
// not exported.
func verifyFiber(_ context.Context, f *fixture, _ string) (func(string) func() error, error) {
	handler := fiberJWT(f, func(c *fiber.Ctx) error { c.Status(http.StatusNoContent); return nil })
	return func(token string) func() error {
		var ctx fasthttp.RequestCtx
		ctx.Request.Header.Set("Authorization", "Bearer "+token)
		c := fiber.New().AcquireCtx(&ctx)
		return func() error {
			ctx.Response.SetStatusCode(http.StatusOK)
			if err := handler(c); err != nil {
				return err
			}
			return answered(ctx.Response.StatusCode())
		}
	}, nil
}

func verifyChi(_ context.Context, f *fixture, alg string) (func(string) func() error, error) {
	auth := chiJWT(f, alg)
	return func(token string) func() error {
		return func() error {
			_, err := jwtauth.VerifyToken(auth, token)
			return err
		}
	}, nil
}

func verifyGin(_ context.Context, f *fixture, alg string) (func(string) func() error, error) {
	auth, err := ginJWT(f, alg)
	return func(token string) func() error {
		return func() error {
			_, err := auth.ParseTokenString(token)
			return err
		}
	}, err
}

// verifyClerk fetches the key once and keeps it, as the package's documentation
// advises.
func verifyClerk(ctx context.Context, f *fixture, alg string) (func(string) func() error, error) {
	key, err := clerkjwt.GetJSONWebKey(ctx, &clerkjwt.GetJSONWebKeyParams{
		KeyID: f.issuer.Key(alg).ID, JWKSClient: clerkKeys(f),
	})
	return func(token string) func() error {
		params := &clerkjwt.VerifyParams{
			Token: token, JWK: key,
			AuthorizedPartyHandler: func(azp string) bool { return azp == party },
		}
		return func() error {
			_, err := clerkjwt.Verify(ctx, params)
			return err
		}
	}, err
}

// answered tells the answer of a handler that ran from that of middleware that
// refused.
func answered(status int) error {
	if status != http.StatusNoContent {
		return errRefused
	}
	return nil
}

func request(token string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

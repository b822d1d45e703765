package main

import (
	"io"
	"net/http"

	clerkhttp "github.com/clerk/clerk-sdk-go/v2/http"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/jwtauth/v5"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"github.com/valyala/fasthttp"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/echoauth"
	"github.com/authkeel/authkeel/fiberauth"
	"github.com/authkeel/authkeel/ginauth"
)

const (
	path = "/api/me"
	bare = "bare"
)

// mount is a framework with one route behind one kind of middleware. The route
// answers 204.
type mount struct {
	framework, name string
	handler         http.Handler // nil on Fiber
	app             *fiber.App
}

// mounts builds everything that requests are sent through, RS256 being the
// algorithm. Keys are fetched on the first request, or before.
func mounts(f *fixture) ([]mount, error) {
	cached, err := f.authenticator(0)
	if err != nil {
		return nil, err
	}
	uncached, err := f.authenticator(-1)
	if err != nil {
		return nil, err
	}
	ginAuth, err := ginJWT(f, "RS256")
	if err != nil {
		return nil, err
	}
	chiAuth := chiJWT(f, "RS256")
	return []mount{
		onGin(bare),
		onGin(nameCached, ginauth.RequireAuth(cached)),
		onGin(nameUncached, ginauth.RequireAuth(uncached)),
		onGin("gin-jwt", ginAuth.MiddlewareFunc()),

		onEcho(bare),
		onEcho(nameCached, echoauth.RequireAuth(cached)),
		onEcho(nameUncached, echoauth.RequireAuth(uncached)),
		onEcho("echo-jwt", echoJWT(f, "RS256")),

		onFiber(bare),
		onFiber(nameCached, fiberauth.RequireAuth(cached)),
		onFiber(nameUncached, fiberauth.RequireAuth(uncached)),
		onFiber("gofiber/contrib/jwt", fiberJWT(f, nil)),

		onChi(bare),
		onChi(nameCached, chiauth.RequireAuth(cached)),
		onChi(nameUncached, chiauth.RequireAuth(uncached)),
		onChi("jwtauth", jwtauth.Verifier(chiAuth), jwtauth.Authenticator(chiAuth)),
		onChi("clerk-sdk-go", clerkhttp.RequireHeaderAuthorization(clerkOptions(f)...)),
	}, nil
}

// withAndWithout returns every framework without authentication and with a.
func withAndWithout(a *core.Authenticator) []mount {
	return []mount{
		onGin(bare), onGin(nameCached, ginauth.RequireAuth(a)),
		onEcho(bare), onEcho(nameCached, echoauth.RequireAuth(a)),
		onFiber(bare), onFiber(nameCached, fiberauth.RequireAuth(a)),
		onChi(bare), onChi(nameCached, chiauth.RequireAuth(a)),
	}
}

func onGin(name string, middleware ...gin.HandlerFunc) mount {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET(path, append(middleware, func(c *gin.Context) { c.Status(http.StatusNoContent) })...)
	return mount{framework: "Gin", name: name, handler: engine}
}

func onEcho(name string, middleware ...echo.MiddlewareFunc) mount {
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	e.GET(path, func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }, middleware...)
	return mount{framework: "Echo v4", name: name, handler: e}
}

func onFiber(name string, middleware ...fiber.Handler) mount {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get(path, append(middleware, func(c *fiber.Ctx) error {
		c.Status(http.StatusNoContent)
		return nil
	})...)
	return mount{framework: "Fiber v2", name: name, app: app}
}

func onChi(name string, middleware ...func(http.Handler) http.Handler) mount {
	router := chi.NewRouter()
	router.With(middleware...).Get(path, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return mount{framework: "Chi", name: name, handler: router}
}

// prepare returns a function that sends one request through the framework, in
// process. Request and response are used again, as they are no part of what is
// measured.
func (m mount) prepare(token string) (op func() error) {
	if m.app != nil {
		return prepareFiber(m.app, token)
	}
	r := request(token)
	w := &response{header: make(http.Header)}
	return func() error {
		clear(w.header)
		w.status = 0
		m.handler.ServeHTTP(w, r)
		return answered(w.status)
	}
}

func prepareFiber(app *fiber.App, token string) (op func() error) {
	handler := app.Handler()
	var ctx fasthttp.RequestCtx
	ctx.Request.Header.SetMethod(http.MethodGet)
	ctx.Request.SetRequestURI(path)
	ctx.Request.Header.Set("Authorization", "Bearer "+token)
	return func() error {
		ctx.ResetUserValues()
		ctx.Response.Reset()
		handler(&ctx)
		return answered(ctx.Response.StatusCode())
	}
}

// response keeps the status alone.
type response struct {
	header http.Header
	status int
}

func (w *response) Header() http.Header         { return w.header }
func (w *response) WriteHeader(status int)      { w.status = status }
func (w *response) Write(p []byte) (int, error) { return len(p), nil }

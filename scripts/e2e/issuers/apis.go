package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gofiber/fiber/v2"
	fiber3 "github.com/gofiber/fiber/v3"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/echoauth"
	echoauth5 "github.com/authkeel/authkeel/echoauth/v5"
	"github.com/authkeel/authkeel/fiberauth"
	fiberauth3 "github.com/authkeel/authkeel/fiberauth/v3"
	"github.com/authkeel/authkeel/ginauth"
)

// api is a server that only lets callers in whom its adapter accepts.
type api struct {
	framework, url string
	close          func()
}

// serveAPIs starts one API for each adapter, each with an Authenticator of its own.
func serveAPIs(ctx context.Context, issuer core.Issuer) ([]api, error) {
	var apis []api
	for _, framework := range []struct {
		name  string
		serve func(*core.Authenticator, net.Listener) func()
	}{
		{"gin", serveGin}, {"echo v4", serveEcho}, {"echo v5", serveEcho5},
		{"fiber v2", serveFiber}, {"fiber v3", serveFiber3}, {"chi", serveChi},
	} {
		auth, err := core.New(core.Config{Issuers: []core.Issuer{issuer}, Observer: core.Silent})
		if err != nil {
			return nil, err
		}
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		apis = append(apis, api{framework.name, "http://" + l.Addr().String() + "/me", framework.serve(auth, l)})
	}
	return apis, nil
}

func serveHTTP(h http.Handler, l net.Listener) func() {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(l) }() // ends with Close
	return func() { _ = server.Close() }
}

func serveGin(auth *core.Authenticator, l net.Listener) func() {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.GET("/me", ginauth.RequireAuth(auth), func(c *gin.Context) {
		id, _ := ginauth.Identity(c)
		c.String(http.StatusOK, "%s", id.Issuer())
	})
	return serveHTTP(router, l)
}

func serveEcho(auth *core.Authenticator, l net.Listener) func() {
	router := echo.New()
	router.GET("/me", func(c echo.Context) error {
		id, _ := echoauth.Identity(c)
		return c.String(http.StatusOK, id.Issuer())
	}, echoauth.RequireAuth(auth))
	return serveHTTP(router, l)
}

func serveEcho5(auth *core.Authenticator, l net.Listener) func() {
	router := echo5.New()
	router.GET("/me", func(c *echo5.Context) error {
		id, _ := echoauth5.Identity(c)
		return c.String(http.StatusOK, id.Issuer())
	}, echoauth5.RequireAuth(auth))
	return serveHTTP(router, l)
}

func serveChi(auth *core.Authenticator, l net.Listener) func() {
	router := chi.NewRouter()
	router.With(chiauth.RequireAuth(auth)).Get("/me", func(w http.ResponseWriter, r *http.Request) {
		id, _ := chiauth.Identity(r)
		_, _ = fmt.Fprint(w, id.Issuer())
	})
	return serveHTTP(router, l)
}

func serveFiber(auth *core.Authenticator, l net.Listener) func() {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/me", fiberauth.RequireAuth(auth), func(c *fiber.Ctx) error {
		id, _ := fiberauth.Identity(c)
		return c.SendString(id.Issuer())
	})
	go func() { _ = app.Listener(l) }() // ends with Shutdown
	return func() { _ = app.ShutdownWithTimeout(time.Second) }
}

func serveFiber3(auth *core.Authenticator, l net.Listener) func() {
	app := fiber3.New()
	app.Get("/me", fiberauth3.RequireAuth(auth), func(c fiber3.Ctx) error {
		id, _ := fiberauth3.Identity(c)
		return c.SendString(id.Issuer())
	})
	go func() { _ = app.Listener(l, fiber3.ListenConfig{DisableStartupMessage: true}) }() // ends with Shutdown
	return func() { _ = app.ShutdownWithTimeout(time.Second) }
}

// call asks the API with a token; "" sends none.
func (a *api) call(ctx context.Context, token string) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url, nil)
	if err != nil {
		return 0, err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return w.StatusCode, w.Body.Close()
}

package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	echo4 "github.com/labstack/echo/v4"
	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/chiauth"
	echoauth4 "github.com/authkeel/authkeel/echoauth"
	"github.com/authkeel/authkeel/echoauth/v5"
	"github.com/authkeel/authkeel/ginauth"
)

// api is the API on a framework.
type api struct {
	router   any // for the audit of routes
	serve    func(net.Listener) error
	shutdown func(context.Context) error
}

// frameworks are the choices of -framework. Each serves POST /graphql, WebSockets at
// GET /graphql, GET /health and GET /ready.
var frameworks = map[string]func(b *backend, graphql http.Handler) api{
	"gin": newGin, "echo4": newEcho4, "echo5": newEcho5, "fiber2": newFiber2, "fiber3": newFiber3, "chi": newChi,
}

func newGin(b *backend, graphql http.Handler) api {
	r := gin.New()
	r.Use(gin.Recovery())
	r.GET("/health", gin.WrapF(health))
	r.GET("/ready", gin.WrapF(b.readiness))
	g := r.Group("/graphql", ginauth.OptionalAuth(b.auth))
	g.POST("", gin.WrapH(graphql))
	g.GET("", gin.WrapH(graphql))
	return onHTTP(r, r)
}

func newEcho4(b *backend, graphql http.Handler) api {
	e := echo4.New()
	return echo4On(e, b, graphql)
}

// echo4On and echo5On add the routes to an Echo that a test may be recording.
func echo4On(e *echo4.Echo, b *backend, graphql http.Handler) api {
	e.GET("/health", echo4.WrapHandler(http.HandlerFunc(health)))
	e.GET("/ready", echo4.WrapHandler(http.HandlerFunc(b.readiness)))
	e.POST("/graphql", echo4.WrapHandler(graphql), echoauth4.OptionalAuth(b.auth))
	e.GET("/graphql", echo4.WrapHandler(graphql), echoauth4.OptionalAuth(b.auth))
	return onHTTP(e, e)
}

func newEcho5(b *backend, graphql http.Handler) api {
	e := echo.New()
	return echo5On(e, b, graphql)
}

func echo5On(e *echo.Echo, b *backend, graphql http.Handler) api {
	e.GET("/health", echo.WrapHandler(http.HandlerFunc(health)))
	e.GET("/ready", echo.WrapHandler(http.HandlerFunc(b.readiness)))
	e.POST("/graphql", echo.WrapHandler(graphql), echoauth.OptionalAuth(b.auth))
	e.GET("/graphql", echo.WrapHandler(graphql), echoauth.OptionalAuth(b.auth))
	return onHTTP(e, e)
}

func newChi(b *backend, graphql http.Handler) api {
	r := chi.NewRouter()
	r.Get("/health", health)
	r.Get("/ready", b.readiness)
	r.Group(func(r chi.Router) {
		r.Use(chiauth.OptionalAuth(b.auth))
		r.Method(http.MethodPost, "/graphql", graphql)
		r.Method(http.MethodGet, "/graphql", graphql)
	})
	return onHTTP(r, r)
}

// onHTTP serves a handler of net/http.
func onHTTP(router any, h http.Handler) api {
	server := serverTimeouts(h)
	return api{router: router, serve: server.Serve, shutdown: server.Shutdown}
}

// health says that the process runs.
func health(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// readiness says whether the API takes requests. It tells nothing else: the log does.
func (b *backend) readiness(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	if err := b.ready(ctx); err != nil {
		slog.WarnContext(ctx, "not ready", "error", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

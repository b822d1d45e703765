package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	fiber3 "github.com/gofiber/fiber/v3"

	"github.com/authkeel/authkeel/core"
)

func init() { gin.SetMode(gin.ReleaseMode) } // or Gin prints its routes

// framework is a column of the table.
type framework struct {
	name string
	make func(auth *core.Authenticator, hooks http.Handler) server
}

var frameworks = []framework{
	{"gin", func(a *core.Authenticator, h http.Handler) server { return httpServer(ginAPI(a, h)) }},
	{"echo4", func(a *core.Authenticator, h http.Handler) server { return httpServer(echo4API(a, h)) }},
	{"echo5", func(a *core.Authenticator, h http.Handler) server { return httpServer(echo5API(a, h)) }},
	{"fiber2", func(a *core.Authenticator, h http.Handler) server { return fiber2Server{fiber2API(a, h)} }},
	{"fiber3", func(a *core.Authenticator, h http.Handler) server { return fiber3Server{fiber3API(a, h)} }},
	{"chi", func(a *core.Authenticator, h http.Handler) server { return httpServer(chiAPI(a, h)) }},
}

// server is what *http.Server and Fiber have in common.
type server interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
}

func httpServer(h http.Handler) server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
}

type fiber2Server struct{ app *fiber.App }

func (s fiber2Server) Serve(ln net.Listener) error        { return s.app.Listener(ln) }
func (s fiber2Server) Shutdown(ctx context.Context) error { return s.app.ShutdownWithContext(ctx) }

type fiber3Server struct{ app *fiber3.App }

func (s fiber3Server) Serve(ln net.Listener) error {
	return s.app.Listener(ln, fiber3.ListenConfig{DisableStartupMessage: true})
}
func (s fiber3Server) Shutdown(ctx context.Context) error { return s.app.ShutdownWithContext(ctx) }

// api is one running API.
type api struct {
	name      string
	url       string
	waitReady func(context.Context) error // until it has the keys of both issuers
	stop      func() error
}

// startAPI serves an API on a free port of loopback, so that nothing collides.
func startAPI(f framework, auth *core.Authenticator, hooks http.Handler) (*api, error) {
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	s := f.make(auth, hooks)
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	stop := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		err := s.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = nil // a client holds on to its connection; it ends with the process
		}
		// A server that had not begun to serve has not heard of the shutdown.
		_ = ln.Close()
		if end := <-served; !errors.Is(end, http.ErrServerClosed) && !errors.Is(end, net.ErrClosed) {
			err = errors.Join(err, end)
		}
		if err != nil {
			return fmt.Errorf("stopping the %s API: %w", f.name, err)
		}
		return nil
	}
	return &api{f.name, "http://" + ln.Addr().String(), auth.WaitReady, stop}, nil
}

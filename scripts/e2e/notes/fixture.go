package notes

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
	"github.com/authkeel/authkeel/scripts/e2e/graph"
	"github.com/authkeel/authkeel/scripts/e2e/trpcnotes"
)

func init() { gin.SetMode(gin.ReleaseMode) } // or Gin prints its routes

// Audience is what tokens for the API are made out to.
const Audience = "https://notes.example.test"

// Frameworks are the names of the APIs of a [Fixture].
var Frameworks = []string{"gin", "echo", "fiber", "chi"}

// Fixture is the API on each framework, their issuer, and what a test needs to
// make trouble, all on loopback.
type Fixture struct {
	APIs      map[string]string // address by framework
	Hooks   string            // address of the test hooks, see testhooks.go
	Elsewhere string            // address of a server that the token is not for

	issuer    *devissuer.Issuer
	auth      *core.Authenticator
	counter   Counter
	elsewhere visits
	outage    atomic.Bool // rights cannot be had
	throttled atomic.Bool // tokens that are not in the cache are not checked
	stops     []func() error
}

// Start starts everything. The page at origin may call the APIs; "" is none.
// Close it when done.
func Start(origin string) (*Fixture, error) {
	f := &Fixture{APIs: make(map[string]string)}
	if err := f.start(origin); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *Fixture) start(origin string) error {
	var err error
	if f.issuer, err = devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}, Audience: Audience}); err != nil {
		return err
	}
	f.stops = append(f.stops, f.issuer.Close)
	// A stranger may cause any number of fetches here, so that a rotation shows at once.
	keys, err := jwks.Discover(f.issuer.URL(), jwks.Options{Cooldown: time.Nanosecond})
	if err != nil {
		return err
	}
	f.auth, err = core.New(core.Config{
		Issuers:      []core.Issuer{{URL: f.issuer.URL(), Audiences: []string{Audience}, Keys: keys, LookupRights: f.rights}},
		FailureLimit: f,
	})
	if err != nil {
		return err
	}
	if f.Elsewhere, err = f.serve(&http.Server{Handler: &f.elsewhere, ReadHeaderTimeout: time.Minute}); err != nil {
		return err
	}
	if f.Hooks, err = f.serve(&http.Server{Handler: f.hooks(), ReadHeaderTimeout: time.Minute}); err != nil {
		return err
	}
	if origin == "" {
		origin = "https://app.example.test"
	}
	for _, name := range Frameworks {
		api := &API{
			Auth: f.auth, Notes: &Notes{}, Graph: &graph.Book{}, TRPC: &trpcnotes.Book{},
			Count: &f.counter, Origin: origin, Away: f.Elsewhere + "/taken",
		}
		if f.APIs[name], err = f.serve(api.server(name)); err != nil {
			return err
		}
	}
	return nil
}

// rights is a directory of roles that may be down.
func (f *Fixture) rights(context.Context, *core.Identity) (core.Rights, error) {
	if f.outage.Load() {
		return core.Rights{}, errors.New("the directory is down")
	}
	return core.Rights{}, nil
}

// Allow makes Fixture a [core.FailureLimiter] that can be told to refuse.
func (f *Fixture) Allow(context.Context, netip.Addr) (time.Duration, bool) {
	return 7 * time.Second, !f.throttled.Load()
}

// Failed counts nothing: the refusals are for the tests to switch.
func (f *Fixture) Failed(context.Context, netip.Addr) {}

// Close stops everything.
func (f *Fixture) Close() error {
	var err error
	for i := len(f.stops) - 1; i >= 0; i-- {
		err = errors.Join(err, f.stops[i]())
	}
	f.stops = nil
	return err
}

// server is what *http.Server and Fiber have in common.
type server interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
}

func (api *API) server(framework string) server {
	switch framework {
	case "gin":
		return &http.Server{Handler: Gin(api), ReadHeaderTimeout: time.Minute}
	case "echo":
		return &http.Server{Handler: Echo(api), ReadHeaderTimeout: time.Minute}
	case "chi":
		return &http.Server{Handler: Chi(api), ReadHeaderTimeout: time.Minute}
	}
	return fiberServer{Fiber(api)}
}

type fiberServer struct{ app *fiber.App }

func (s fiberServer) Serve(ln net.Listener) error        { return s.app.Listener(ln) }
func (s fiberServer) Shutdown(ctx context.Context) error { return s.app.ShutdownWithContext(ctx) }

// serve starts a server on a free port and returns its address.
func (f *Fixture) serve(s server) (string, error) {
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	f.stops = append(f.stops, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("stopping %s: %w", ln.Addr(), err)
		}
		_ = ln.Close() // a server that had not begun to serve has not heard of the shutdown
		if err := <-served; !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return "http://" + ln.Addr().String(), nil
}

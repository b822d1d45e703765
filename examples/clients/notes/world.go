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
	"github.com/authkeel/authkeel/examples/clients/graph"
	trpcnotes "github.com/authkeel/authkeel/examples/trpc/notes"
)

func init() { gin.SetMode(gin.ReleaseMode) } // or Gin prints its routes

// Audience is what tokens for the API are made out to.
const Audience = "https://notes.example.test"

// Frameworks are the names of the APIs of a [World].
var Frameworks = []string{"gin", "echo", "fiber", "chi"}

// World is the API on each framework, their issuer, and what a test needs to
// make trouble, all on loopback.
type World struct {
	APIs      map[string]string // address by framework
	Control   string            // address of the controls, see control.go
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
func Start(origin string) (*World, error) {
	w := &World{APIs: make(map[string]string)}
	if err := w.start(origin); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *World) start(origin string) error {
	var err error
	if w.issuer, err = devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}, Audience: Audience}); err != nil {
		return err
	}
	w.stops = append(w.stops, w.issuer.Close)
	// A stranger may cause any number of fetches here, so that a rotation shows at once.
	keys, err := jwks.Discover(w.issuer.URL(), jwks.Options{Cooldown: time.Nanosecond})
	if err != nil {
		return err
	}
	w.auth, err = core.New(core.Config{
		Issuers:      []core.Issuer{{URL: w.issuer.URL(), Audiences: []string{Audience}, Keys: keys, LookupRights: w.rights}},
		FailureLimit: w,
	})
	if err != nil {
		return err
	}
	if w.Elsewhere, err = w.serve(&http.Server{Handler: &w.elsewhere, ReadHeaderTimeout: time.Minute}); err != nil {
		return err
	}
	if w.Control, err = w.serve(&http.Server{Handler: w.control(), ReadHeaderTimeout: time.Minute}); err != nil {
		return err
	}
	if origin == "" {
		origin = "https://app.example.test"
	}
	for _, name := range Frameworks {
		api := &API{
			Auth: w.auth, Notes: &Notes{}, Graph: &graph.Book{}, TRPC: &trpcnotes.Book{},
			Count: &w.counter, Origin: origin, Away: w.Elsewhere + "/taken",
		}
		if w.APIs[name], err = w.serve(api.server(name)); err != nil {
			return err
		}
	}
	return nil
}

// rights is a directory of roles that may be down.
func (w *World) rights(context.Context, *core.Identity) (core.Rights, error) {
	if w.outage.Load() {
		return core.Rights{}, errors.New("the directory is down")
	}
	return core.Rights{}, nil
}

// Allow makes World a [core.FailureLimiter] that can be told to refuse.
func (w *World) Allow(context.Context, netip.Addr) (time.Duration, bool) {
	return 7 * time.Second, !w.throttled.Load()
}

// Failed counts nothing: the refusals are for the tests to switch.
func (w *World) Failed(context.Context, netip.Addr) {}

// Close stops everything.
func (w *World) Close() error {
	var err error
	for i := len(w.stops) - 1; i >= 0; i-- {
		err = errors.Join(err, w.stops[i]())
	}
	w.stops = nil
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
func (w *World) serve(s server) (string, error) {
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	w.stops = append(w.stops, func() error {
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

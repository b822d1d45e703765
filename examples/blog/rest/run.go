package rest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

const usage = `Serves a blog as a REST API on %[1]s. GET /openapi.json describes it.

  go run ./examples/rest/%[2]s -local   with an issuer of its own, which signs tokens for ada, max and mo
  go run ./examples/rest/%[2]s          with the issuer that the environment names

  -local              start an issuer on loopback and print tokens; for development only
  -addr ADDRESS       where to listen (default 127.0.0.1:8080)
  -database FILE      the SQLite file (default :memory:, which ends with the process)
  -origins LIST       the origins of web pages that may call the API, with commas between

Without -local the environment says whom to trust: OIDC_ISSUER and OIDC_AUDIENCE.
Exit status: 0 after Ctrl-C, 1 when something failed, 2 for wrong usage.
`

// shutdownTime is how long requests may take that run when the program is to end.
const shutdownTime = 10 * time.Second

// Server is the API on a framework.
type Server struct {
	Serve    func(net.Listener) error
	Shutdown func(context.Context) error
}

// OnHTTP serves a handler of net/http, with limits for slow and silent clients.
func OnHTTP(h http.Handler) Server {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	return Server{server.Serve, server.Shutdown}
}

// Main is the main function of the application in examples/rest/<folder>.
func Main(framework, folder string, newServer func(*API) Server) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := Run(ctx, framework, folder, newServer, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// Run is Main without the process: it returns the exit status when ctx has ended.
func Run(ctx context.Context, framework, folder string, newServer func(*API) Server,
	args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	o := Options{Issuer: getenv("OIDC_ISSUER"), Audience: getenv("OIDC_AUDIENCE")}
	flags := flag.NewFlagSet(folder, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed below
	local := flags.Bool("local", false, "")
	addr := flags.String("addr", "127.0.0.1:8080", "")
	origins := flags.String("origins", "", "")
	flags.StringVar(&o.Database, "database", ":memory:", "")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, usage, framework, folder)
		return 0
	case err != nil:
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case !*local && (o.Issuer == "" || o.Audience == ""):
		err = errors.New("set OIDC_ISSUER and OIDC_AUDIENCE, or use -local to try the program without an account")
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n\n", folder, err)
		fmt.Fprintf(stderr, usage, framework, folder)
		return 2
	}
	if *origins != "" {
		o.Origins = strings.Split(*origins, ",")
	}
	if err := serve(ctx, o, *local, *addr, newServer, stdout); err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", folder, err)
		return 1
	}
	return 0
}

// serve runs the API until ctx ends.
func serve(ctx context.Context, o Options, local bool, addr string, newServer func(*API) Server, stdout io.Writer) (err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // the server has closed it, unless there was none
	var greeting string
	if local {
		issuer, err := devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, issuer.Close()) }()
		o.Issuer, o.Audience = issuer.URL(), issuer.Audience()
		greeting = tokens(issuer)
	}
	a, err := New(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()

	server := newServer(a)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(stdout, "the API is at http://%s\n%s", listener.Addr(), greeting)
	if err := a.Auth.Ready(ctx); err != nil {
		slog.Warn("not ready yet: requests with a token get 503", "error", err)
	}

	select {
	case err := <-served:
		return fmt.Errorf("the server ended: %w", err)
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	err = server.Shutdown(limited)
	if end := <-served; !errors.Is(end, http.ErrServerClosed) { // nil on Fiber
		err = errors.Join(err, end)
	}
	fmt.Fprintln(stdout, "stopped")
	return err
}

// People are who the local issuer knows, with the claims of their tokens.
var People = map[string]devissuer.Claims{
	"ada": {"sub": "user_ada", "name": "Ada", "email": "ada@example.com", "roles": []string{"admin"}, "permissions": []string{"content:write"}},
	"max": {"sub": "user_max", "name": "Max", "email": "max@example.com", "roles": []string{"manager"}},
	"mo":  {"sub": "user_mo", "name": "Mo", "email": "mo@example.com", "permissions": []string{"content:write"}, "org_id": "org_1", "org_slug": "first"},
}

// tokens are shell variables with a token for each of the people.
func tokens(issuer *devissuer.Issuer) string {
	text := "\nTokens for 8 hours; paste them into another terminal:\n"
	for _, name := range []string{"ada", "max", "mo"} {
		claims := devissuer.With(People[name], devissuer.Claims{"exp": time.Now().Add(8 * time.Hour).Unix()})
		text += strings.ToUpper(name) + "=" + issuer.Token(claims) + "\n"
	}
	return text
}

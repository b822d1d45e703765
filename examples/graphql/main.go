// Command graphql serves a blog with GraphQL on the framework of your choice.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

const usage = `Serves a blog with GraphQL: POST /graphql, WebSockets at GET /graphql, GET /health, GET /ready.

  go run ./examples/graphql -local      with an issuer of its own, which signs tokens for ada and mo
  go run ./examples/graphql             with the issuer that the environment names

  -local              start an issuer on loopback and print tokens; for development only
  -framework NAME     gin, echo4, echo5, fiber2, fiber3 or chi (default chi)
  -addr ADDRESS       where to listen (default 127.0.0.1:8080)
  -database FILE      the SQLite file (default :memory:, which ends with the process)

Without -local the environment says whom to trust: OIDC_ISSUER and OIDC_AUDIENCE.
Exit status: 0 after Ctrl-C, 1 when something failed, 2 for wrong usage.
`

// shutdownTime is how long requests may take that run when the program is to end.
const shutdownTime = 10 * time.Second

type options struct {
	local                     bool
	framework, addr, database string
	issuer, audience          string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	o := options{issuer: getenv("OIDC_ISSUER"), audience: getenv("OIDC_AUDIENCE")}
	flags := flag.NewFlagSet("graphql", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed below
	flags.BoolVar(&o.local, "local", false, "")
	flags.StringVar(&o.framework, "framework", "chi", "")
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8080", "")
	flags.StringVar(&o.database, "database", ":memory:", "")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case frameworks[o.framework] == nil:
		err = fmt.Errorf("-framework is %q; it has to be one of %s", o.framework, strings.Join(slices.Sorted(maps.Keys(frameworks)), ", "))
	case !o.local && (o.issuer == "" || o.audience == ""):
		err = errors.New("set OIDC_ISSUER and OIDC_AUDIENCE, or use -local to try the program without an account")
	}
	if err != nil {
		fmt.Fprintf(stderr, "graphql: %v\n\n%s", err, usage)
		return 2
	}
	if err := serve(ctx, o, stdout); err != nil {
		fmt.Fprintf(stderr, "graphql: %v\n", err)
		return 1
	}
	return 0
}

// serve runs the API until ctx ends.
func serve(ctx context.Context, o options, stdout io.Writer) (err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // the server has closed it, unless there was none
	var people string
	if o.local {
		issuer, err := startIssuer()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, issuer.Close()) }()
		o.issuer, o.audience = issuer.URL(), issuer.Audience()
		people = tokens(issuer)
	}
	b, err := newBackend(ctx, o.database, o.issuer, o.audience)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()

	closing, closeSockets := context.WithCancel(context.WithoutCancel(ctx))
	defer closeSockets()
	server := frameworks[o.framework](b, newHandler(closing, b))
	served := make(chan error, 1)
	go func() { served <- server.serve(listener) }()
	fmt.Fprintf(stdout, "GraphQL on %s at http://%s/graphql\n%s", o.framework, listener.Addr(), people)
	if err := b.ready(ctx); err != nil {
		slog.Warn("not ready yet: requests with a token get 503", "error", err)
	}

	select {
	case err := <-served:
		return fmt.Errorf("the server ended: %w", err)
	case <-ctx.Done():
	}
	closeSockets() // a shutdown does not wait for WebSockets
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	err = server.shutdown(limited)
	if end := <-served; !errors.Is(end, http.ErrServerClosed) { // nil on Fiber
		err = errors.Join(err, end)
	}
	fmt.Fprintln(stdout, "stopped")
	return err
}

// Command clerk is an API on Gin for the users of a Clerk instance: the real one that
// the environment names, or a stand-in on this machine.
package main

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
	"syscall"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core/clerk"
)

const usage = `An API for the users of a Clerk instance.

  go run ./examples/clerk            serves the API
  go run ./examples/clerk seed       creates three users, an organization and its members

Both use the instance that CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY name. Without
them the API starts a stand-in on this machine, seeds it, and prints tokens.

  -addr ADDRESS    where to listen (default 127.0.0.1:8080)

seed [-yes] [-live]
  -yes             create them; without it seed only says what it would do
  -live            also in a production instance (sk_live_…)

Exit status: 0 after Ctrl-C, 1 when something failed, 2 for wrong usage.
`

// shutdownTime is how long requests may take that run when the program is to end.
const shutdownTime = 10 * time.Second

func main() {
	gin.SetMode(gin.ReleaseMode)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// errUsage is for wrong usage, after which the usage is printed.
var errUsage = errors.New("wrong usage")

// run is main without the process: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	command := serveCommand
	if len(args) > 0 && args[0] == "seed" {
		command, args = seedCommand, args[1:]
	}
	err := command(ctx, args, stdout)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(stderr, "clerk: %v\n\n%s", err, usage)
		return 2
	}
	fmt.Fprintf(stderr, "clerk: %v\n", err)
	return 1
}

// parse reads the options of a command that has no arguments.
func parse(flags *flag.FlagSet, args []string) error {
	flags.SetOutput(io.Discard) // run prints errors
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", errUsage, err)
	case flags.NArg() > 0:
		return fmt.Errorf("%w: unexpected argument %q", errUsage, flags.Arg(0))
	}
	return nil
}

func serveCommand(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("clerk", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8080", "")
	if err := parse(flags, args); err != nil {
		return err
	}
	cfg, named, err := fromEnvironment()
	if err != nil {
		return err
	}
	greeting := "\nUsers come from the Clerk instance that the environment names.\n"
	if !named {
		local, err := startLocal(ctx)
		if err != nil {
			return err
		}
		defer local.instance.Close() //nolint:errcheck // it is gone with the process
		cfg, greeting = local.config(), local.greeting()
	}
	a, err := newAPI(cfg)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	err = serve(ctx, a, listener, func() { fmt.Fprintf(stdout, "the API is at http://%s\n%s", listener.Addr(), greeting) })
	fmt.Fprintln(stdout, "stopped")
	return err
}

// fromEnvironment reads the settings of a real instance. It reports false when the
// environment has none. One key without the other is a mistake: the stand-in would
// hide it.
func fromEnvironment() (cfg clerk.Config, named bool, err error) {
	cfg = clerk.ConfigFromEnv()
	switch {
	case cfg.PublishableKey == "" && cfg.SecretKey == "":
		return cfg, false, nil
	case cfg.PublishableKey == "" || cfg.SecretKey == "":
		return cfg, true, fmt.Errorf("%w: set both CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY, or neither for the stand-in", errUsage)
	}
	return cfg, true, nil
}

// serve answers requests until ctx ends.
func serve(ctx context.Context, a *api, listener net.Listener, started func()) error {
	server := &http.Server{
		Handler: a.routes(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	started()
	if err := a.auth.Ready(ctx); err != nil {
		slog.WarnContext(ctx, "not ready yet: requests with a token get 503", "error", err)
	}
	select {
	case err := <-served:
		return fmt.Errorf("the server ended: %w", err)
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	err := server.Shutdown(limited)
	if end := <-served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return err
}

// Command playground shows authkeel at work: a local issuer and a Clerk
// instance, and the same small API on every framework, all on loopback.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

const usage = `The playground starts a local issuer, a Clerk instance and the same API on Gin, Echo v4 and v5,
Fiber v2 and v3, and Chi, on free ports of 127.0.0.1. It needs no account and no network.

  make demo               start everything, print tokens and curl lines, wait for Ctrl-C
  make demo ARGS=-once    make the calls, print how each framework answered, and stop
  make demo ARGS=-h       print this

The routes are GET /public, GET /hello (authentication is optional), GET /me (it is required),
DELETE /users/{id} (role admin) and GET /reports (permission reports:read); and, for users of
Clerk, GET /organization, POST /invoices (permission org:invoices:create), POST /payouts (users who
gave a second factor lately), POST /password (not for impersonators) and POST /webhooks. Copy from
the framework's file in examples/playground: gin.go, echo4.go, echo5.go, fiber2.go, fiber3.go, chi.go.

Exit status: 0 when every answer is as expected, 1 when one is not or something failed, 2 for
wrong usage.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, frameworks, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, frameworks []framework, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("playground", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed below
	tourOnly := flags.Bool("once", false, "")
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "playground: %v\n\n%s", err, usage)
		return 2
	case *tourOnly:
		err = once(ctx, frameworks, stdout)
	default:
		err = serve(ctx, frameworks, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "playground: %v\n", err)
		return 1
	}
	return 0
}

// serve runs the APIs until ctx ends.
func serve(ctx context.Context, frameworks []framework, stdout, stderr io.Writer) (err error) {
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: short}))
	p, err := start(frameworks, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := guide(stdout, p); err != nil {
		return err
	}
	<-ctx.Done()
	_, err = fmt.Fprintln(stdout, "\nstopped")
	return err
}

// short removes attributes from a log line that are the same in all lines, or of
// no use to a reader who has just sent the request.
func short(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.TimeKey, slog.MessageKey, "issuer", "client", "token", "duration_ms", "method", "path":
		return slog.Attr{}
	}
	return a
}

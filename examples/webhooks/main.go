// Command webhooks is an API on chi that keeps users, organizations and memberships
// of Clerk in tables of its own. Clerk's webhooks tell it what has changed.
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
	"sync"
	"syscall"
	"time"

	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/webhook"
)

const usage = `Keeps users, organizations and memberships of Clerk in tables, by Clerk's webhooks.

  go run ./examples/webhooks -local      with a stand-in for Clerk, and tokens for ada, max and mo
  go run ./examples/webhooks             with the Clerk instance that the environment names
  go run ./examples/webhooks replay      sends signed sample deliveries to the running API

  -local              start the stand-in on loopback and print tokens; for development only
  -addr ADDRESS       where to listen (default 127.0.0.1:8080)
  -database FILE      the SQLite file (default :memory:, which ends with the process)

replay [-url URL] [ordered|shuffled|repeated|forged]
  -url URL            where the webhooks go (default http://127.0.0.1:8080/webhooks)
  ordered             each sample once, as it happened (the default)
  shuffled            in a random order, as deliveries can arrive
  repeated            each sample twice, as after an answer that was lost
  forged              signed with a secret that the API does not know

Without -local the environment has CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY and
CLERK_WEBHOOK_SIGNING_SECRET; replay needs the last one.
Exit status: 0 after Ctrl-C, 1 when something failed, 2 for wrong usage.
`

// shutdownTime is how long requests may take that run when the program is to end.
const shutdownTime = 10 * time.Second

func main() {
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
	if len(args) > 0 && args[0] == "replay" {
		command, args = replayCommand, args[1:]
	}
	err := command(ctx, args, stdout)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(stderr, "webhooks: %v\n\n%s", err, usage)
		return 2
	}
	fmt.Fprintf(stderr, "webhooks: %v\n", err)
	return 1
}

// parse reads the options, and at most as many arguments.
func parse(flags *flag.FlagSet, args []string, most int) error {
	flags.SetOutput(io.Discard) // run prints errors
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if flags.NArg() > most {
		return fmt.Errorf("%w: unexpected argument %q", errUsage, flags.Arg(most))
	}
	return nil
}

func serveCommand(ctx context.Context, args []string, stdout io.Writer) (err error) {
	flags := flag.NewFlagSet("webhooks", flag.ContinueOnError)
	isLocal := flags.Bool("local", false, "")
	addr := flags.String("addr", "127.0.0.1:8080", "")
	cfg := settings{SendMail: logMail(stdout)}
	flags.StringVar(&cfg.Database, "database", ":memory:", "")
	if err := parse(flags, args, 0); err != nil {
		return err
	}
	var greeting string
	if *isLocal {
		instance, err := startLocal()
		if err != nil {
			return err
		}
		defer instance.Close() //nolint:errcheck // it is gone with the process
		cfg.Clerk, greeting = localConfig(instance), localGreeting(instance)
		cfg.Verifier, err = webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{instance.WebhookSecret()}})
		if err != nil {
			return err
		}
	} else if cfg.Clerk, cfg.Verifier, err = fromEnvironment(); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // the server has closed it, unless there was none
	s, err := newService(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	err = s.serve(ctx, listener, func() { fmt.Fprintf(stdout, "the API is at http://%s\n%s", listener.Addr(), greeting) })
	fmt.Fprintln(stdout, "stopped")
	return err
}

// fromEnvironment reads the settings of a real instance.
func fromEnvironment() (clerk.Config, *webhook.Verifier, error) {
	cfg := clerk.ConfigFromEnv()
	if cfg.PublishableKey == "" || cfg.SecretKey == "" {
		return cfg, nil, fmt.Errorf("%w: set CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY, or use -local to try the program without an account", errUsage)
	}
	verifier, err := clerk.WebhookVerifierFromEnv()
	return cfg, verifier, err
}

// serve answers requests and sends mails until ctx ends.
func (s *service) serve(ctx context.Context, listener net.Listener, started func()) error {
	var mails sync.WaitGroup
	sending, stopMails := context.WithCancel(context.WithoutCancel(ctx))
	mails.Go(func() { s.mails.run(sending) })
	defer mails.Wait()
	defer stopMails()

	server := &http.Server{
		Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	started()
	if err := s.auth.Ready(ctx); err != nil {
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

// Package check is `authkeel check`: it checks from outside that an API is protected.
package check

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/authkeel/authkeel/scripts/internal/check/probes"
	"github.com/authkeel/authkeel/scripts/internal/check/report"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
	"github.com/authkeel/authkeel/scripts/internal/check/server"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// Command returns the command.
func Command() cli.Command {
	c := cli.Command{
		Name:    "check",
		Summary: "check that an API is protected: start it, and attack it",
		Usage:   "check <project-path> [--base-url URL] [--spec FILE] [--route METHOD:/path]... [flags]",
		Help:    help,
	}
	c.Run = func(ctx context.Context, streams cli.IO, args []string) int { return run(ctx, c, streams, args) }
	return c
}

func run(ctx context.Context, c cli.Command, streams cli.IO, args []string) int {
	streams.Err = cli.NewCleaner(streams.Err) // names in documents and the server's log are written to it
	var o options
	flags := c.Flags()
	o.define(flags)
	rest, code, done := c.Parse(flags, streams, args)
	if done {
		return code
	}
	if err := o.validate(rest); err != nil {
		return c.Wrong(streams, "%v", err)
	}
	say := func(format string, args ...any) {
		fmt.Fprintf(streams.Err, "authkeel check: "+format+"\n", args...)
	}
	list, err := o.find(say)
	if err != nil {
		return c.Wrong(streams, "%v", err)
	}
	source, err := o.source(say)
	if err != nil {
		return c.Wrong(streams, "%v", err)
	}
	defer source.Close() //nolint:errcheck // it only listened
	r := &report.Report{Provider: source.Provider(), GapsAllowed: o.allowGaps}
	if err := o.probe(ctx, r, source, list, say); err != nil {
		if errors.Is(err, server.ErrAsk) {
			return c.Wrong(streams, "%v", err)
		}
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		fmt.Fprintln(streams.Err, "authkeel check:", err)
		return cli.ExitFailed
	}
	if err := o.show(r, streams); err != nil {
		fmt.Fprintln(streams.Err, "authkeel check:", err)
		return cli.ExitFailed
	}
	if !r.Passed() {
		return cli.ExitFailed
	}
	return cli.ExitOK
}

// source returns where tokens come from.
func (o *options) source(say func(string, ...any)) (*tokens.Source, error) {
	wanted := tokens.Options{Audience: o.audience, Party: o.party, AdminClaims: o.adminClaims}
	switch {
	case o.state != "":
		return tokens.FromState(o.state, wanted)
	case o.baseURL != "":
		return tokens.Given(o.token, o.adminToken), nil
	}
	provider := o.provider
	if provider == "" {
		provider = guessProvider(o.project)
		say("the project looks like one with %s tokens; use --provider for the other kind", provider)
	}
	return tokens.New(provider, wanted)
}

// probe starts the server, sends the probes, and stops it.
func (o *options) probe(ctx context.Context, r *report.Report, source *tokens.Source, list routes.List, say func(string, ...any)) error {
	if o.project != "" {
		if err := checkEnvFiles(ctx, o.project, r); err != nil {
			return err
		}
	} else {
		r.Add(report.Row{ID: "env-committed", Check: ".env is not committed", Status: report.NotTried, Reason: "needs the project's path"})
	}
	for _, m := range list.Missed {
		r.Add(report.Row{ID: "not-followed", Check: "not followed", Route: m.What, Status: report.NotTried, Gap: true, Reason: fmt.Sprintf("%s, found at %s", m.Why, m.From)})
	}
	p := &probes.Run{Base: o.baseURL, Tokens: source, Routes: list.Routes, AdminRoute: o.admin, WebhookRoute: o.webhook, WebhookEvent: o.event,
		WebhookSecret: source.WebhookSecret(), Origin: o.frontEnd(source), Writes: o.writes, Report: r, Say: say}
	if p.WebhookSecret == "" {
		p.WebhookSecret = os.Getenv("CLERK_WEBHOOK_SIGNING_SECRET")
	}
	if o.baseURL != "" {
		r.Server = o.baseURL
		return p.All(ctx)
	}
	s, err := server.Start(ctx, server.Options{Dir: o.project, Package: o.pkg, Command: o.start, Env: o.environment(source), Drop: isClerk, Timeout: o.timeout, Say: say})
	if err != nil {
		return err
	}
	defer func() {
		say("stopping the server")
		s.Stop()
	}()
	p.Base, r.Server = s.Base, filepath.Clean(o.project)
	if err := p.All(ctx); err != nil {
		return errors.Join(err, s.Ended())
	}
	if r.SeeLog() {
		say("the end of the server's log:\n%s", s.Log())
	}
	return s.Ended()
}

// frontEnd is the origin that a browser would send.
func (o *options) frontEnd(source *tokens.Source) string {
	switch {
	case o.origin != "":
		return o.origin
	case o.party != "":
		return o.party
	case source.Env()["CLERK_AUTHORIZED_PARTIES"] != "":
		return source.Env()["CLERK_AUTHORIZED_PARTIES"]
	}
	return "http://localhost:3000"
}

func (o *options) show(r *report.Report, streams cli.IO) error {
	if o.junit != "" {
		file, err := os.Create(o.junit)
		if err != nil {
			return err
		}
		if err := errors.Join(r.JUnit(file), file.Close()); err != nil {
			return err
		}
	}
	if o.json {
		return r.JSON(streams.Out)
	}
	fmt.Fprintln(streams.Out)
	r.Text(streams.Out)
	return nil
}

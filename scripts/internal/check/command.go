// Package check is `authkeel check`: it proves that an API is protected.
package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/probes"
	"github.com/authkeel/authkeel/scripts/internal/check/report"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
	"github.com/authkeel/authkeel/scripts/internal/check/server"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// Command is the command.
func Command() cli.Command {
	c := cli.Command{
		Name:    "check",
		Summary: "prove that an API is protected: start it, and attack it",
		Usage:   "check <project-path> [--base-url URL] [--spec FILE] [--route METHOD:/path]... [flags]",
		Help:    help,
	}
	c.Run = func(ctx context.Context, streams cli.IO, args []string) int { return run(ctx, c, streams, args) }
	return c
}

func run(ctx context.Context, c cli.Command, streams cli.IO, args []string) int {
	var o options
	flags := c.Flags()
	o.define(flags)
	rest, code, done := c.Parse(flags, streams, args)
	if done {
		return code
	}
	if err := o.check(rest); err != nil {
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
	r := &report.Report{Provider: source.Provider()}
	if err := o.try(ctx, r, source, list, say); err != nil {
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

// find says which routes are tried.
func (o *options) find(say func(string, ...any)) ([]routes.Route, error) {
	list := o.routes
	if o.admin != nil {
		list = append(list[:len(list):len(list)], routes.Route{Method: o.admin.Method, Path: o.admin.Path, Bearer: true, From: "the command line"})
	}
	if o.spec != "" {
		hasPath := strings.Count(o.baseURL, "/") > 2 // and is where the document's server is
		found, err := routes.FromSpec(o.spec, !hasPath)
		return routes.Unique(append(list, found...)), err
	}
	named := false
	for _, r := range o.routes {
		named = named || r.Access == routes.Protected
	}
	if named {
		return routes.Unique(list), nil
	}
	if o.project != "" {
		found, err := routes.FromSource(o.project)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			say("no --route and no --spec: trying the %d routes that the source registers", len(found))
			for _, r := range found {
				say("  %-28s %s", r, r.From)
			}
			return routes.Unique(append(list, found...)), nil
		}
	}
	if o.admin != nil {
		return routes.Unique(list), nil
	}
	return nil, errors.New("which routes? Name them with --route METHOD:/path or --spec FILE; none was found in a router in Go source")
}

// source is where tokens come from.
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
		say("the project looks like one with %s tokens; --provider says otherwise", provider)
	}
	return tokens.New(provider, wanted)
}

// try starts the server, tries it and stops it.
func (o *options) try(ctx context.Context, r *report.Report, source *tokens.Source, list []routes.Route, say func(string, ...any)) error {
	if o.project != "" {
		if err := dotenv(ctx, o.project, r); err != nil {
			return err
		}
	} else {
		r.Add(report.Row{ID: "env-committed", Check: ".env is not committed", Status: report.NotTried, Reason: "needs the project's path"})
	}
	t := &probes.Run{Base: o.baseURL, Tokens: source, Routes: list, AdminRoute: o.admin, WebhookRoute: o.webhook, WebhookEvent: o.event,
		WebhookSecret: source.WebhookSecret(), Origin: o.frontEnd(source), Report: r, Say: say}
	if t.WebhookSecret == "" {
		t.WebhookSecret = os.Getenv("CLERK_WEBHOOK_SIGNING_SECRET")
	}
	if o.baseURL != "" {
		r.Server = o.baseURL
		return t.All(ctx)
	}
	s, err := server.Start(ctx, server.Options{Dir: o.project, Package: o.pkg, Command: o.start, Env: o.environment(source), Drop: isClerk, Timeout: o.timeout, Say: say})
	if err != nil {
		return err
	}
	defer func() {
		say("stopping the server")
		s.Stop()
	}()
	t.Base, r.Server = s.Base, filepath.Clean(o.project)
	if err := t.All(ctx); err != nil {
		return errors.Join(err, s.Ended())
	}
	for _, row := range r.Rows {
		if strings.Contains(row.Remedy, "server's log") {
			say("the end of the server's log:\n%s", s.Log())
			break
		}
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

// isClerk reports whether a variable is about Clerk: those of the user's shell and
// their real keys stay out of the run.
func isClerk(name string) bool { return strings.Contains(strings.ToUpper(name), "CLERK") }

// environment is what the server is given. Variables of a .env file that the
// run does not set are set to nothing, because programs that read that file leave
// alone what is set: the real keys in it stay out of the run.
func (o *options) environment(source *tokens.Source) map[string]string {
	env := map[string]string{}
	if files, err := filepath.Glob(filepath.Join(o.project, ".env*")); err == nil {
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				continue // a directory
			}
			for name := range assignments(string(text)) {
				if isClerk(name) || strings.HasPrefix(name, "OIDC_") {
					env[name] = ""
				}
			}
		}
	}
	maps.Copy(env, source.Env())
	for name, value := range o.env {
		env[name] = source.Fill(value)
	}
	return env
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

// Package setup is `authkeel setup`: it adds an adapter and an auth package to an
// existing application.
package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/token"
	"os/exec"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/cli"
	"github.com/authkeel/authkeel/scripts/internal/workspace"
)

// Command is the command.
func Command() cli.Command {
	c := cli.Command{
		Name:    "setup",
		Summary: "add authentication to an existing Go API",
		Usage:   "setup <gin|echo|fiber|chi> <project-path> [--provider clerk|oidc] [--dry-run]",
		Help: `Adds authentication to the Go module in <project-path>, which uses the framework:

  go get            the adapter for the framework, and authkeel's core
  auth/auth.go      the authenticator from the environment, middleware, helpers
  auth/auth_test.go a test of it that needs no network and no account
  .env.example      the variables, with comments
  .gitignore        .env, if it is not there

and prints the lines to paste into your router. It plans first: when something is
in the way it changes nothing. A file of yours is never overwritten; when
auth/auth.go is there with other content, the difference is shown, and
--package NAME takes another folder. Running it twice changes nothing.

Afterwards, 'authkeel check <project-path>' proves the protection.
`,
	}
	c.Run = func(ctx context.Context, streams cli.IO, args []string) int { return run(ctx, c, streams, args) }
	return c
}

func run(ctx context.Context, c cli.Command, streams cli.IO, args []string) int {
	flags := c.Flags()
	ch := choice{}
	flags.StringVar(&ch.Provider, "provider", "clerk", "who signs the tokens: clerk, or oidc for any OpenID Connect `issuer`")
	flags.StringVar(&ch.Package, "package", "auth", "the `name` of the package and its folder")
	version := flags.String("version", "latest", "the `version` of authkeel to add")
	dryRun := flags.Bool("dry-run", false, "say what would be done, and do nothing")
	rest, code, done := c.Parse(flags, streams, args)
	if done {
		return code
	}
	if len(rest) != 2 {
		return c.Wrong(streams, "it takes a framework and the path of a project, and got %d arguments", len(rest))
	}
	var known bool
	if ch.Framework, known = frameworkNamed(rest[0]); !known {
		return c.Wrong(streams, "there is no framework %q; there are gin, echo, fiber and chi", rest[0])
	}
	if ch.Provider != "clerk" && ch.Provider != "oidc" {
		return c.Wrong(streams, "--provider %s: there are clerk and oidc", ch.Provider)
	}
	if !token.IsIdentifier(ch.Package) || ch.Package == "main" || strings.ToLower(ch.Package) != ch.Package {
		return c.Wrong(streams, "--package %s is no name for a package: take small letters", ch.Package)
	}
	s := &setup{streams: streams, choice: ch, version: *version, dryRun: *dryRun}
	if err := s.do(ctx, rest[1]); err != nil {
		fmt.Fprintln(streams.Err, "authkeel setup:", err)
		return cli.Found
	}
	return cli.OK
}

type setup struct {
	streams cli.IO
	choice
	version string
	dryRun  bool
}

var errConflicts = errors.New("nothing was changed, because of the files above: choose another package with --package NAME, or move them away")

func (s *setup) do(ctx context.Context, dir string) error {
	p, err := openProject(dir)
	if err != nil {
		return err
	}
	if err := p.check(s.Framework); err != nil {
		return err
	}
	steps, conflicts, err := plan(p, s.choice)
	if err != nil {
		return err
	}
	if len(conflicts) > 0 {
		for _, c := range conflicts {
			fmt.Fprintf(s.streams.Out, "%s is there, and is not what setup would write:\n%s", c.name, c.diff)
		}
		return errConflicts
	}
	modules := []string{workspace.Prefix + s.Framework.Adapter, workspace.Prefix + "core"}
	missing := p.required(modules[0]) == "" || p.required(modules[1]) == ""
	if s.dryRun {
		fmt.Fprintln(s.streams.Out, "Would do, without --dry-run:")
	} else if missing {
		if err := p.addAdapter(s.goCommand(ctx, p.dir), modules, s.version); err != nil {
			return fmt.Errorf("the adapter could not be added, nothing was changed: %w", err)
		}
	}
	if !s.dryRun {
		if err := apply(p, steps); err != nil {
			return err
		}
	}
	return s.report(p, steps, modules, missing)
}

// goCommand runs the go command in the project.
func (s *setup) goCommand(ctx context.Context, dir string) func(args ...string) error {
	return func(args ...string) error {
		fmt.Fprintln(s.streams.Err, "running go", strings.Join(args, " "))
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", args[0], err, bytes.TrimSpace(out))
		}
		return nil
	}
}

func (s *setup) report(p *project, steps []step, modules []string, missing bool) error {
	out := s.streams.Out
	changed := missing
	if missing {
		fmt.Fprintf(out, "  go get   %s\n", strings.Join(modules, " "))
	} else {
		fmt.Fprintf(out, "  as it is  %s in go.mod\n", s.Framework.Adapter)
	}
	for _, step := range steps {
		changed = changed || step.verb != ""
		verb := step.verb
		if verb == "" {
			verb = "as it is"
		}
		fmt.Fprintf(out, "  %-8s %s\n", verb, step.name)
	}
	if !changed {
		fmt.Fprintln(out, "\nEverything is in place already; nothing was changed.")
	}
	text, err := s.toPaste(p.mod.Module.Mod.Path)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nPaste this where your router is made:\n\n%s\n", text)
	fmt.Fprintf(out, `Then
  1. copy .env.example to .env, fill it in, and load it as you load your environment
  2. go test ./%s
  3. authkeel check %s
`, s.Package, p.dir)
	return nil
}

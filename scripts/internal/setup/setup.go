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
	"regexp"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/cli"
	"github.com/authkeel/authkeel/scripts/internal/adapters"
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
--package NAME takes another folder. Running it twice changes nothing. When the
go command fails, go.mod and go.sum are put back.

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
	if !packageName.MatchString(ch.Package) || !token.IsIdentifier(ch.Package) || slices.Contains(taken, ch.Package) {
		return c.Wrong(streams, "--package %s is no name for this package: take small letters and digits, as in authn", ch.Package)
	}
	s := &setup{streams: streams, choice: ch, version: *version, dryRun: *dryRun}
	if err := s.do(ctx, rest[1]); err != nil {
		fmt.Fprintln(streams.Err, "authkeel setup:", err)
		return cli.Found
	}
	return cli.OK
}

// packageName is how a package is called; taken are names with a meaning for the
// go command, and those that the code around the package uses.
var (
	packageName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	taken       = []string{"main", "vendor", "testdata", "log", "http", "core", "clerk", "gin", "echo", "fiber", "chi", "ginauth", "echoauth", "fiberauth", "chiauth"}
)

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
	modules := []string{adapters.Prefix + s.Framework.Adapter, adapters.Prefix + "core"}
	if p.required(modules[0]) != "" && p.required(modules[1]) != "" {
		modules = nil
	}
	before := p.goVersion()
	if s.dryRun {
		fmt.Fprintln(s.streams.Out, "Would do, without --dry-run:")
	} else if err := s.change(ctx, p, steps, modules); err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	return s.report(p, steps, modules, before)
}

// change does all that was planned, or nothing.
func (s *setup) change(ctx context.Context, p *project, steps []step, modules []string) error {
	names := []string{"go.mod", "go.sum"}
	for _, step := range steps {
		if step.verb != "" {
			names = append(names, step.name)
		}
	}
	before, err := remember(p.dir, names...)
	if err != nil {
		return err
	}
	if len(modules) > 0 {
		err = p.addAdapter(s.goCommand(ctx, p.dir), modules, s.version)
	}
	if err == nil {
		err = apply(p, steps)
	}
	if err != nil {
		return errors.Join(err, before.restore())
	}
	return nil
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

// report says what was done, and what is left to do. before is the Go version
// that go.mod had.
func (s *setup) report(p *project, steps []step, modules []string, before string) error {
	out := s.streams.Out
	changed := len(modules) > 0
	if changed {
		fmt.Fprintf(out, "  go get   %s\n", strings.Join(modules, " "))
	} else {
		fmt.Fprintf(out, "  as it is %s and core in go.mod\n", s.Framework.Adapter)
	}
	if now := p.goVersion(); now != before {
		fmt.Fprintf(out, "  go.mod   says go %s now, which authkeel needs; it was %q\n", now, before)
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
	in, dir := "", shellWord(p.dir)
	if p.dir != "." {
		in = "-C " + dir + " "
	}
	fmt.Fprintf(out, "\n%s", text)
	fmt.Fprintf(out, `
Then
  1. copy .env.example to .env, fill it in, and load it as you load your environment,
     or in a shell: set -a; . ./.env; set +a
  2. go %stest ./%s
  3. authkeel check %s
     or: go run %sscripts/authkeel@latest check %s
`, in, s.Package, dir, adapters.Prefix, dir)
	return nil
}

// shellWord is a path as one word for a shell.
func shellWord(path string) string {
	if plainPath.MatchString(path) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

var plainPath = regexp.MustCompile(`^[A-Za-z0-9_./][A-Za-z0-9_./+@:-]*$`)

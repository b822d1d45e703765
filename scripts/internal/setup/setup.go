// Package setup is `authkeel setup`: it adds an adapter and an auth package to an
// existing Go application.
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

	"github.com/authkeel/authkeel/core/settings"
	"github.com/authkeel/authkeel/scripts/internal/cli"
	"github.com/authkeel/authkeel/scripts/internal/explain"
)

// Command returns the command.
func Command() cli.Command {
	c := cli.Command{
		Name:    "setup",
		Summary: "add authentication to an existing Go API",
		Usage:   "setup <gin|echo|fiber|chi> <project-path> [--provider clerk|oidc] [--major vN] [--roles-claim name] [--webhooks] [--backend] [--dry-run]",
		Help: `Adds authentication to the Go module in <project-path>:

  go get             adds the adapter for the framework, and authkeel's core
  auth/auth.go       the authenticator, made from the environment, and middleware
  auth/auth_test.go  a test of it that needs no network and no account
  .env.example       the environment variables, with comments
  .gitignore         gets the line .env

With --webhooks and --backend, for Clerk, also what such an API needs, each with a test:

  auth/webhooks.go   Clerk's webhooks: what has ended counts at the next request
  auth/backend.go    a client of Clerk's Backend API; users, organizations and members

Then it prints the lines that mount the middleware, with the file and the line where
each goes: for the router, the groups and the packages that the project has. At the
end it says whether the issuer can be reached, when .env or the environment names one.

The major version of Echo (v4, v5) and of Fiber (v2, v3) is read from go.mod. When
go.mod names two majors, --major vN says which one to protect.

setup plans first and changes nothing when there is an obstacle. It never overwrites
a file that it did not write: when auth/auth.go exists with other content, it shows
the difference, and --package NAME chooses another folder. It writes only below
<project-path> and does not follow symbolic links. Running it twice changes nothing.
When the go command fails, every file is restored.

Afterwards, 'authkeel check <project-path>' checks that the API is protected.
`,
	}
	c.Run = func(ctx context.Context, streams cli.IO, args []string) int { return run(ctx, c, streams, args) }
	return c
}

func run(ctx context.Context, c cli.Command, streams cli.IO, args []string) int {
	flags := c.Flags()
	ch := choice{}
	flags.StringVar(&ch.Provider, "provider", "clerk", "the `issuer` of the tokens: clerk, or oidc for every other OpenID Connect issuer")
	flags.StringVar(&ch.Package, "package", "auth", "the `name` of the package and of its folder")
	flags.StringVar(&ch.RolesClaim, "roles-claim", "", "the `claim` that holds roles, such as realm_access.roles, if it is not the usual one")
	flags.StringVar(&ch.Observer, "observer", "log", "the `kind` of log: log has every refusal with its reason, limited the first of each\nreason and then one a minute, silent none")
	flags.BoolVar(&ch.Webhooks, "webhooks", false, "write code that receives Clerk's webhooks as well")
	flags.BoolVar(&ch.Backend, "backend", false, "write code that calls Clerk's Backend API as well")
	major := flags.String("major", "", "the `major` version of the framework, such as v5, when go.mod names two")
	version := flags.String("version", "latest", "the `version` of authkeel to add")
	dryRun := flags.Bool("dry-run", false, "print what would be done, and do nothing")
	rest, code, done := c.Parse(flags, streams, args)
	if done {
		return code
	}
	if len(rest) != 2 {
		return c.Wrong(streams, "expected a framework and the path of a project, got %d arguments", len(rest))
	}
	rest[0] = strings.ToLower(rest[0])
	known := majors(rest[0])
	if len(known) == 0 {
		return c.Wrong(streams, "unknown framework %q: use gin, echo, fiber or chi", rest[0])
	}
	if *major != "" && !slices.ContainsFunc(known, func(f framework) bool { return f.Major == *major }) {
		return c.Wrong(streams, "--major %s: there is no adapter for that major of %s", *major, rest[0])
	}
	if ch.Provider != "clerk" && ch.Provider != "oidc" {
		return c.Wrong(streams, "--provider %s: use clerk, or oidc for every other OpenID Connect issuer, such as Auth0, Keycloak, Okta and Entra ID", ch.Provider)
	}
	switch {
	case ch.Provider == "clerk":
	case ch.Webhooks:
		return c.Wrong(streams, "--webhooks is for Clerk's webhooks, and the provider is %s: leave it out, and see package core/webhook for those of others", ch.Provider)
	case ch.Backend:
		return c.Wrong(streams, "--backend is for Clerk's Backend API, and the provider is %s: leave it out", ch.Provider)
	}
	if ch.RolesClaim != "" {
		if err := settings.ClaimName(ch.RolesClaim); err != nil {
			return c.Wrong(streams, "--roles-claim %v", err)
		}
	}
	if !slices.Contains(observers, ch.Observer) {
		return c.Wrong(streams, "--observer %s: use log, limited or silent", ch.Observer)
	}
	if !packageName.MatchString(ch.Package) || !token.IsIdentifier(ch.Package) || slices.Contains(taken, ch.Package) {
		return c.Wrong(streams, "--package %s cannot be used as a package name here: use lower-case letters and digits, as in authn", ch.Package)
	}
	s := &setup{streams: streams, choice: ch, version: *version, dryRun: *dryRun}
	if err := s.do(ctx, rest[0], *major, rest[1]); err != nil {
		fmt.Fprintln(streams.Err, "authkeel setup:", err)
		return cli.ExitFailed
	}
	return cli.ExitOK
}

// packageName is the form of a package name. taken lists names that have a meaning for
// the go command, and names that the code which imports the package uses itself.
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

var errConflicts = errors.New("nothing was changed: choose another package with --package NAME, or move the files above away")

func (s *setup) do(ctx context.Context, name, major, dir string) error {
	p, err := openProject(dir)
	if err != nil {
		return err
	}
	defer p.close()
	if s.Framework, err = p.choose(name, major); err != nil {
		return err
	}
	steps, conflicts, err := plan(p, s.choice)
	if err != nil {
		return err
	}
	if len(conflicts) > 0 {
		for _, c := range conflicts {
			fmt.Fprintf(s.streams.Out, "%s exists, and its content is not what setup would write:\n%s", c.name, c.diff)
		}
		return errConflicts
	}
	modules := []string{modulePrefix + s.Framework.Adapter, modulePrefix + "core"}
	if p.required(modules[0]) != "" && p.required(modules[1]) != "" {
		modules = nil
	}
	before := p.goVersion()
	if s.dryRun {
		fmt.Fprintln(s.streams.Out, "Without --dry-run, setup would do this:")
	} else if err := s.change(ctx, p, steps, modules); err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	return s.report(ctx, p, steps, modules, before)
}

// change carries out the whole plan, or restores the project.
func (s *setup) change(ctx context.Context, p *project, steps []step, modules []string) error {
	names := []string{"go.mod", "go.sum"}
	for _, step := range steps {
		if step.verb != "" {
			names = append(names, step.name)
		}
	}
	before, err := remember(p, names...)
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

// goCommand returns a function that runs the go command in the project.
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

// report prints what was done, and what the user has to do. before is the Go version
// that go.mod had.
func (s *setup) report(ctx context.Context, p *project, steps []step, modules []string, before string) error {
	out := s.streams.Out
	changed := len(modules) > 0
	if changed {
		fmt.Fprintf(out, "  go get   %s\n", strings.Join(modules, " "))
	} else {
		fmt.Fprintf(out, "  keep     %s and core in go.mod\n", s.Framework.Adapter)
	}
	if now := p.goVersion(); now != before {
		fmt.Fprintf(out, "  go.mod   go %s, which authkeel needs; it was %q\n", now, before)
	}
	for _, step := range steps {
		changed = changed || step.verb != ""
		verb := step.verb
		if verb == "" {
			verb = "keep"
		}
		fmt.Fprintf(out, "  %-8s %s\n", verb, step.name)
	}
	if !changed {
		fmt.Fprintln(out, "\nEverything exists already; nothing was changed.")
	}
	text, err := s.linesFor(p)
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
`, in, s.Package, dir, modulePrefix, dir)
	if s.Webhooks {
		fmt.Fprint(out, s.webhookSteps(dir))
	}
	if s.Backend {
		fmt.Fprintf(out, "\nFor Clerk's Backend API call %s.NewBackend(), and see the functions in %s/backend.go.\n", s.Package, s.Package)
	}
	if !s.dryRun {
		fmt.Fprintf(out, "\ndoctor   %s\n", explain.Reach(ctx, p.dir, s.Provider == "clerk"))
	}
	return nil
}

// shellWord quotes a path for a shell where that is necessary.
func shellWord(path string) string {
	if plainPath.MatchString(path) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

var plainPath = regexp.MustCompile(`^[A-Za-z0-9_./][A-Za-z0-9_./+@:-]*$`)

// Package audit is `authkeel audit`: it says what each route of a Go program asks of
// its callers, and compares that with a committed file or an OpenAPI document.
package audit

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
	"github.com/authkeel/authkeel/scripts/internal/cli"
)

const help = `Says what each route of a Go program asks of its callers: public, a token, a role, a
scope. The program's own router is made in a test, and its middleware is asked, so
nothing is guessed from source text. No handler runs, no server is started. The test
is written into the package of the router and removed afterwards.

  authkeel audit .                             compare with auth.routes
  authkeel audit . --write                     write auth.routes; read it, commit it
  authkeel audit . --call 'NewRouter(auth, nil)' --package ./internal/api
  authkeel audit . --openapi openapi.yaml      compare with the security of a document
  authkeel audit . --sarif audit.sarif         for code scanning, such as GitHub's

Which router. A function of the project that returns a *gin.Engine, *fiber.App,
*chi.Mux or chi.Router, or that takes the *echo.Echo to which it adds the routes, and
that needs no other argument than a *core.Authenticator and a context. Where there are
several, or more arguments are needed, give the call with --call: a Go expression in
the package of --package, in which auth is an *core.Authenticator of a test issuer, t
the *testing.T, and e the *echo.Echo that is audited. Functions that are not exported
will do. The program must use authkeel's middleware.

A test of your own does the same in go test, which is better where you can have one:

  func TestRoutes(t *testing.T) { authtest.Audit(t, newRouter(...)) }

With --openapi, every operation must ask for a token where its route does, and for the
scopes that its route wants. --write then corrects the document's "security" and
nothing else.

Exit codes: 0 as the file says, 1 a difference or a problem, 2 wrong arguments.
`

// Command returns the command.
func Command() cli.Command {
	c := cli.Command{
		Name:    "audit",
		Summary: "say what each route of a Go program asks of its callers",
		Usage:   "audit <project-path> [--call EXPRESSION] [--write] [--openapi FILE] [flags]",
		Help:    help,
	}
	c.Run = func(ctx context.Context, streams cli.IO, args []string) int { return run(ctx, c, streams, args) }
	return c
}

// options holds the values of the flags.
type options struct {
	project                           string
	pkg, call, routes, openapi, sarif string
	allowHandlers, json, write        bool
}

func (o *options) define(flags *flag.FlagSet) {
	flags.StringVar(&o.pkg, "package", "", "the `package` that has the router, such as ./internal/api")
	flags.StringVar(&o.call, "call", "", "the Go `expression` that makes the router")
	flags.StringVar(&o.routes, "routes", "", "the `file` to compare with (default auth.routes beside the router, or in the project)")
	flags.StringVar(&o.openapi, "openapi", "", "compare with the security of this OpenAPI 3 `file`, YAML or JSON, instead")
	flags.BoolVar(&o.write, "write", false, "write auth.routes, or correct the OpenAPI document, instead of comparing")
	flags.BoolVar(&o.allowHandlers, "allow-handlers", false, "let handlers run where they cannot be stopped, as in an *echo.Echo that is made elsewhere")
	flags.BoolVar(&o.json, "json", false, "print JSON instead of the table")
	flags.StringVar(&o.sarif, "sarif", "", "write SARIF to this `file` as well")
}

func run(ctx context.Context, c cli.Command, streams cli.IO, args []string) int {
	var o options
	flags := c.Flags()
	o.define(flags)
	rest, code, done := c.Parse(flags, streams, args)
	switch {
	case done:
		return code
	case len(rest) == 0:
		return c.Wrong(streams, "missing <project-path>")
	case len(rest) > 1:
		return c.Wrong(streams, "unexpected argument %q", rest[1])
	case o.openapi != "" && o.routes != "":
		return c.Wrong(streams, "use --routes or --openapi, not both")
	}
	o.project = rest[0]
	if info, err := os.Stat(o.project); err != nil || !info.IsDir() {
		return c.Wrong(streams, "%s is not a directory", o.project)
	}
	passed, err := o.audit(ctx, streams)
	var ask *askError
	switch {
	case errors.As(err, &ask):
		return c.Wrong(streams, "%v", err)
	case ctx.Err() != nil:
		err = errors.New("interrupted")
	}
	if err != nil {
		fmt.Fprintln(streams.Err, "authkeel audit:", err)
	}
	if err != nil || !passed {
		return cli.ExitFailed
	}
	return cli.ExitOK
}

// askError is a question that only other arguments answer.
type askError struct{ text string }

func (e *askError) Error() string { return e.text }

func ask(format string, args ...any) error { return &askError{fmt.Sprintf(format, args...)} }

// audit runs the program's router, and compares what its routes ask for.
func (o *options) audit(ctx context.Context, streams cli.IO) (passed bool, err error) {
	target, err := findCall(ctx, o)
	if err != nil {
		return false, err
	}
	fmt.Fprintf(streams.Err, "authkeel audit: asking the router of %s in %s\n", target.call, target.pkg.ImportPath)
	list, err := target.run(ctx, o)
	if err != nil {
		return false, err
	}
	r := &result{Routes: list}
	if o.openapi != "" {
		err = o.compareDocument(r)
	} else {
		err = o.compareFile(r, target.pkg.Dir)
	}
	if err != nil {
		return false, err
	}
	return r.passed(), o.show(r, streams)
}

// compareFile compares with auth.routes, or writes it.
func (o *options) compareFile(r *result, packageDir string) error {
	file := o.routes
	if file == "" {
		file = filepath.Join(packageDir, authroutes.FileName)
		if inProject := filepath.Join(o.project, authroutes.FileName); !exists(file) && exists(inProject) {
			file = inProject
		}
	}
	r.File = shorten(file)
	text, err := os.ReadFile(file)
	missing := errors.Is(err, os.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	lines, err := authroutes.Parse(string(text))
	if err != nil {
		return fmt.Errorf("%s:%w", r.File, err)
	}
	if o.write {
		for _, route := range r.Routes {
			if route.Problem != "" { // which the file would hide
				return fmt.Errorf("%s was not written: %s: %s", r.File, route.Name(), route.Problem)
			}
		}
		return os.WriteFile(file, []byte(authroutes.Format(r.Routes, lines)), 0o644) //nolint:gosec // it holds no secret
	}
	r.Missing = missing
	r.Differences = authroutes.Compare(lines, r.Routes)
	return nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// shorten names a file as seen from the working directory, which CI runs from.
func shorten(file string) string {
	absolute, err := filepath.Abs(file)
	if err != nil {
		return file
	}
	if wd, err := os.Getwd(); err == nil {
		if short, err := filepath.Rel(wd, absolute); err == nil {
			return filepath.ToSlash(short)
		}
	}
	return file
}

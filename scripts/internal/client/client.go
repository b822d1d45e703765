// Package client writes typed clients of an API with authentication built in.
package client

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// Kind is one sort of client, the first word after `authkeel client`.
type Kind struct {
	Name    string
	Summary string   // one line for the help
	Flags   []string // which flags it knows beside those of every kind
	Make    func(ctx context.Context, job *Job) ([]File, error)
}

// Job is what a kind works on.
type Job struct {
	Output string // the folder to write to; of a single name, the folder it is in
	Ext    string // ".ts" or ".go" when the output path ends in that, else empty
	Stem   string // the last part of that path, without the extension
	Name   string // of the package
	Spec   string // --spec, --schema and --router as they were given
	Schema string
	Router string

	Streams cli.IO
	Tools   Tools
	Notes   []string // printed at the end, after the list of files
}

// Note adds a line to what is printed at the end.
func (j *Job) Note(format string, args ...any) {
	j.Notes = append(j.Notes, fmt.Sprintf(format, args...))
}

// usageError is about the command line; the exit code is 2.
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }

func usage(format string, args ...any) error {
	return usageError{fmt.Sprintf(format, args...)}
}

// Command is `authkeel client`.
func Command() cli.Command { return command(&npm{}) }

func command(tools Tools) cli.Command {
	c := cli.Command{
		Name:    "client",
		Summary: "write a typed client of an API, with authentication built in",
		Usage:   "client <" + strings.Join(names(), "|") + "> <output-path> [flags]",
		Help:    help(),
	}
	c.Run = func(ctx context.Context, streams cli.IO, args []string) int {
		streams.Out, streams.Err = visibleWriter{streams.Out}, visibleWriter{streams.Err}
		job := &Job{Streams: streams, Tools: tools}
		flags := c.Flags()
		flags.StringVar(&job.Spec, "spec", "", "the OpenAPI document: a `file`, - for standard input, or a URL on this machine")
		flags.StringVar(&job.Schema, "schema", "", "the GraphQL schema: a `file`, a pattern such as 'graph/*.graphqls', or a URL on this machine")
		flags.StringVar(&job.Router, "router", "", "the `module` that exports the type AppRouter of a tRPC server")
		flags.StringVar(&job.Name, "name", "", "the `name` of the package (default: the folder's)")
		force := flags.Bool("force", false, "rewrite generated files that were edited as well")
		rest, code, done := c.Parse(flags, streams, args)
		if done {
			return code
		}
		if len(rest) != 2 {
			return c.Wrong(streams, "it takes a kind and an output path")
		}
		i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == rest[0] })
		if i < 0 {
			return c.Wrong(streams, "there is no kind %q: use rest, axios, graphql, trpc or go", rest[0])
		}
		kind := kinds[i]
		if err := kind.check(flags); err != nil {
			return c.Wrong(streams, "%v", err)
		}
		err := job.run(ctx, kind, rest[1], *force)
		var wrong usageError
		switch {
		case errors.As(err, &wrong):
			return c.Wrong(streams, "%v", err)
		case err != nil:
			fmt.Fprintf(streams.Err, "authkeel client: %v\n", err)
			return cli.ExitFailed
		}
		return cli.ExitOK
	}
	return c
}

func (k Kind) check(flags *flag.FlagSet) error {
	var err error
	flags.Visit(func(f *flag.Flag) {
		if f.Name != "name" && f.Name != "force" && !slices.Contains(k.Flags, f.Name) {
			err = usage("--%s is not for %s", f.Name, k.Name)
		}
	})
	return err
}

func (j *Job) run(ctx context.Context, kind Kind, output string, force bool) error {
	if err := j.resolveOutput(output); err != nil {
		return err
	}
	files, err := kind.Make(ctx, j)
	if err != nil {
		return err
	}
	report, err := write(j.Output, files, force)
	fmt.Fprint(j.Streams.Out, report)
	if err != nil {
		return err
	}
	for _, note := range j.Notes {
		fmt.Fprintf(j.Streams.Out, "\n%s\n", note)
	}
	return nil
}

// resolveOutput finds out where to write, and says no before any work is done.
func (j *Job) resolveOutput(output string) error {
	if output == "" {
		return usage("the output path is empty")
	}
	output = filepath.Clean(output)
	info, err := os.Stat(output)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	j.Output = output
	if ext := filepath.Ext(output); ext == ".ts" || ext == ".go" {
		j.Output, j.Ext, j.Stem = filepath.Dir(output), ext, strings.TrimSuffix(filepath.Base(output), ext)
	} else if err == nil && !info.IsDir() {
		return usage("%s is a file; the output path is a folder, or a name that ends in .ts", output)
	}
	if j.Name != "" && !npmName.MatchString(j.Name) {
		return usage("--name %s is no name that npm accepts", j.Name)
	}
	if j.Name == "" {
		abs, err := filepath.Abs(j.Output)
		if err != nil {
			return err
		}
		j.Name = packageName(filepath.Base(abs))
	}
	return nil
}

var npmName = regexp.MustCompile(`^(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*$`)

// packageName makes a folder's name one that npm accepts.
func packageName(folder string) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, folder), "-_.")
	if name == "" {
		return "api-client"
	}
	if _, taken := versions[name]; taken {
		return name + "-client" // inside a package its own name is the package
	}
	return name
}

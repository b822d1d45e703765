// Command bench measures authkeel.
//
//	bench compare   beside other Go libraries that verify JSON Web Tokens, on the same
//	                token and in the same process: verification alone, and the
//	                middleware of each on its framework
//	bench targets   the benchmarks of core and of the adapters, beside their targets
//
// Run it in this folder, which has a workspace of its own, or with `make bench`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	testing.Init() // for test.benchtime
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags of both commands.
type options struct {
	rounds   int
	each     time.Duration
	markdown bool
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	commands := map[string]func(context.Context, options, io.Writer, io.Writer) error{"compare": compare, "targets": measureTargets}
	if len(args) == 0 || commands[args[0]] == nil {
		return errors.New("name a command: compare or targets")
	}
	var o options
	flags := flag.NewFlagSet("bench "+args[0], flag.ContinueOnError)
	flags.SetOutput(log)
	flags.IntVar(&o.rounds, "rounds", 7, "how often everything is measured; the medians are shown")
	flags.DurationVar(&o.each, "time", 300*time.Millisecond, "how long each measurement runs in each round")
	flags.BoolVar(&o.markdown, "markdown", false, "print Markdown tables")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.rounds < 1 || o.each <= 0 {
		return errors.New("-rounds and -time have to be positive")
	}
	return commands[args[0]](ctx, o, out, log)
}

// findRoot returns the root of the tree. It is two folders above the workspace of
// this one.
func findRoot(ctx context.Context) (string, error) {
	text, err := exec.CommandContext(ctx, "go", "env", "GOWORK").Output()
	work := strings.TrimSpace(string(text))
	if err != nil || filepath.Base(filepath.Dir(work)) != "bench" {
		return "", errors.Join(err, errors.New("run this in the folder scripts/bench, or use make bench"))
	}
	return filepath.Dir(filepath.Dir(filepath.Dir(work))), nil
}

// Benchtable runs the benchmarks of core and the adapters several times and
// shows the medians beside what we hold ourselves to. It shows and never
// judges: a figure that misses its target is marked, and the exit status is 0
// as long as the benchmarks run.
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
	"runtime"
	"strings"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/workspace"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "benchtable:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string, out, log io.Writer) error {
	flags := flag.NewFlagSet("benchtable", flag.ContinueOnError)
	flags.SetOutput(log)
	rounds := flags.Int("rounds", 7, "how often everything is measured; medians are shown")
	each := flags.Duration("time", 300*time.Millisecond, "how long each benchmark runs in each round")
	markdown := flags.Bool("markdown", false, "print a Markdown table")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 1 || *each <= 0 {
		return errors.New("there are only flags; -rounds and -time have to be positive")
	}
	root, err := workspace.Find(".")
	if err != nil {
		return err
	}
	ws, err := workspace.Load(root)
	if err != nil {
		return err
	}
	r := runner{ws: ws, each: *each, log: log}
	if err := r.build(ctx); err != nil {
		return err
	}
	var results []round
	for n := range *rounds {
		fmt.Fprintf(log, "round %d of %d\n", n+1, *rounds)
		result, err := r.round(ctx, n == 0)
		if err != nil {
			return err
		}
		results = append(results, result)
	}
	fmt.Fprintf(out, "%s, %d processors, %s/%s, %s, %s, commit %s; medians of %d rounds of %v\n\n%s",
		r.cpu, runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH, runtime.Version(),
		time.Now().UTC().Format(time.DateOnly), commit(ctx, root), *rounds, *each,
		show(targets(), results, *markdown))
	return nil
}

// commit names the tree that is measured.
func commit(ctx context.Context, root string) string {
	cmd := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty")
	cmd.Dir = root
	text, err := cmd.Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}

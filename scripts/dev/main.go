// Command dev is the build tool of the tree. The Makefile calls it.
//
//	dev lint                               check the rules that the Go compiler does not know
//	dev proxy-env                          write the module proxy, print the settings to use it
//	dev isolate [-race] [folder...]        build and test each module alone
//	dev go-versions [-race] [folder...]    test core and the adapters with the lowest and the newest Go
//	dev tidy                               go mod tidy in every module
//
// A folder is that of a module, such as ginauth or echoauth/v5.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/authkeel/authkeel/scripts/dev/internal/isolation"
	"github.com/authkeel/authkeel/scripts/dev/internal/treelint"
	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
)

func main() {
	// An interrupt ends the go command that is running; then the scratch folders
	// are removed.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("name a command: lint, proxy-env, isolate, go-versions or tidy")
	}
	command := args[0]
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	options := isolation.Options{Out: out}
	if command == "isolate" || command == "go-versions" {
		flags.BoolVar(&options.Race, "race", false, "test with the race detector")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	options.Folders = flags.Args()

	root, err := workspace.Find(".")
	if err != nil {
		return err
	}
	ws, err := workspace.Load(root)
	if err != nil {
		return err
	}
	switch command {
	case "lint":
		return lint(ws.Root, out)
	case "proxy-env":
		env, err := isolation.Prepare(ctx, ws)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(out, env)
		return err
	case "isolate":
		return isolation.Isolate(ctx, ws, options)
	case "go-versions":
		return isolation.CheckGoVersions(ctx, ws, options)
	case "tidy":
		return isolation.Tidy(ctx, root, out)
	}
	return fmt.Errorf("unknown command %q; the commands are lint, proxy-env, isolate, go-versions and tidy", command)
}

func lint(root string, out io.Writer) error {
	problems, err := treelint.Check(root)
	if err != nil {
		return err
	}
	for _, p := range problems {
		fmt.Fprintln(out, p)
	}
	if len(problems) > 0 {
		return fmt.Errorf("%d problems; CONTRIBUTING.md has the rules", len(problems))
	}
	return nil
}

// House is the build tool of the tree. The Makefile calls it.
//
//	house check                           say which rules of the house the tree breaks
//	house proxy-env                       make the module proxy, print the settings to use it
//	house apart-env <folder>              the same for a module apart from go.work, to use in its folder
//	house isolate [-race] [folder...]     build and test each module alone
//	house tidy                            go mod tidy in every module
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/authkeel/authkeel/scripts/internal/gate"
	"github.com/authkeel/authkeel/scripts/internal/rules"
	"github.com/authkeel/authkeel/scripts/internal/workspace"
)

func main() {
	// An interrupt ends the go command that runs, and then the scratch folders go.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := command(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "house:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	root, err := workspace.Find(".")
	if err != nil {
		return err
	}
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	race := false
	if name == "isolate" {
		flags.BoolVar(&race, "race", false, "test with the race detector")
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if name == "tidy" {
		return gate.Tidy(ctx, root, os.Stdout)
	}
	ws, err := workspace.Load(root)
	if err != nil {
		return err
	}
	switch name {
	case "check":
		problems, err := rules.Check(root)
		if err != nil {
			return err
		}
		for _, p := range problems {
			fmt.Println(p)
		}
		if len(problems) > 0 {
			return fmt.Errorf("%d places break the rules of the house", len(problems))
		}
		return nil
	case "proxy-env":
		env, err := gate.Prepare(ctx, ws)
		if err != nil {
			return err
		}
		fmt.Println(env)
		return nil
	case "apart-env":
		if flags.NArg() != 1 {
			return errors.New("apart-env wants the folder of one module")
		}
		env, err := gate.PrepareApart(ctx, ws, flags.Arg(0))
		if err != nil {
			return err
		}
		fmt.Println(env)
		return nil
	case "isolate":
		return gate.Isolate(ctx, ws, gate.Options{Race: race, Folders: flags.Args(), Out: os.Stdout})
	}
	return fmt.Errorf("no command %q; there are check, proxy-env, apart-env, isolate and tidy", name)
}

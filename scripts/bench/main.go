// Bench measures authkeel beside other Go libraries that verify JSON Web
// Tokens, on the same token and in the same process: verification alone, and
// the middleware of each on its framework. It is run by `make bench-compare`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"testing"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	testing.Init() // for test.benchtime
	rounds := flag.Int("rounds", 7, "how often everything is measured; medians are shown")
	each := flag.Duration("time", 300*time.Millisecond, "how long each thing is measured in each round")
	markdown := flag.Bool("markdown", false, "print Markdown tables")
	flag.Parse()
	if flag.NArg() > 0 || *rounds < 1 || *each <= 0 {
		return errors.New("there are only flags; -rounds and -time have to be positive")
	}
	w, err := newWorld()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	c := comparison{world: w, rounds: *rounds, each: *each}
	machine, versions, err := circumstances(c)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n\n", machine)
	for _, make := range []func(context.Context) (*table, error){c.verification, c.middleware} {
		t, err := make(ctx)
		if err != nil {
			return err
		}
		fmt.Println(t.text(*markdown))
	}
	fmt.Print(versions.text(*markdown))
	return nil
}

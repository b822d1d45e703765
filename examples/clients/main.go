// Command clients generates every kind of client for one small API and tries it
// against that API on Gin, Echo, Fiber and Chi, with the real libraries from
// the npm registry, in Node and in a browser.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/authkeel/authkeel/examples/clients/notes"
)

const usage = `usage: go run ./examples/clients [flags], from the root of the tree

Generates the clients, installs and type-checks them, and makes their calls to the API on each
framework. It needs Go, Node.js 20 with npm, the npm registry, and Chromium for the browser.

  -kinds rest,axios      only these kinds
  -frameworks gin,chi    only these frameworks
  -browser=false         not in a browser
  -chromium path         the browser (default: chromium on the PATH)
  -work folder           keep what is generated there (default: a folder that is removed)
  -serve                 start the APIs and their controls instead, and wait for Ctrl-C

Exit status: 0 when every call did what it should, 1 when one did not, 2 for wrong use.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	t := trial{out: stdout}
	flags := flag.NewFlagSet("clients", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // what it has to say is said below
	kindList := flags.String("kinds", strings.Join(kindNames(), ","), "")
	frameworkList := flags.String("frameworks", strings.Join(notes.Frameworks, ","), "")
	flags.BoolVar(&t.browser, "browser", true, "")
	flags.StringVar(&t.chromium, "chromium", "chromium", "")
	flags.StringVar(&t.work, "work", "", "")
	serve := flags.Bool("serve", false, "")
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("%q is one argument too many", flags.Arg(0))
	}
	if err == nil {
		t.frameworks = strings.Split(*frameworkList, ",")
		for _, name := range t.frameworks {
			if !slices.Contains(notes.Frameworks, name) {
				err = fmt.Errorf("there is no framework %q", name)
			}
		}
		for name := range strings.SplitSeq(*kindList, ",") {
			i := slices.Index(kindNames(), name)
			if i < 0 {
				err = fmt.Errorf("there is no kind %q", name)
				continue
			}
			t.kinds = append(t.kinds, kinds[i])
		}
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "clients: %v\n\n%s", err, usage)
		return 2
	case *serve:
		err = serveOnly(ctx, stdout)
	default:
		err = t.run(ctx)
	}
	if err != nil {
		fmt.Fprintf(stderr, "clients: %v\n", err)
		return 1
	}
	return 0
}

func serveOnly(ctx context.Context, out io.Writer) error {
	world, err := notes.Start("")
	if err != nil {
		return err
	}
	for _, name := range notes.Frameworks {
		fmt.Fprintf(out, "%-9s %s\n", name, world.APIs[name])
	}
	fmt.Fprintf(out, "%-9s %s\n", "controls", world.Control)
	<-ctx.Done()
	return world.Close()
}

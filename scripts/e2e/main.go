// Command e2e is the end-to-end test of the clients that `authkeel client`
// writes. It generates every kind of client for one small API and runs it
// against that API on every framework, with the real libraries from the npm
// registry, in Node.js and in a browser.
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

	"github.com/authkeel/authkeel/scripts/e2e/notes"
	"github.com/authkeel/authkeel/scripts/e2e/trpc"
	"github.com/authkeel/authkeel/scripts/e2e/trpcnotes"
)

const usage = `usage: go run ./scripts/e2e [flags], from the root of the tree

Generates the clients, installs and type-checks them, and runs their calls against the API on
each framework. It needs Go, Node.js 20 with npm, the npm registry, and Chromium for the browser.

  -kinds rest,axios      only these kinds; signin is the sign-in of authkeel issuer, web is examples/web
  -frameworks gin,chi    only these frameworks
  -browser=false         not in a browser
  -chromium path         the browser (default: chromium on the PATH)
  -work folder           keep what is generated there (default: a folder that is removed)
  -serve                 only start the APIs and their test hooks, and wait for Ctrl-C
  -types                 only print the TypeScript type of the tRPC router

Exit status: 0 when every case passed, 1 when one failed, 2 for wrong usage.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	t := suite{out: stdout}
	flags := flag.NewFlagSet("e2e", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed below
	kindList := flags.String("kinds", strings.Join(append(kindNames(), signInName, webName), ","), "")
	frameworkList := flags.String("frameworks", strings.Join(notes.Frameworks, ","), "")
	flags.BoolVar(&t.browser, "browser", true, "")
	flags.StringVar(&t.chromium, "chromium", "chromium", "")
	flags.StringVar(&t.work, "work", "", "")
	serve := flags.Bool("serve", false, "")
	types := flags.Bool("types", false, "")
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err == nil {
		t.frameworks = strings.Split(*frameworkList, ",")
		for _, name := range t.frameworks {
			if !slices.Contains(notes.Frameworks, name) {
				err = fmt.Errorf("there is no framework %q", name)
			}
		}
		for name := range strings.SplitSeq(*kindList, ",") {
			if name == signInName || name == webName {
				t.signsIn, t.web = t.signsIn || name == signInName, t.web || name == webName
				continue
			}
			i := slices.Index(kindNames(), name)
			if i < 0 {
				err = fmt.Errorf("there is no kind %q", name)
				continue
			}
			t.kinds = append(t.kinds, kinds[i])
		}
	}
	if err == nil && t.web && !t.browser && !t.signsIn && len(t.kinds) == 0 {
		err = fmt.Errorf("%s is tested in a browser: leave -browser=false out", webName) // or nothing would run
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "e2e: %v\n\n%s", err, usage)
		return 2
	case *types:
		fmt.Fprint(stdout, new(trpcnotes.Book).Router(trpc.Options{}).TypeScript())
		return 0
	case *serve:
		err = serveOnly(ctx, stdout)
	default:
		err = t.run(ctx)
	}
	if err != nil {
		fmt.Fprintf(stderr, "e2e: %v\n", err)
		return 1
	}
	return 0
}

func serveOnly(ctx context.Context, out io.Writer) error {
	fixture, err := notes.Start("")
	if err != nil {
		return err
	}
	for _, name := range notes.Frameworks {
		fmt.Fprintf(out, "%-10s %s\n", name, fixture.APIs[name])
	}
	fmt.Fprintf(out, "%-10s %s\n", "test hooks", fixture.Hooks)
	<-ctx.Done()
	return fixture.Close()
}

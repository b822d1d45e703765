// Command web serves a web page on the REST API of examples/rest/chi. The page is a
// React application in the folder page.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

const usage = `Serves a web page on which people sign in, read and write posts, and admins give roles.

  go run ./examples/web    builds the page and starts everything that it needs, from the root of the repository

It needs Node.js 20.19 or later with npm, which downloads the libraries of the page.

  -addr ADDRESS       where the page is (default 127.0.0.1:8090)
  -lifetime DURATION  how long the local issuer's access tokens live (default 5m)
  -dev                do not build the page: "npm run dev" in examples/web/page serves it while you change it
  -dist FOLDER        serve this build of the page, and do not make one

With an issuer and an API of your own, nothing else is started:

  -issuer URL         the OpenID Connect issuer
  -client ID          the page's ID there (default authkeel-example-web)
  -api URL            the API, which lets in the page's origin (CORS)

Exit status: 0 after Ctrl-C, 1 when something failed, 2 for wrong usage.
`

// page is the folder of the React application, seen from the root of the repository.
const page = "examples/web/page"

// devServer is the origin of "npm run dev", see vite.config.ts.
const devServer = "http://127.0.0.1:5173"

// shutdownTime is how long requests may take that run when the program is to end.
const shutdownTime = 5 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// options are what the command line says.
type options struct {
	addr, dist  string
	lifetime    time.Duration
	dev         bool
	issuer, api string
	client      string
}

// run is main without the process: it returns the exit status when ctx has ended.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o := options{}
	flags := flag.NewFlagSet("web", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed below
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8090", "")
	flags.DurationVar(&o.lifetime, "lifetime", 5*time.Minute, "")
	flags.BoolVar(&o.dev, "dev", false, "")
	flags.StringVar(&o.dist, "dist", "", "")
	flags.StringVar(&o.issuer, "issuer", "", "")
	flags.StringVar(&o.client, "client", "authkeel-example-web", "")
	flags.StringVar(&o.api, "api", "", "")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err == nil {
		err = o.check()
	}
	if err != nil {
		fmt.Fprintf(stderr, "web: %v\n\n%s", err, usage)
		return 2
	}
	if err := o.serve(ctx, stdout); err != nil {
		fmt.Fprintf(stderr, "web: %v\n", err)
		return 1
	}
	return 0
}

func (o *options) check() error {
	switch {
	case (o.issuer == "") != (o.api == ""):
		return errors.New("set -issuer and -api together, or neither")
	case o.dev && o.dist != "":
		return errors.New("-dev builds nothing that -dist could replace: set one of them")
	case o.lifetime < time.Second:
		return fmt.Errorf("-lifetime is %v: use a second at least", o.lifetime)
	}
	for _, option := range [][2]string{{"-issuer", o.issuer}, {"-api", o.api}} {
		u, err := url.Parse(option[1])
		if option[1] != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			return fmt.Errorf("%s is %q: use an address that begins with https://", option[0], option[1])
		}
	}
	return nil
}

// serve runs everything until ctx ends, or a part of it.
func (o *options) serve(ctx context.Context, stdout io.Writer) (err error) {
	if _, err := os.Stat(filepath.FromSlash(page)); err != nil {
		return fmt.Errorf("run this from the root of the repository: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // the server has closed it, unless there was none
	ended := make(chan error, 2)
	if o.issuer == "" {
		origin := "http://" + listener.Addr().String()
		if o.dev {
			origin = devServer
		}
		stop, startErr := o.startBackend(ctx, origin, ended, stdout)
		if startErr != nil {
			return startErr
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	if o.dist == "" && !o.dev {
		if o.dist, err = build(ctx, stdout); err != nil {
			return err
		}
	}
	server := &http.Server{
		Handler:           handler(o.dist, settings{o.issuer, o.client, o.api}),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
	}
	go func() { ended <- server.Serve(listener) }()
	if o.dev {
		fmt.Fprintf(stdout, "run \"npm install && npm run dev\" in %s, and open %s\n", page, devServer)
	} else {
		fmt.Fprintf(stdout, "the page is at http://%s\n", listener.Addr())
	}
	select {
	case err = <-ended:
		if ctx.Err() != nil {
			err = nil // Ctrl-C in a terminal ends the API too
		}
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	return errors.Join(err, server.Shutdown(limited))
}

// users are the people who can sign in at the local issuer.
func users(people map[string]devissuer.Claims) []devissuer.User {
	list := make([]devissuer.User, 0, len(people))
	for _, claims := range people {
		name, _ := claims["name"].(string)
		subject, _ := claims["sub"].(string)
		list = append(list, devissuer.User{
			Name: name, Subject: subject, Claims: devissuer.Claims{"name": name, "email": claims["email"]}, AccessClaims: claims,
		})
	}
	return list
}

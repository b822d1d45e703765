// Package issuer is `authkeel issuer`: a local issuer with a web page on which a
// developer signs in as a test user.
package issuer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/authkeel/authkeel/core/settings"
	"github.com/authkeel/authkeel/scripts/internal/cli"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
	"github.com/authkeel/authkeel/scripts/internal/loopback"
)

const defaultAddr = "127.0.0.1:8930"

// Command returns the command.
func Command() cli.Command {
	c := cli.Command{
		Name:    "issuer",
		Summary: "run a local issuer: discovery, keys, tokens for test users",
		Usage:   "issuer [--provider oidc|clerk] [--state FILE] [flags]",
		Help: `Runs an issuer for development until you press Ctrl-C. It prints the environment
variables with which your API trusts it, and serves

  /                                   a page to make tokens for test users, and to edit the users
  /authorize, /userinfo, /logout      a sign-in for front ends and OpenID Connect libraries (OpenID Connect)
  /token                              POST user=NAME: returns a token as JSON
  /rotate                             POST: makes a new signing key; retire=yes drops the old keys
  /webhook                            POST user=NAME: sends user.updated to --webhook (Clerk)
  /.well-known/openid-configuration   discovery
  /.well-known/jwks.json              the public keys

  curl -s -d user=ada http://127.0.0.1:8930/token
  curl -s -d user=ada -d lifetime=5s -d audience=other http://127.0.0.1:8930/token
  curl -s -d grant_type=client_credentials -d client_id=jobs -d scope=read http://127.0.0.1:8930/token

--party http://localhost:5173 names your front end: its scripts may call the issuer
(CORS), and users can be sent back to it. The flag can be given more than once. Any
client ID is accepted, PKCE is required, and redirect URIs on this machine need no flag.

With --provider clerk it behaves like a Clerk instance: session tokens, a Backend
API that knows the test users, and signed webhooks. It makes any token for anybody
who asks, so a deployed server must never trust it. With --state FILE it has the
same address, keys and users after a restart, and 'authkeel check --base-url URL
--issuer-state FILE' can make tokens for the server that trusts it.
`,
	}
	c.Run = func(ctx context.Context, streams cli.IO, args []string) int { return run(ctx, c, streams, args) }
	return c
}

// options holds the values of the flags.
type options struct {
	provider, addr, audience, state, webhook string
	parties                                  []string
	lifetime                                 time.Duration
	beyond                                   bool
}

func run(ctx context.Context, c cli.Command, streams cli.IO, args []string) int {
	var o options
	flags := c.Flags()
	flags.StringVar(&o.provider, "provider", "", "the `kind` of issuer, oidc or clerk (default oidc, or the one in --state)")
	flags.StringVar(&o.addr, "addr", "", "the `address` to listen on (default "+defaultAddr+", or the one in --state)")
	flags.StringVar(&o.audience, "audience", "", "the `audience` of its tokens (default https://api.example.test)")
	flags.Func("party", "the `origin` of a front end that may sign in from a script; with Clerk the first is azp of the tokens (default http://localhost:3000)", func(origin string) error {
		o.parties = append(o.parties, origin)
		return settings.Origin(origin)
	})
	flags.DurationVar(&o.lifetime, "lifetime", 0, "the `duration` of the tokens of users who sign in (default 1h)")
	flags.StringVar(&o.state, "state", "", "the `file` in which address, keys and users are saved")
	flags.StringVar(&o.webhook, "webhook", "", "a loopback `URL` to which the page can send Clerk's webhooks")
	flags.BoolVar(&o.beyond, "listen-beyond-loopback", false, "allow an address that other machines can reach; everybody who reaches it can get any token")
	rest, code, done := c.Parse(flags, streams, args)
	switch {
	case done:
		return code
	case len(rest) > 0:
		return c.Wrong(streams, "unexpected argument %q: this command takes only flags", rest[0])
	case o.lifetime < 0:
		return c.Wrong(streams, "--lifetime %v: give a duration such as 2m", o.lifetime)
	case o.addr != "" && !isAddr(o.addr):
		return c.Wrong(streams, "--addr %s: give host and port, such as %s; port 0 takes a free one", o.addr, defaultAddr)
	case o.addr != "" && !o.beyond && !isLoopbackAddr(o.addr):
		return c.Wrong(streams, "--addr %s: other machines can reach this address, and everybody who reaches it can get any token: use %s, or add --listen-beyond-loopback", o.addr, defaultAddr)
	case o.audience != "" && settings.Audience(o.audience) != nil:
		return c.Wrong(streams, "--audience %v", settings.Audience(o.audience))
	case o.beyond && isEverywhere(o.addr):
		return c.Wrong(streams, "--addr %s: other machines cannot call this address; give the address of this machine, because it becomes part of the tokens", o.addr)
	case o.webhook != "" && !isLoopbackURL(o.webhook):
		return c.Wrong(streams, "--webhook %s: the URL must be on this machine (localhost or 127.0.0.1)", o.webhook)
	}
	state, err := o.load()
	if err != nil {
		fmt.Fprintln(streams.Err, "authkeel issuer:", err)
		return cli.ExitUsage
	}
	s := &pages{webhook: o.webhook, file: o.state, beyond: o.beyond, frontEnds: state.FrontEnds}
	token := http.HandlerFunc(s.token)
	i, err := localissuer.Start(state, localissuer.Options{Addr: o.addr, Handler: s.handler(), AllowBeyondLoopback: o.beyond,
		SignIn: &localissuer.SignIn{Lifetime: o.lifetime, Grants: map[string]http.Handler{"": token, "client_credentials": token}}})
	if err != nil {
		fmt.Fprintf(streams.Err, "authkeel issuer: %v\n", err)
		if errors.Is(err, syscall.EADDRINUSE) {
			fmt.Fprintln(streams.Err, "Another program uses this address: stop it, or choose a free port with --addr 127.0.0.1:0.")
		}
		return cli.ExitFailed
	}
	s.start(i)
	if err := s.save(); err != nil {
		fmt.Fprintln(streams.Err, "authkeel issuer:", errors.Join(err, i.Close()))
		return cli.ExitFailed
	}
	greet(streams.Out, i, o)
	<-ctx.Done()
	fmt.Fprintln(streams.Err, "stopping")
	if err := i.Close(); err != nil {
		fmt.Fprintln(streams.Err, "authkeel issuer:", err)
		return cli.ExitFailed
	}
	return cli.ExitOK
}

// load returns the state to start with: the saved one, or a new one. A flag replaces
// what is saved, except for the provider, because the keys belong to it.
func (o *options) load() (localissuer.State, error) {
	state := localissuer.New(localissuer.OIDC)
	if o.state != "" {
		saved, err := localissuer.Load(o.state)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return state, err
		}
		if err == nil {
			if o.provider != "" && o.provider != saved.Provider {
				return state, fmt.Errorf("%s holds a %s issuer, not %s: use another file", o.state, saved.Provider, o.provider)
			}
			state, o.provider = *saved, saved.Provider
		}
	}
	switch o.provider {
	case "", state.Provider:
	case localissuer.Clerk:
		state = localissuer.New(o.provider)
	default:
		return state, fmt.Errorf("--provider %s: use oidc or clerk", o.provider)
	}
	if o.addr == "" && state.Addr == "" {
		o.addr = defaultAddr
	}
	if o.audience != "" {
		state.Audience = o.audience
	}
	if len(o.parties) > 0 {
		state.FrontEnds = o.parties
	}
	if state.Provider == localissuer.Clerk {
		switch {
		case len(o.parties) > 0:
			state.Party = o.parties[0]
		case state.Party == "":
			state.Party = "http://localhost:3000"
		}
	}
	return state, nil
}

// isAddr reports whether addr is a host and a port.
func isAddr(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// isLoopbackAddr reports whether only this machine reaches addr.
func isLoopbackAddr(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && settings.IsLoopback(host)
}

// isEverywhere reports whether addr stands for all addresses of the machine. Such an
// address cannot be the issuer's URL in a token.
func isEverywhere(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return err == nil && (host == "" || ip != nil && ip.IsUnspecified())
}

// isLoopbackURL reports whether raw is an http or https URL of this machine.
func isLoopbackURL(raw string) bool {
	r, err := http.NewRequest(http.MethodPost, raw, nil) //nolint:noctx // never sent
	return err == nil && (r.URL.Scheme == "http" || r.URL.Scheme == "https") && loopback.Host(r.URL.Hostname())
}

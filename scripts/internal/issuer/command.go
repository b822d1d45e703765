// Package issuer is `authkeel issuer`: a local issuer with a page to sign in as
// made-up people.
package issuer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/cli"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
)

const defaultAddr = "127.0.0.1:8930"

// Command is the command.
func Command() cli.Command {
	c := cli.Command{
		Name:    "issuer",
		Summary: "run a local issuer: keys, discovery, tokens for made-up people",
		Usage:   "issuer [--provider oidc|clerk] [--state FILE] [flags]",
		Help: `Runs an issuer for development until it is interrupted (Ctrl-C). It prints
the environment that your API needs to trust it, and serves

  /                                   a page to sign in as somebody, and to edit who that is
  /token                              POST user=NAME: a token, as JSON
  /rotate                             POST: a new signing key; retire=yes drops the old ones
  /webhook                            POST user=NAME: sends user.updated to --webhook (Clerk)
  /.well-known/openid-configuration   discovery (OIDC)
  /.well-known/jwks.json              the public keys

  curl -s -d user=ada http://127.0.0.1:8930/token
  curl -s -d user=ada -d lifetime=5s -d audience=other http://127.0.0.1:8930/token
  curl -s -d grant_type=client_credentials -d client_id=jobs -d scope=read http://127.0.0.1:8930/token

With --provider clerk it has the shape of a Clerk instance: session tokens, the
Backend API with the people in it, signed webhooks. It signs whatever it is asked
to sign: never trust it in a deployment. With --state a restart is the same
issuer, and 'authkeel check --base-url URL --issuer-state FILE' can make tokens
for the server that trusts it.
`,
	}
	c.Run = func(ctx context.Context, streams cli.IO, args []string) int { return run(ctx, c, streams, args) }
	return c
}

// options are the flags.
type options struct {
	provider, addr, audience, party, state, webhook string
	beyond                                          bool
}

func run(ctx context.Context, c cli.Command, streams cli.IO, args []string) int {
	var o options
	flags := c.Flags()
	flags.StringVar(&o.provider, "provider", "", "the `shape`: oidc or clerk (default oidc, or that of the state)")
	flags.StringVar(&o.addr, "addr", "", "the `address` to listen on (default "+defaultAddr+", or that of the state)")
	flags.StringVar(&o.audience, "audience", "", "the `audience` of its tokens (default https://api.example.test)")
	flags.StringVar(&o.party, "party", "", "the `origin` of the front end, azp of Clerk's tokens (default http://localhost:3000)")
	flags.StringVar(&o.state, "state", "", "the `file` that keeps keys and people")
	flags.StringVar(&o.webhook, "webhook", "", "a loopback `URL` to which the page can send Clerk's webhooks")
	flags.BoolVar(&o.beyond, "listen-beyond-loopback", false, "listen on an address that others can reach: whoever does gets any token")
	rest, code, done := c.Parse(flags, streams, args)
	switch {
	case done:
		return code
	case len(rest) > 0:
		return c.Wrong(streams, "%q is too much: there are flags only", rest[0])
	case o.beyond && isEverywhere(o.addr):
		return c.Wrong(streams, "--addr %s is no address that others can call: name the one of this machine, as it is in the tokens", o.addr)
	case o.webhook != "" && !isLoopbackURL(o.webhook):
		return c.Wrong(streams, "--webhook %s is not a URL of this machine", o.webhook)
	}
	state, err := o.load()
	if err != nil {
		fmt.Fprintln(streams.Err, "authkeel issuer:", err)
		return cli.Usage
	}
	s := &site{webhook: o.webhook, file: o.state, beyond: o.beyond}
	i, err := localissuer.Start(state, localissuer.Options{Addr: o.addr, Handler: s.handler(), AllowBeyondLoopback: o.beyond})
	if err != nil {
		fmt.Fprintf(streams.Err, "authkeel issuer: %v\n", err)
		if strings.Contains(err.Error(), "address already in use") {
			fmt.Fprintln(streams.Err, "Another program listens there: end it, or choose another address with --addr 127.0.0.1:0.")
		}
		return cli.Found
	}
	if i.Provider() == localissuer.OIDC {
		i.Dev().ServeMetadata(func(doc map[string]any) {
			doc["token_endpoint"] = "http://" + i.Dev().Addr() + "/token"
			doc["grant_types_supported"] = []string{"client_credentials"}
		})
	}
	s.start(i)
	if err := s.save(); err != nil {
		fmt.Fprintln(streams.Err, "authkeel issuer:", errors.Join(err, i.Close()))
		return cli.Found
	}
	greet(streams.Out, i, o)
	<-ctx.Done()
	fmt.Fprintln(streams.Err, "stopping")
	if err := i.Close(); err != nil {
		fmt.Fprintln(streams.Err, "authkeel issuer:", err)
		return cli.Found
	}
	return cli.OK
}

// load is the state to start with: that of the file, or a new one. A flag wins,
// but for the provider, which the keys belong to.
func (o *options) load() (localissuer.State, error) {
	state := localissuer.New(localissuer.OIDC)
	if o.state != "" {
		saved, err := localissuer.Load(o.state)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return state, err
		}
		if err == nil {
			if o.provider != "" && o.provider != saved.Provider {
				return state, fmt.Errorf("%s is the state of a %s issuer, not of %s: take another file", o.state, saved.Provider, o.provider)
			}
			state, o.provider = *saved, saved.Provider
		}
	}
	switch o.provider {
	case "", state.Provider:
	case localissuer.Clerk:
		state = localissuer.New(o.provider)
	default:
		return state, fmt.Errorf("--provider %s: there are oidc and clerk", o.provider)
	}
	if o.addr == "" && state.Addr == "" {
		o.addr = defaultAddr
	}
	if o.audience != "" {
		state.Audience = o.audience
	}
	if o.party != "" {
		state.Party = o.party
	}
	if state.Party == "" && state.Provider == localissuer.Clerk {
		state.Party = "http://localhost:3000"
	}
	return state, nil
}

func greet(w io.Writer, i *localissuer.Issuer, o options) {
	base := "http://" + i.Dev().Addr()
	if o.beyond {
		fmt.Fprintf(w, "WARNING: %s can be reached from other machines. Whoever does gets any token.\n"+
			"Verifiers take plain http from there with jwks.Options.AllowHTTP alone.\n\n", i.Dev().Addr())
	}
	fmt.Fprintf(w, "The %s issuer listens on %s\n\nPut this into the environment of your API:\n\n", i.Provider(), base)
	env := quoted(i.Env())
	for _, name := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintf(w, "  export %s=%s\n", name, env[name])
	}
	people := i.State().People
	name := "NAME"
	if len(people) > 0 {
		name = people[0].Name
	}
	fmt.Fprintf(w, "\nSign in as somebody:\n\n  %s/\n  curl -s -d user=%s %s/token\n\nCtrl-C ends it.\n", base, name, base)
}

// quoted are values as a shell reads them.
func quoted(env map[string]string) map[string]string {
	out := make(map[string]string, len(env))
	for name, value := range env {
		if plain := strings.Trim(value, shellSafe) == "" && value != ""; !plain {
			value = "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
		}
		out[name] = value
	}
	return out
}

const shellSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%"

// isEverywhere reports whether addr is all addresses of the machine, of which
// none can be in a token.
func isEverywhere(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return err == nil && (host == "" || ip != nil && ip.IsUnspecified())
}

// isLoopbackURL reports whether raw leads to this machine.
func isLoopbackURL(raw string) bool {
	r, err := http.NewRequest(http.MethodPost, raw, nil) //nolint:noctx // never sent
	return err == nil && (r.URL.Scheme == "http" || r.URL.Scheme == "https") && isLoopback(r.URL.Hostname())
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Package explain is `authkeel explain`, which says why an API accepts or refuses a
// token, and `authkeel doctor`, which examines an issuer.
package explain

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// Command returns the command explain.
func Command() cli.Command {
	c := cli.Command{
		Name:    "explain",
		Summary: "say step by step why a token is accepted or refused",
		Usage:   "explain [flags] <token>|-",
		Help: `Shows what a token says, and goes through the checks that an API would make, each
with what was found, what was expected and what to change. "-" reads the token from
standard input, which keeps it out of your shell's history.

  authkeel explain --issuer https://tenant.eu.auth0.com/ --audience https://api.example.com -
  authkeel explain --env . -               the settings of a project's .env
  authkeel explain --url http://localhost:8080/api/me -     ask a running API
  authkeel explain -                       only show what the token says

The issuer's public keys are fetched. The token itself goes nowhere, except to the
address of --url. Exit codes: 0 accepted, 1 refused or not to be had, 2 wrong use.
`,
	}
	c.Run = func(ctx context.Context, streams cli.IO, args []string) int { return run(ctx, c, streams, args) }
	return c
}

func run(ctx context.Context, c cli.Command, streams cli.IO, args []string) int {
	flags := c.Flags()
	var audiences, parties list
	issuer := flags.String("issuer", "", "the `URL` of the trusted issuer, exactly as its tokens have it in iss")
	flags.Var(&audiences, "audience", "an `audience` of this API; may be repeated (without one, aud is not compared)")
	flags.Var(&parties, "party", "a `client` that may call this API; may be repeated")
	roles := flags.String("roles-claim", "", "the `claim` that holds roles")
	env := flags.String("env", "", "a project or a `FILE` with the settings of the API, such as .env")
	target := flags.String("url", "", "the `URL` of a running API, which is sent the token")
	rest, code, done := c.Parse(flags, streams, args)
	if done {
		return code
	}
	switch {
	case len(rest) == 0:
		return c.Wrong(streams, "missing <token>; - reads it from standard input")
	case len(rest) > 1:
		return c.Wrong(streams, "unexpected argument %q", rest[1])
	case *env != "" && *issuer != "":
		return c.Wrong(streams, "use --env or --issuer, not both")
	case *target != "" && (*env != "" || *issuer != ""):
		return c.Wrong(streams, "--url asks the running API; drop --env and --issuer")
	}
	token, err := readToken(rest[0], streams.In)
	if err != nil {
		return c.Wrong(streams, "%v", err)
	}
	printParts(streams.Out, token)
	var s settings
	switch {
	case *target != "":
		return askAPI(ctx, c, streams, *target, token)
	case *env != "":
		if s, err = fromEnv(*env, false); err != nil {
			fmt.Fprintf(streams.Err, "authkeel explain: %v\n", err)
			return cli.ExitFailed
		}
	case *issuer != "":
		s = settings{issuer: *issuer, audiences: audiences, parties: parties, roles: *roles, from: "--issuer"}
	default:
		fmt.Fprintf(streams.Out, "Nothing was checked: give --issuer and --audience, --env or --url.\n")
		if iss := claimedIssuer(token); iss != "" {
			fmt.Fprintf(streams.Out, "The token says that it comes from %q.\n", cli.Clean(iss))
		}
		return cli.ExitOK
	}
	return explainToken(ctx, streams, s, token)
}

func explainToken(ctx context.Context, streams cli.IO, s settings, token string) int {
	auth, err := s.authenticator()
	if err != nil {
		if s.values != nil {
			err = fmt.Errorf("the settings of %s: %w", s.from, err)
		}
		fmt.Fprintf(streams.Err, "authkeel explain: %v\n", err)
		return cli.ExitFailed
	}
	if !s.clerk && len(s.audiences) == 0 {
		fmt.Fprintln(streams.Out, "aud is not compared, because there is no --audience. An API should compare it.")
	}
	e := auth.Explain(ctx, token)
	fmt.Fprint(streams.Out, "\n", cli.Clean(e.String()))
	if e.Err != nil {
		if cause := errors.Unwrap(e.Err); cause != nil {
			fmt.Fprintf(streams.Out, "behind it: %s\n", cli.Clean(cause.Error()))
		}
		return cli.ExitFailed
	}
	return cli.ExitOK
}

// apiTimeout bounds the request to --url.
const apiTimeout = 10 * time.Second

// askAPI sends the token to a running API and says what its answer means.
func askAPI(ctx context.Context, c cli.Command, streams cli.IO, address, token string) int {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return c.Wrong(streams, "--url %q is not the URL of a route, like http://localhost:8080/api/me", address)
	}
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return c.Wrong(streams, "--url: %v", err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		fmt.Fprintf(streams.Err, "authkeel explain: %v\n", err)
		return cli.ExitFailed
	}
	defer func() { _ = resp.Body.Close() }()
	fmt.Fprintf(streams.Out, "GET %s answers %s\n", cli.Clean(address), resp.Status)
	for _, name := range []string{"WWW-Authenticate", "Retry-After", "Location"} {
		if v := resp.Header.Get(name); v != "" {
			fmt.Fprintf(streams.Out, "  %s: %s\n", name, cli.Clean(v))
		}
	}
	fmt.Fprintln(streams.Out, meaningOf(resp.StatusCode))
	if resp.StatusCode >= 400 || resp.StatusCode >= 300 {
		return cli.ExitFailed
	}
	return cli.ExitOK
}

// meaningOf says what the status of an answer to a request with a token means.
func meaningOf(status int) string {
	switch {
	case status < 300:
		return "The token is accepted, or the route is open to everybody: try it without a token as well."
	case status < 400:
		return "The API redirects: ask for the address in Location, if it is the same API."
	case status == http.StatusBadRequest:
		return "The token is in the wrong place or form. The reason is in the API's log."
	case status == http.StatusUnauthorized:
		return "The token is not accepted. The client never learns why: the reason is in the API's log, in the attributes reason, member, found and expected. `authkeel explain --env <project>` goes through the checks."
	case status == http.StatusForbidden:
		return "The token is accepted, and a right is missing. A scope that would do is in the challenge."
	case status == http.StatusNotFound:
		return "There is no such route."
	case status == http.StatusTooManyRequests:
		return "A limit is reached: wait for Retry-After."
	case status == http.StatusServiceUnavailable:
		return "The API cannot reach the issuer's keys or another service. The reason is in its log; `authkeel doctor <issuer>` examines the issuer."
	}
	return "This is not an answer of the authentication. The reason is in the API's log."
}

// list is a flag that may be repeated.
type list []string

func (l *list) String() string { return fmt.Sprint(*l) }

func (l *list) Set(value string) error {
	if value == "" {
		return errors.New("must not be empty")
	}
	*l = append(*l, value)
	return nil
}

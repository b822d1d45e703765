package check

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	spelling "github.com/authkeel/authkeel/core/settings"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
)

// options holds the values of the flags.
type options struct {
	project string // a directory; empty with --base-url alone

	baseURL, start, pkg string
	timeout             time.Duration
	env                 map[string]string
	spec                string
	routes              []routes.Route
	admin               *routes.Route
	webhook, event      string
	provider            string
	audience, party     string
	origin              string
	adminClaims         devissuer.Claims
	state               string
	token, adminToken   string
	json, writes        bool
	allowGaps           bool
	junit               string
}

func (o *options) define(flags *flag.FlagSet) {
	o.env = map[string]string{}
	flags.StringVar(&o.baseURL, "base-url", "", "check a server that runs at this `URL` instead of starting one")
	flags.StringVar(&o.start, "start", "", "the shell `command` that starts the server; {port} is the port to listen on")
	flags.StringVar(&o.pkg, "package", "", "the `package` of the server in a Go module with several programs, such as ./cmd/api")
	flags.DurationVar(&o.timeout, "timeout", 60*time.Second, "how long the server may take to start")
	flags.Func("env", "a variable for the server, `NAME=VALUE`; {issuer}, {audience}, {jwks} and {port} are filled in", func(s string) error {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return fmt.Errorf("%q is not NAME=VALUE", s)
		}
		o.env[name] = value
		return nil
	})
	flags.StringVar(&o.spec, "spec", "", "an OpenAPI or Swagger 2.0 `file`, YAML or JSON; every operation is checked")
	flags.Func("route", "a protected route, `METHOD:/path`, that may be called with a valid token; may be repeated", o.route(routes.Protected))
	flags.Func("public-route", "a route that answers without a token, `METHOD:/path`; may be repeated", o.route(routes.Public))
	flags.Func("admin-route", "a route that needs a role, `METHOD:/path`; it is called with a valid token", func(s string) error {
		r, err := routes.Parse(s)
		o.admin = &r
		return err
	})
	flags.Func("admin-claims", "claims of the admin's token, as a `JSON` object, when the role is not admin", func(s string) error {
		return json.Unmarshal([]byte(s), &o.adminClaims)
	})
	flags.StringVar(&o.webhook, "webhook-route", "", "the `/path` that receives Clerk's webhooks")
	flags.StringVar(&o.event, "webhook-event", "user.updated", "the `type` of the genuine webhook, about a user that does not exist")
	flags.StringVar(&o.provider, "provider", "", "the `kind` of tokens, clerk or oidc (default: what the project's source suggests)")
	flags.StringVar(&o.audience, "audience", "", "the `audience` of OIDC tokens, when the server does not read it from OIDC_AUDIENCE")
	flags.StringVar(&o.party, "authorized-party", "", "the `origin` that the server accepts as azp")
	flags.StringVar(&o.origin, "origin", "", "the `origin` of the front end, for CORS (default the authorized party)")
	flags.StringVar(&o.state, "issuer-state", "", "with --base-url: the `file` of the 'authkeel issuer' that the server trusts")
	flags.StringVar(&o.token, "token", "", "with --base-url: a valid `token`; better in the variable AUTHKEEL_TOKEN")
	flags.StringVar(&o.adminToken, "admin-token", "", "with --base-url: a valid `token` with the role; better in the variable AUTHKEEL_ADMIN_TOKEN")
	flags.BoolVar(&o.writes, "writes", false, "call routes that write although another route is open")
	flags.BoolVar(&o.allowGaps, "allow-gaps", false, "accept that some routes could not be checked")
	flags.BoolVar(&o.json, "json", false, "print JSON instead of the table")
	flags.StringVar(&o.junit, "junit", "", "write JUnit XML to this `file` as well")
}

func (o *options) route(access routes.Access) func(string) error {
	return func(s string) error {
		r, err := routes.Parse(s)
		r.Access = access
		o.routes = append(o.routes, r)
		return err
	}
}

// validate says what is wrong with the flags. rest holds the other arguments.
func (o *options) validate(rest []string) error {
	if o.token == "" {
		o.token = os.Getenv("AUTHKEEL_TOKEN")
	}
	if o.adminToken == "" {
		o.adminToken = os.Getenv("AUTHKEEL_ADMIN_TOKEN")
	}
	switch {
	case len(rest) > 1:
		return fmt.Errorf("unexpected argument %q", rest[1])
	case len(rest) == 0 && o.baseURL == "":
		return errors.New("missing <project-path> (or --base-url)")
	case o.provider != "" && !slices.Contains(tokens.Providers, o.provider):
		return fmt.Errorf("--provider %s: use clerk or oidc", o.provider)
	case o.baseURL == "" && o.state != "":
		return errors.New("--issuer-state needs --base-url: a server that check starts gets its own issuer")
	case o.baseURL != "" && (o.start != "" || o.pkg != ""):
		return errors.New("--base-url checks a running server; drop --start and --package")
	case o.start != "" && o.pkg != "":
		return errors.New("use --start or --package, not both")
	case o.state != "" && o.token != "":
		return errors.New("use --issuer-state or --token, not both: with the state, check makes its own tokens")
	case o.webhook != "" && (!strings.HasPrefix(o.webhook, "/") || strings.HasPrefix(o.webhook, "//")):
		return fmt.Errorf("--webhook-route %s: give a path, such as /webhooks/clerk", o.webhook)
	case o.timeout <= 0:
		return fmt.Errorf("--timeout %v: give a positive duration", o.timeout)
	}
	for _, origin := range []struct{ flag, value string }{{"--authorized-party", o.party}, {"--origin", o.origin}} {
		if origin.value == "" {
			continue
		}
		if err := spelling.Origin(origin.value); err != nil {
			return fmt.Errorf("%s %w", origin.flag, err)
		}
	}
	if o.baseURL != "" {
		u, err := url.Parse(o.baseURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return fmt.Errorf("--base-url %s: give an http or https URL without query and user, such as http://localhost:8080", o.baseURL)
		}
		o.baseURL = strings.TrimSuffix(o.baseURL, "/")
	}
	if len(rest) == 1 {
		o.project = rest[0]
		info, err := os.Stat(o.project)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no directory %s: give the path of the project", o.project)
		}
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%s is not a directory", o.project)
		}
	}
	return nil
}

// clerkInSource matches source of a project that uses Clerk.
var clerkInSource = regexp.MustCompile(`CLERK_PUBLISHABLE_KEY|CLERK_JWT_KEY|CLERK_SECRET_KEY|authkeel/core/clerk|clerk-sdk|@clerk/`)

// guessProvider finds the kind of tokens in the project's source.
func guessProvider(project string) string {
	found, err := grep(project, clerkInSource)
	if err == nil && found {
		return localissuer.Clerk
	}
	return localissuer.OIDC
}

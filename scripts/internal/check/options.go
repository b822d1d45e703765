package check

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
)

// options are the flags.
type options struct {
	project string // a directory; "" with a base URL alone

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
	json                bool
	junit               string
}

func (o *options) define(flags *flag.FlagSet) {
	o.env = map[string]string{}
	flags.StringVar(&o.baseURL, "base-url", "", "try a server that runs at this `URL` instead of starting one")
	flags.StringVar(&o.start, "start", "", "the shell `command` that starts the server; {port} is where it shall listen")
	flags.StringVar(&o.pkg, "package", "", "the `package` of the server in a Go module with several programs, such as ./cmd/api")
	flags.DurationVar(&o.timeout, "timeout", 60*time.Second, "how long the server may take to come up")
	flags.Func("env", "a variable for the server, `NAME=VALUE`; {issuer}, {audience}, {jwks} and {port} are filled in", func(s string) error {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return fmt.Errorf("%q is not NAME=VALUE", s)
		}
		o.env[name] = value
		return nil
	})
	flags.StringVar(&o.spec, "spec", "", "an OpenAPI 3 `file`, YAML or JSON: every operation is tried")
	flags.Func("route", "a protected route, `METHOD:/path`, that may be called with a valid token; may be repeated", o.route(routes.Protected))
	flags.Func("public-route", "a route that answers without a token, `METHOD:/path`; may be repeated", o.route(routes.Public))
	flags.Func("admin-route", "a route that asks for a role, `METHOD:/path`; it is called with a valid token", func(s string) error {
		r, err := routes.Parse(s)
		o.admin = &r
		return err
	})
	flags.Func("admin-claims", "claims for the admin's token, as a `JSON` object, when the role is not admin", func(s string) error {
		return json.Unmarshal([]byte(s), &o.adminClaims)
	})
	flags.StringVar(&o.webhook, "webhook-route", "", "the `/path` that takes Clerk's webhooks")
	flags.StringVar(&o.event, "webhook-event", "user.updated", "the `type` of the one genuine webhook, about a user made up")
	flags.StringVar(&o.provider, "provider", "", "the `shape` of the tokens, clerk or oidc (default: what the project's source looks like)")
	flags.StringVar(&o.audience, "audience", "", "the `audience` of OIDC tokens, where the server has its own in its source")
	flags.StringVar(&o.party, "authorized-party", "", "the `origin` that the server takes as azp")
	flags.StringVar(&o.origin, "origin", "", "the `origin` of the front end, for CORS (default the authorized party)")
	flags.StringVar(&o.state, "issuer-state", "", "with --base-url: the `file` of the 'authkeel issuer' that the server trusts")
	flags.StringVar(&o.token, "token", "", "with --base-url: a valid `token`, where there is no state; better in AUTHKEEL_TOKEN")
	flags.StringVar(&o.adminToken, "admin-token", "", "with --base-url: a valid `token` with the role; better in AUTHKEEL_ADMIN_TOKEN")
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

// check says what is wrong with the flags; rest are the other arguments.
func (o *options) check(rest []string) error {
	if o.token == "" {
		o.token = os.Getenv("AUTHKEEL_TOKEN")
	}
	if o.adminToken == "" {
		o.adminToken = os.Getenv("AUTHKEEL_ADMIN_TOKEN")
	}
	switch {
	case len(rest) > 1:
		return fmt.Errorf("%q is too much: there is one project", rest[1])
	case len(rest) == 0 && o.baseURL == "":
		return fmt.Errorf("which project?")
	case o.provider != "" && !slices.Contains(tokens.Providers, o.provider):
		return fmt.Errorf("--provider %s: there are clerk and oidc", o.provider)
	case o.baseURL == "" && o.state != "":
		return fmt.Errorf("--issuer-state is for --base-url: a server that is started gets an issuer of its own")
	case o.baseURL != "" && (o.start != "" || o.pkg != ""):
		return fmt.Errorf("--base-url is a server that runs: --start and --package start one")
	case o.start != "" && o.pkg != "":
		return fmt.Errorf("--start and --package are two ways to say the same")
	case o.state != "" && o.token != "":
		return fmt.Errorf("--issuer-state makes tokens: --token is for servers whose issuer you do not run")
	case o.webhook != "" && !strings.HasPrefix(o.webhook, "/"):
		return fmt.Errorf("--webhook-route %s is not a path, such as /webhooks/clerk", o.webhook)
	case o.timeout <= 0:
		return fmt.Errorf("--timeout %v is not positive", o.timeout)
	}
	if o.baseURL != "" {
		u, err := url.Parse(o.baseURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return fmt.Errorf("--base-url %s is not the http or https URL of a server", o.baseURL)
		}
		o.baseURL = strings.TrimSuffix(o.baseURL, "/")
	}
	if len(rest) == 1 {
		o.project = rest[0]
		info, err := os.Stat(o.project)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%s is not a directory", o.project)
		}
	}
	return nil
}

// clerkInSource is how a project says that it uses Clerk.
var clerkInSource = regexp.MustCompile(`CLERK_PUBLISHABLE_KEY|CLERK_JWT_KEY|CLERK_SECRET_KEY|authkeel/core/clerk|clerk-sdk|@clerk/`)

// guessProvider looks at the project's source.
func guessProvider(project string) string {
	found, err := grep(project, clerkInSource)
	if err == nil && found {
		return localissuer.Clerk
	}
	return localissuer.OIDC
}

package devissuer

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// ClerkOptions says what [StartClerk] starts. The zero value is an instance on a
// free port of 127.0.0.1.
type ClerkOptions struct {
	// Addr is the listen address; default "127.0.0.1:0". The host must be
	// "localhost" or a loopback address of IPv4.
	Addr string
	// ProxyPath is the path of the Frontend API; default "/__clerk".
	ProxyPath string
	// Party is the default `azp`, the origin of a front end; default
	// "https://app.example.test".
	Party string
	// Now is the clock of the claims; default time.Now.
	Now func() time.Time
	// Logger gets a line for each request; nil is silent.
	Logger *slog.Logger
	// Handler and AllowBeyondLoopback are as in [Options].
	Handler             http.Handler
	AllowBeyondLoopback bool
	// Key signs from the start, and its id is the instance's; for an instance that
	// was there before. It must be one for RS256. Default: a new one.
	Key *Key
	// SecretKey and WebhookSecret are those of such an instance; default: new ones.
	SecretKey, WebhookSecret string
}

// Clerk is a running instance of the shape that Clerk has: one RSA key whose id
// is the instance's, which signs sessions, and what is no session, alike. Its
// methods are safe for concurrent use.
//
// The real Frontend API is reached by https. This one is reached as if it were
// behind a proxy of yours, which Clerk documents: set the verifier's proxy URL
// to [Clerk.ProxyURL], which is then also what `iss` says.
type Clerk struct {
	issuer        *Issuer
	instance      string
	party         string
	publishable   string
	secret        string
	webhookSecret string
	backend       *clerkBackend
}

// StartClerk starts an instance. Close it when done. The error names the option
// that is wrong, or is that of listening.
func StartClerk(o ClerkOptions) (*Clerk, error) {
	if o.ProxyPath == "" {
		o.ProxyPath = "/__clerk"
	}
	if o.ProxyPath != path.Clean(o.ProxyPath) || o.ProxyPath[0] != '/' || o.ProxyPath == "/" {
		return nil, fmt.Errorf("devissuer: ClerkOptions.ProxyPath %q is not a path such as /__clerk", o.ProxyPath)
	}
	if o.Party == "" {
		o.Party = "https://app.example.test"
	}
	c := &Clerk{instance: clerkID("ins"), party: o.Party, secret: o.SecretKey, webhookSecret: o.WebhookSecret}
	if o.Key != nil {
		c.instance = o.Key.ID
	}
	if c.secret == "" {
		c.secret = "sk_test_" + rand.Text()
	}
	if c.webhookSecret == "" {
		c.webhookSecret = NewWebhookSecret()
	}
	options := Options{Addr: o.Addr, URL: o.ProxyPath, Algorithms: []string{"RS256"}, Now: o.Now, Logger: o.Logger,
		Handler: o.Handler, AllowBeyondLoopback: o.AllowBeyondLoopback}
	issuer, err := start(options, func(i *Issuer) {
		first := true // nobody else has the issuer yet; see Rotate for the rest
		i.newID = func(string) string {
			if first {
				first = false
				return c.instance
			}
			return clerkID("ins")
		}
		i.routes[o.ProxyPath+jwksPath] = &i.jwks
		i.routes["/v1/jwks"] = &i.jwks
		i.guarded = map[string]string{"/v1/jwks": c.secret}
		c.backend = newClerkBackend(c.secret, i.now)
		i.serveAPI = c.backend.serve
	})
	if err != nil {
		return nil, err
	}
	c.issuer = issuer
	if o.Key != nil {
		issuer.Retire(c.instance)
		issuer.Use(o.Key)
	}
	if !strings.Contains(issuer.Addr(), ".") { // as the host in a publishable key must
		err := fmt.Errorf("devissuer: ClerkOptions.Addr %q is not of IPv4", o.Addr)
		return nil, errors.Join(err, issuer.Close())
	}
	c.publishable = "pk_test_" + base64.StdEncoding.EncodeToString([]byte(issuer.Addr()+"$"))
	return c, nil
}

// clerkID is an id as Clerk makes them: what it is of, and 27 characters.
func clerkID(kind string) string { return kind + "_" + (rand.Text() + rand.Text())[:27] }

// Issuer is what serves the instance's keys and holds them: for faults, counts,
// rotation and odd keys. Its Token makes no session; see [Clerk.Token].
func (c *Clerk) Issuer() *Issuer { return c.issuer }

// Close stops listening and waits until none of the instance's goroutines is
// left. Tokens can still be made.
func (c *Clerk) Close() error { return c.issuer.Close() }

// InstanceID is the instance's id, ins_…, and the id of its key.
func (c *Clerk) InstanceID() string { return c.instance }

// Party is the default `azp` of its sessions.
func (c *Clerk) Party() string { return c.party }

// PublishableKey is the instance's pk_test_ key. It names the address listened
// on, so that a verifier which overlooks [Clerk.ProxyURL] asks nobody else.
func (c *Clerk) PublishableKey() string { return c.publishable }

// SecretKey is the sk_test_ key, which the Backend API asks for.
func (c *Clerk) SecretKey() string { return c.secret }

// JWTKey is the public key as PEM, for verifiers without network. It is that of
// the moment: [Issuer.Rotate] makes another.
func (c *Clerk) JWTKey() string { return string(c.issuer.unseen("RS256").PEM()) }

// ProxyURL is where the Frontend API is, and what `iss` says. The key set is at
// /.well-known/jwks.json below it.
func (c *Clerk) ProxyURL() string { return c.issuer.URL() }

// APIURL is where the Backend API is: the key set, users, organizations and
// their memberships, sessions, and the verification of machine tokens. See
// [Clerk.PutUser] and [Clerk.NewAPIKey] for what is in it.
func (c *Clerk) APIURL() string { return (&url.URL{Scheme: "http", Host: c.issuer.Addr()}).String() }

// WebhookSecret is the whsec_ secret of [Clerk.NewWebhook].
func (c *Clerk) WebhookSecret() string { return c.webhookSecret }

// Env is the instance as a program finds it in its environment, by the names of
// the variables: for testing.T.Setenv, or the Env of an exec.Cmd.
func (c *Clerk) Env() map[string]string {
	return map[string]string{
		"CLERK_PUBLISHABLE_KEY":        c.PublishableKey(),
		"CLERK_SECRET_KEY":             c.SecretKey(),
		"CLERK_PROXY_URL":              c.ProxyURL(),
		"CLERK_API_URL":                c.APIURL(),
		"CLERK_AUTHORIZED_PARTIES":     c.Party(),
		"CLERK_WEBHOOK_SIGNING_SECRET": c.WebhookSecret(),
	}
}

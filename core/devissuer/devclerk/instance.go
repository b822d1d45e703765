package devclerk

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

	"github.com/authkeel/authkeel/core/devissuer"
)

// Claims are the members of a JOSE header, of a token's payload or of metadata.
// Where claims are laid over others a nil value deletes.
type Claims = devissuer.Claims

// Options says what [Start] starts. The zero value is an instance on a free port
// of 127.0.0.1.
type Options struct {
	// Addr is the listen address; default "127.0.0.1:0". The host must be
	// "localhost" or a loopback address of IPv4.
	Addr string
	// ProxyPath is the path of the Frontend API; default "/__clerk".
	ProxyPath string
	// AuthorizedParty is the default `azp`, the origin of a front end; default
	// "https://app.example.test".
	AuthorizedParty string
	// Now is the clock of the claims; default time.Now.
	Now func() time.Time
	// Logger gets a line for each request; nil is silent.
	Logger *slog.Logger
	// Handler and AllowBeyondLoopback are as in [devissuer.Options].
	Handler             http.Handler
	AllowBeyondLoopback bool
	// Key signs from the start, and its ID is the instance's: to start an instance
	// again that existed before. It must be a key for RS256. Default: a new one.
	Key *devissuer.Key
	// SecretKey and WebhookSecret belong to such an instance; default: new ones.
	SecretKey, WebhookSecret string
}

// Instance is a running stand-in for a Clerk instance. One RSA key, whose kid is
// the instance ID, signs session tokens and every other token type, as Clerk's
// does. Its methods are safe for concurrent use.
//
// The real Frontend API is reached by https. This one is reached as if it were
// behind a proxy of yours, which Clerk documents: set the verifier's proxy URL
// to [Instance.ProxyURL], which `iss` then says as well.
type Instance struct {
	issuer          *devissuer.Issuer
	id              string
	authorizedParty string
	publishable     string
	secret          string
	webhookSecret   string
	now             func() time.Time
	api             *api
	faults          *devissuer.FaultHandler // around api
}

// Start starts an instance. Close it when done. The error names the option that
// is wrong, or is that of listening.
func Start(o Options) (*Instance, error) {
	if o.ProxyPath == "" {
		o.ProxyPath = "/__clerk"
	}
	if o.ProxyPath != path.Clean(o.ProxyPath) || o.ProxyPath[0] != '/' || o.ProxyPath == "/" {
		return nil, fmt.Errorf("devclerk: Options.ProxyPath %q is not a path such as /__clerk", o.ProxyPath)
	}
	if o.AuthorizedParty == "" {
		o.AuthorizedParty = "https://app.example.test"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Instance{id: newID("ins"), authorizedParty: o.AuthorizedParty, secret: o.SecretKey, webhookSecret: o.WebhookSecret, now: o.Now}
	if o.Key != nil {
		c.id = o.Key.ID
	}
	if c.secret == "" {
		c.secret = "sk_test_" + rand.Text()
	}
	if c.webhookSecret == "" {
		c.webhookSecret = NewWebhookSecret()
	}
	c.api = newAPI(c)
	c.faults = devissuer.NewFaultHandler(c.api)
	var err error
	c.issuer, err = devissuer.Start(devissuer.Options{Addr: o.Addr, URL: o.ProxyPath, Algorithms: []string{"RS256"}, Now: o.Now, Logger: o.Logger,
		NewKeyID: c.keyIDs(), Handler: c.route(o.Handler), AllowBeyondLoopback: o.AllowBeyondLoopback})
	if err != nil {
		return nil, err
	}
	if o.Key != nil {
		c.issuer.Retire(c.id)
		c.issuer.AddSigningKey(o.Key)
	}
	if !strings.Contains(c.issuer.Addr(), ".") { // the host in a publishable key has a dot
		err := fmt.Errorf("devclerk: Options.Addr %q is not an IPv4 address", o.Addr)
		return nil, errors.Join(err, c.issuer.Close())
	}
	c.publishable = "pk_test_" + base64.StdEncoding.EncodeToString([]byte(c.issuer.Addr()+"$"))
	return c, nil
}

// keyIDs returns a function that makes key IDs: the first is the instance's.
func (c *Instance) keyIDs() func(string) string {
	first := make(chan string, 1)
	first <- c.id
	return func(string) string {
		select {
		case id := <-first:
			return id
		default:
			return newID("ins")
		}
	}
}

// route returns the handler of all paths but those of the Frontend API.
func (c *Instance) route(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/v1/jwks" && !c.api.showsSecret(r):
			write(w, invalidKey())
		case r.URL.Path == "/v1/jwks":
			c.issuer.JWKSHandler().ServeHTTP(w, r)
		case pages == nil, isAPI(r.URL.Path):
			c.faults.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// isAPI reports whether a path belongs to the Backend API. Some paths of Clerk's
// lack the version.
func isAPI(path string) bool {
	return strings.HasPrefix(path, "/v1/") || strings.HasSuffix(path, "/verify")
}

// newID is an ID as Clerk makes them: its kind, and 27 characters.
func newID(kind string) string { return kind + "_" + (rand.Text() + rand.Text())[:27] }

// Issuer returns the issuer that serves and holds the instance's keys: for
// faults, counts, rotation and odd keys. Its Token method makes no sessions; see
// [Instance.Token].
func (c *Instance) Issuer() *devissuer.Issuer { return c.issuer }

// Close stops listening and waits until all goroutines of the instance have
// ended. Tokens can still be made.
func (c *Instance) Close() error { return c.issuer.Close() }

// InstanceID is the instance's ID, ins_…, and the ID of its key.
func (c *Instance) InstanceID() string { return c.id }

// AuthorizedParty is the default `azp` of its sessions.
func (c *Instance) AuthorizedParty() string { return c.authorizedParty }

// PublishableKey is the instance's pk_test_ key. It names the address of this
// instance, so that a verifier which overlooks [Instance.ProxyURL] calls no other
// host.
func (c *Instance) PublishableKey() string { return c.publishable }

// SecretKey is the sk_test_ key, which the Backend API requires.
func (c *Instance) SecretKey() string { return c.secret }

// JWTKey is the public key as PEM, for verifiers without network. It is that of
// the moment: [devissuer.Issuer.Rotate] makes another.
func (c *Instance) JWTKey() string { return string(c.issuer.PublicKeyPEM("RS256")) }

// ProxyURL is where the Frontend API is, and what `iss` says. The key set is at
// /.well-known/jwks.json below it.
func (c *Instance) ProxyURL() string { return c.issuer.URL() }

// APIURL is where the Backend API is: the key set, users, organizations and
// their memberships, sessions, and the verification of machine tokens.
// [Instance.PutUser], [Instance.NewAPIKey] and others fill it.
func (c *Instance) APIURL() string { return (&url.URL{Scheme: "http", Host: c.issuer.Addr()}).String() }

// WebhookSecret is the whsec_ secret of [Instance.NewWebhook].
func (c *Instance) WebhookSecret() string { return c.webhookSecret }

// Env is the environment in which a program uses this instance, by the names of
// the variables: for testing.T.Setenv, or the Env of an exec.Cmd.
func (c *Instance) Env() map[string]string {
	return map[string]string{
		"CLERK_PUBLISHABLE_KEY":        c.PublishableKey(),
		"CLERK_SECRET_KEY":             c.SecretKey(),
		"CLERK_PROXY_URL":              c.ProxyURL(),
		"CLERK_API_URL":                c.APIURL(),
		"CLERK_AUTHORIZED_PARTIES":     c.AuthorizedParty(),
		"CLERK_WEBHOOK_SIGNING_SECRET": c.WebhookSecret(),
	}
}

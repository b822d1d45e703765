package devissuer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Options says what [Start] starts. The zero value is an issuer on a free port
// of 127.0.0.1 with one key each for RS256, ES256, EdDSA and PS256.
type Options struct {
	// Addr is the listen address; default "127.0.0.1:0". The host must be
	// "localhost" or a loopback IP address, see AllowBeyondLoopback.
	Addr string
	// URL is the issuer's name, what `iss` says; default http:// and the
	// address listened on. A value that begins with "/" is appended to that
	// default. Any other value is only a name: the issuer is still reached at
	// its address.
	URL string
	// Algorithms are the signature algorithms (RFC 7518 section 3.1, RFC 8037),
	// one signing key each, the first being the one of [Issuer.Token]; default
	// RS256, ES256, EdDSA, PS256. Also known: RS384, RS512, PS384, PS512,
	// ES384, ES512.
	Algorithms []string
	// Audience is the default `aud`; default "https://api.example.test".
	Audience string
	// Now is the clock of the claims; default time.Now. Faults use real time.
	Now func() time.Time
	// Logger gets a line for each request; nil is silent.
	Logger *slog.Logger
	// Handler answers all paths that are not the issuer's, such as the pages of a
	// sign-in or an API of the provider; nil: 404. The context of its requests ends
	// with [Issuer.Close].
	Handler http.Handler
	// SignIn adds the authorization code flow, user information and logout; nil: no
	// user can sign in.
	SignIn *SignIn
	// NewKeyID makes the IDs of new keys, for an issuer whose IDs have a form of
	// their own; default: the algorithm and random text.
	NewKeyID func(alg string) string
	// AllowBeyondLoopback allows any Addr: for containers that call each other.
	// Everybody who can reach the issuer can get any token from it.
	AllowBeyondLoopback bool
}

// Issuer is a running issuer. Its methods are safe for concurrent use.
type Issuer struct {
	url        string
	audience   string
	addr       string
	algorithms []string
	now        func() time.Time
	log        *slog.Logger
	newID      func(alg string) string
	remote     bool                 // may listen beyond loopback
	routes     map[string]*endpoint // by path; fixed after Start
	fallback   http.Handler         // for all other paths; nil: 404
	signIn     *signIn              // nil: nobody can sign in

	life sync.Mutex // held over Down, Up and Close
	srv  *server    // nil while down
	// closing ends with Close.
	closing context.Context //nolint:containedctx // of the issuer's own life
	close   context.CancelFunc

	mu        sync.Mutex // guards what follows and every endpoint's state
	closed    bool
	current   map[string]*Key // by algorithm
	published []*Key          // in the order of their introduction
	extra     []map[string]any
	unshared  map[*Key]bool // made by Start and never handed out
	rawJWKS   []byte
	cacheCtl  string
	change    func(map[string]any)
	onRequest func(string)
	inFlight  int
	idle      *sync.Cond // signalled when inFlight drops to 0
	metadata  endpoint
	jwks      endpoint
}

// Start starts an issuer. Close it when done. The error names the option that
// is wrong, or is that of listening.
//
// An RSA key takes about a tenth of a second to make. The RSA keys of a closed
// issuer are therefore used again, under new key ids, by issuers started later
// in the process, unless [Issuer.Key] handed them out; two issuers that are
// open at the same time never share one.
func Start(o Options) (*Issuer, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if err := checkLoopback(o.Addr); err != nil && !o.AllowBeyondLoopback {
		return nil, err
	}
	if len(o.Algorithms) == 0 {
		o.Algorithms = []string{"RS256", "ES256", "EdDSA", "PS256"}
	}
	if err := checkAlgorithms(o.Algorithms); err != nil {
		return nil, err
	}
	if o.Audience == "" {
		o.Audience = "https://api.example.test"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.NewKeyID == nil {
		o.NewKeyID = newID
	}
	i := &Issuer{
		audience:   o.Audience,
		algorithms: append([]string(nil), o.Algorithms...),
		now:        o.Now,
		log:        o.Logger,
		newID:      o.NewKeyID,
		fallback:   o.Handler,
		remote:     o.AllowBeyondLoopback,
		current:    map[string]*Key{},
		unshared:   map[*Key]bool{},
	}
	i.closing, i.close = context.WithCancel(context.Background())
	i.idle = sync.NewCond(&i.mu)
	ln, err := listen(o.Addr, o.AllowBeyondLoopback)
	if err != nil {
		return nil, err
	}
	i.addr = ln.Addr().String()
	if err := i.name(o.URL); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	if o.SignIn != nil {
		if i.signIn, err = newSignIn(i, *o.SignIn); err != nil {
			return nil, errors.Join(err, ln.Close())
		}
	}
	for _, alg := range i.algorithms {
		k := newKey(i.newID(alg), alg, takeRSA)
		i.current[alg] = k
		i.published = append(i.published, k)
		i.unshared[k] = true
	}
	i.srv = i.serveOn(ln)
	i.log.Info("development issuer started; never expose it", "issuer", i.url, "address", i.addr)
	return i, nil
}

// name settles the issuer's name and the paths that follow from it.
func (i *Issuer) name(name string) error {
	base := "http://" + i.addr
	switch {
	case name == "":
		name = base
	case strings.HasPrefix(name, "/"):
		name = base + name
	}
	u, err := url.Parse(name)
	if err != nil || u.Host == "" {
		return fmt.Errorf("devissuer: Options.URL %q is neither a URL nor a path", name)
	}
	i.url = name
	i.metadata.render = i.renderMetadata
	i.jwks.render = i.renderJWKS
	// OpenID Connect Discovery section 4 appends to the issuer's path, RFC 8414
	// section 3.1 inserts before it. Everything is served at the root as well.
	path := strings.TrimSuffix(u.Path, "/")
	i.routes = map[string]*endpoint{
		"/.well-known/openid-configuration":              &i.metadata,
		path + "/.well-known/openid-configuration":       &i.metadata,
		"/.well-known/oauth-authorization-server":        &i.metadata,
		"/.well-known/oauth-authorization-server" + path: &i.metadata,
		jwksPath:        &i.jwks,
		path + jwksPath: &i.jwks,
	}
	return nil
}

// URL is the issuer's name: `iss` in its tokens, `issuer` in its metadata.
func (i *Issuer) URL() string { return i.url }

// Audience is the default `aud` of its tokens.
func (i *Issuer) Audience() string { return i.audience }

// Addr is the host and port the issuer listens on, also while it is down.
func (i *Issuer) Addr() string { return i.addr }

// JWKSURL is where the key set is, always at the address listened on.
func (i *Issuer) JWKSURL() string { return "http://" + i.addr + jwksPath }

// Handler serves the issuer's documents: discovery at
// /.well-known/openid-configuration and /.well-known/oauth-authorization-server,
// the JWKS at /.well-known/jwks.json, and those of [Options].SignIn. The issuer listens by itself; the handler
// is for a second server, such as one with TLS, which [Issuer.Down] does not
// stop and whose address is not in the metadata (see [Issuer.ServeMetadata]).
func (i *Issuer) Handler() http.Handler { return http.HandlerFunc(i.serve) }

func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("devissuer: Options.Addr: %w", err)
	}
	if !isLoopback(host) {
		return fmt.Errorf("devissuer: Options.Addr %q is not a loopback address; this issuer signs anything for anybody", addr)
	}
	return nil
}

func checkAlgorithms(algs []string) error {
	seen := map[string]bool{}
	for _, alg := range algs {
		if a, ok := algorithms[alg]; !ok || a.family == "oct" {
			return fmt.Errorf("devissuer: Options.Algorithms: %q is not an algorithm with a public key", alg)
		}
		if seen[alg] {
			return fmt.Errorf("devissuer: Options.Algorithms: %q is named twice", alg)
		}
		seen[alg] = true
	}
	return nil
}

// portOf is the port of an address listened on.
func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr) // it came from a listener
	return port
}

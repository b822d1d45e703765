package localissuer

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// Issuer is an issuer that runs, with its users and its keys.
type Issuer struct {
	oidc  *devissuer.Issuer
	clerk *devclerk.Instance // nil for OIDC
	alg   string             // the algorithm that signs its tokens

	mu    sync.Mutex // guards state
	state State
}

// Options say how Start runs an issuer.
type Options struct {
	Addr                string       // host:port to listen on; by default the state's, or a free port of 127.0.0.1
	Handler             http.Handler // serves every path that the issuer itself does not
	AllowBeyondLoopback bool
	// Copy starts a second issuer from a state, on a free port, while the first one
	// runs. It signs with the same keys and the same `iss`, so the verifiers that
	// trust the first issuer accept its tokens.
	Copy bool
	// SignIn makes users sign in at an OIDC issuer, also from the front ends of the
	// state; nil: the issuer has no endpoints for that.
	SignIn *SignIn
	// Algorithm is the JWS algorithm of a new OIDC issuer, ES256 by default. A Clerk
	// issuer always uses RS256.
	Algorithm string
}

// New returns the state of an issuer that has not run yet. Start makes its keys.
func New(provider string) State {
	return State{Version: stateVersion, Provider: provider, People: DefaultPeople(provider)}
}

// Start runs the issuer of a state. The caller has to close it.
func Start(s State, o Options) (*Issuer, error) {
	if s.Provider != OIDC && s.Provider != Clerk {
		return nil, fmt.Errorf("unknown provider %q: use oidc or clerk", s.Provider)
	}
	addr := o.Addr
	if addr == "" && !o.Copy {
		addr = s.Addr
	}
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	keys := make([]*devissuer.Key, 0, len(s.Keys))
	for _, k := range s.Keys {
		key, err := devissuer.ParseKey(k.ID, k.Algorithm, []byte(k.PEM))
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	i := &Issuer{state: s, alg: o.Algorithm}
	switch {
	case s.Provider == Clerk:
		i.alg = "RS256"
	case len(keys) > 0:
		i.alg = keys[len(keys)-1].Algorithm
	case i.alg == "":
		i.alg = "ES256"
	}
	i.mu.Lock() // requests come before all of the state is known
	defer i.mu.Unlock()
	start := i.startOIDC
	if s.Provider == Clerk {
		start = i.startClerk
	}
	if err := start(addr, keys, o); err != nil {
		return nil, err
	}
	if !o.Copy {
		i.state.Addr, i.state.URL = i.oidc.Addr(), i.oidc.URL()
	}
	i.state.Keys = nil
	if len(keys) == 0 {
		keys = []*devissuer.Key{i.oidc.Key(i.alg)}
	}
	for _, k := range keys {
		i.keep(k)
	}
	return i, nil
}

func (i *Issuer) startOIDC(addr string, keys []*devissuer.Key, o Options) (err error) {
	options := devissuer.Options{Addr: addr, Algorithms: []string{i.alg}, Audience: i.state.Audience,
		Handler: o.Handler, AllowBeyondLoopback: o.AllowBeyondLoopback}
	if o.Copy {
		options.URL = i.state.URL
	}
	if o.SignIn != nil {
		options.SignIn = &devissuer.SignIn{Users: i.users, Origins: i.state.FrontEnds, Lifetime: o.SignIn.Lifetime, Grants: o.SignIn.Grants}
	}
	if i.oidc, err = devissuer.Start(options); err != nil {
		return err
	}
	i.state.Audience = i.oidc.Audience()
	if len(keys) > 0 {
		i.oidc.Retire(i.oidc.Key(i.alg).ID)
	}
	for _, k := range keys {
		i.oidc.AddSigningKey(k)
	}
	return nil
}

func (i *Issuer) startClerk(addr string, keys []*devissuer.Key, o Options) (err error) {
	options := devclerk.Options{Addr: addr, AuthorizedParty: i.state.Party, SecretKey: i.state.SecretKey, WebhookSecret: i.state.WebhookSecret,
		Handler: o.Handler, AllowBeyondLoopback: o.AllowBeyondLoopback}
	if len(keys) > 0 {
		options.Key = keys[0]
	}
	if i.clerk, err = devclerk.Start(options); err != nil {
		return err
	}
	i.oidc = i.clerk.Issuer()
	for _, k := range keys[min(1, len(keys)):] {
		i.oidc.AddSigningKey(k)
	}
	i.state.Party, i.state.SecretKey, i.state.WebhookSecret = i.clerk.AuthorizedParty(), i.clerk.SecretKey(), i.clerk.WebhookSecret()
	i.fillDirectory()
	return nil
}

// keep adds a key to the state, where the last key signs. The caller holds i.mu.
func (i *Issuer) keep(k *devissuer.Key) {
	i.state.Keys = append(i.state.Keys, Key{ID: k.ID, Algorithm: k.Algorithm, PEM: string(k.PrivatePEM())})
}

// Close stops the issuer.
func (i *Issuer) Close() error { return i.oidc.Close() }

// State returns the issuer's state as it is now, to be saved.
func (i *Issuer) State() State {
	i.mu.Lock()
	defer i.mu.Unlock()
	s := i.state
	s.Keys, s.People, s.FrontEnds = slices.Clone(s.Keys), slices.Clone(s.People), slices.Clone(s.FrontEnds)
	return s
}

// Provider returns [OIDC] or [Clerk].
func (i *Issuer) Provider() string { return i.state.Provider }

// Dev returns the underlying development issuer, which can sign malformed tokens.
func (i *Issuer) Dev() *devissuer.Issuer { return i.oidc }

// Clerk returns the Clerk stand-in, or nil for an OIDC issuer.
func (i *Issuer) Clerk() *devclerk.Instance { return i.clerk }

// Rotate makes a new signing key and returns its key ID. The old keys stay published
// until RetireOld.
func (i *Issuer) Rotate() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	k := i.oidc.Rotate(i.alg)
	i.keep(i.oidc.Key(i.alg))
	return k.ID
}

// RetireOld removes all keys except the signing key from the published set. Tokens
// that they signed are rejected once a verifier has fetched the set again.
func (i *Issuer) RetireOld() {
	i.mu.Lock()
	defer i.mu.Unlock()
	last := len(i.state.Keys) - 1
	for _, k := range i.state.Keys[:last] {
		i.oidc.Retire(k.ID)
	}
	i.state.Keys = slices.Clone(i.state.Keys[last:])
}

// Env returns the environment variables with which a server trusts the issuer.
func (i *Issuer) Env() map[string]string {
	if i.clerk != nil {
		return i.clerk.Env()
	}
	return map[string]string{"OIDC_ISSUER": i.oidc.URL(), "OIDC_AUDIENCE": i.oidc.Audience()}
}

// Person returns the user with this name.
func (i *Issuer) Person(name string) (Person, bool) {
	s := i.State()
	return s.person(name)
}

// SetPeople replaces the list of users.
func (i *Issuer) SetPeople(people []Person) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	s := State{People: people}
	if err := s.checkPeople(); err != nil {
		return err
	}
	if i.clerk != nil {
		for _, p := range i.state.People {
			if !slices.ContainsFunc(people, func(q Person) bool { return q.Subject == p.Subject }) {
				i.clerk.DeleteUser(p.Subject)
			}
		}
	}
	i.state.People = slices.Clone(people)
	i.fillDirectory()
	return nil
}

// fillDirectory puts the users into the Backend API of a Clerk issuer.
func (i *Issuer) fillDirectory() {
	if i.clerk == nil {
		return
	}
	for _, p := range i.state.People {
		i.clerk.PutUser(devclerk.User{ID: p.Subject, FirstName: p.Name, Email: p.Email,
			Public: devissuer.Claims{"roles": p.Roles, "permissions": p.Permissions}})
	}
}

// Token makes a token for a user. The claims in over replace the token's own; a nil
// value deletes a claim. A lifetime of 0 means the provider's default: an hour for
// OIDC, a minute for Clerk.
func (i *Issuer) Token(p Person, lifetime time.Duration, over devissuer.Claims) string {
	header, claims := i.Claims(p, lifetime)
	return i.Sign(header, devissuer.With(claims, over))
}

// Claims returns header and claims of a token for a user.
func (i *Issuer) Claims(p Person, lifetime time.Duration) (header, claims devissuer.Claims) {
	own := i.ownClaims(p)
	own["sub"] = p.Subject
	if i.clerk == nil {
		claims = i.oidc.Claims(own)
	} else {
		header = devissuer.Claims{"cat": "cl_B7d4PD111AAA"}
		claims = devissuer.With(i.clerk.SessionClaims(clerkSession(p)), own)
		claims["iss"] = i.state.URL // of the first issuer, when this one is a copy
	}
	if lifetime != 0 {
		claims["exp"] = time.Now().Add(lifetime).Unix()
	}
	return header, claims
}

// ownRoles returns the roles for the claim `roles`. Clerk has organization roles,
// which begin with "org:", in claims of its own: see clerkSession.
func (i *Issuer) ownRoles(p Person) []string {
	if i.clerk == nil {
		return p.Roles
	}
	return slices.DeleteFunc(slices.Clone(p.Roles), func(role string) bool { return strings.HasPrefix(role, "org:") })
}

// clerkSession returns a session of the user. A role that begins with "org:" becomes
// the role in the active organization.
func clerkSession(p Person) devclerk.Session {
	s := devclerk.Session{ID: "sess_" + strings.TrimPrefix(p.Subject, "user_"), User: p.Subject, FactorAge: &[2]int{1, 1}}
	for _, role := range p.Roles {
		if strings.HasPrefix(role, "org:") {
			s.Organization = &devclerk.Organization{ID: "org_acme", Slug: "acme", Role: role}
		}
	}
	return s
}

// Sign signs any claims with the current key. The members of header replace those of
// the usual header.
func (i *Issuer) Sign(header, claims devissuer.Claims) string {
	return i.oidc.Sign(i.alg, header, claims)
}

// Algorithm returns the JWS algorithm of its tokens.
func (i *Issuer) Algorithm() string { return i.alg }

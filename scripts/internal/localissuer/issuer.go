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

// Issuer is a running issuer with a state.
type Issuer struct {
	oidc  *devissuer.Issuer
	clerk *devclerk.Instance // nil for OIDC
	alg   string             // of its tokens

	mu    sync.Mutex // guards state
	state State
}

// Options say where a new or a saved issuer listens.
type Options struct {
	Addr                string       // default that of the state, else a free port of 127.0.0.1
	Handler             http.Handler // its own pages
	AllowBeyondLoopback bool
	// Apart starts the issuer of a state on another address than it has there: it
	// makes tokens that the verifiers of the first one accept, while that one runs.
	Apart bool
	// Algorithm signs for a new issuer of OIDC; default ES256, and for Clerk RS256 always.
	Algorithm string
}

// New is a state for Start to fill.
func New(provider string) State {
	return State{Version: stateVersion, Provider: provider, People: DefaultPeople(provider)}
}

// Start starts the issuer of a state. Close it when done.
func Start(s State, o Options) (*Issuer, error) {
	if s.Provider != OIDC && s.Provider != Clerk {
		return nil, fmt.Errorf("there is no provider %q; there are oidc and clerk", s.Provider)
	}
	addr := o.Addr
	if addr == "" && !o.Apart {
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
	start := i.startOIDC
	if s.Provider == Clerk {
		start = i.startClerk
	}
	if err := start(addr, keys, o); err != nil {
		return nil, err
	}
	if !o.Apart {
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
	if o.Apart {
		options.URL = i.state.URL
	}
	if i.oidc, err = devissuer.Start(options); err != nil {
		return err
	}
	i.state.Audience = i.oidc.Audience()
	if len(keys) > 0 {
		i.oidc.Retire(i.oidc.Key(i.alg).ID)
	}
	for _, k := range keys {
		i.oidc.Use(k)
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
		i.oidc.Use(k)
	}
	i.state.Party, i.state.SecretKey, i.state.WebhookSecret = i.clerk.AuthorizedParty(), i.clerk.SecretKey(), i.clerk.WebhookSecret()
	i.fillDirectory()
	return nil
}

// keep writes a key down as the one that signs. i.mu is held, or nobody else has i.
func (i *Issuer) keep(k *devissuer.Key) {
	i.state.Keys = append(i.state.Keys, Key{ID: k.ID, Algorithm: k.Algorithm, PEM: string(k.PrivatePEM())})
}

// Close ends the issuer.
func (i *Issuer) Close() error { return i.oidc.Close() }

// State is the issuer as it is now.
func (i *Issuer) State() State {
	i.mu.Lock()
	defer i.mu.Unlock()
	s := i.state
	s.Keys, s.People = slices.Clone(s.Keys), slices.Clone(s.People)
	return s
}

// Provider is the shape of the issuer.
func (i *Issuer) Provider() string { return i.state.Provider }

// Dev is the issuer itself, for faults, counts and odd tokens.
func (i *Issuer) Dev() *devissuer.Issuer { return i.oidc }

// Clerk is the issuer where it has that shape, else nil.
func (i *Issuer) Clerk() *devclerk.Instance { return i.clerk }

// Rotate makes a new key that signs from now on, and returns its id. The old ones
// go on verifying until RetireOld.
func (i *Issuer) Rotate() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	k := i.oidc.Rotate(i.alg)
	i.keep(i.oidc.Key(i.alg))
	return k.ID
}

// RetireOld takes all keys but the one that signs out of the published set: what
// they signed stops verifying once the verifiers have fetched the set again.
func (i *Issuer) RetireOld() {
	i.mu.Lock()
	defer i.mu.Unlock()
	last := len(i.state.Keys) - 1
	for _, k := range i.state.Keys[:last] {
		i.oidc.Retire(k.ID)
	}
	i.state.Keys = slices.Clone(i.state.Keys[last:])
}

// Env is what a server has to find in its environment to trust the issuer.
func (i *Issuer) Env() map[string]string {
	if i.clerk != nil {
		return i.clerk.Env()
	}
	return map[string]string{"OIDC_ISSUER": i.oidc.URL(), "OIDC_AUDIENCE": i.oidc.Audience()}
}

// Person returns who is called that.
func (i *Issuer) Person(name string) (Person, bool) {
	s := i.State()
	return s.person(name)
}

// SetPeople puts others in the place of the people.
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

// fillDirectory has the Backend API of a Clerk know the people.
func (i *Issuer) fillDirectory() {
	if i.clerk == nil {
		return
	}
	for _, p := range i.state.People {
		i.clerk.PutUser(devclerk.User{ID: p.Subject, FirstName: p.Name, Email: p.Email,
			Public: devissuer.Claims{"roles": p.Roles, "permissions": p.Permissions}})
	}
}

// Token makes a token for a person, with over laid on top of its claims, where
// nil deletes. lifetime 0 is the provider's own: an hour, or Clerk's minute.
func (i *Issuer) Token(p Person, lifetime time.Duration, over devissuer.Claims) string {
	header, claims := i.Claims(p, lifetime)
	return i.Sign(header, devissuer.With(claims, over))
}

// Claims are header and claims of a token for a person.
func (i *Issuer) Claims(p Person, lifetime time.Duration) (header, claims devissuer.Claims) {
	own := devissuer.Claims{"sub": p.Subject}
	if len(p.Permissions) > 0 {
		own["permissions"] = p.Permissions
	}
	if p.Scope != "" {
		own["scope"] = p.Scope
	}
	if i.clerk == nil {
		if p.Email != "" {
			own["email"] = p.Email
		}
		claims = i.oidc.Claims(own)
	} else {
		header = devissuer.Claims{"cat": "cl_B7d4PD111AAA"}
		claims = devissuer.With(i.clerk.SessionClaims(clerkSession(p)), own)
		claims["iss"] = i.state.URL // Apart: that of the first one
	}
	if roles := i.ownRoles(p); len(roles) > 0 {
		claims["roles"] = roles
	}
	if lifetime != 0 {
		claims["exp"] = time.Now().Add(lifetime).Unix()
	}
	return header, claims
}

// ownRoles are those for the claim of that name. What begins with org: is in
// Clerk's own claims, see clerkSession.
func (i *Issuer) ownRoles(p Person) []string {
	if i.clerk == nil {
		return p.Roles
	}
	return slices.DeleteFunc(slices.Clone(p.Roles), func(role string) bool { return strings.HasPrefix(role, "org:") })
}

// clerkSession is a session of the person. A role that begins with org: is the one
// in the active organization.
func clerkSession(p Person) devclerk.Session {
	s := devclerk.Session{ID: "sess_" + strings.TrimPrefix(p.Subject, "user_"), User: p.Subject, FactorAge: &[2]int{1, 1}}
	for _, role := range p.Roles {
		if strings.HasPrefix(role, "org:") {
			s.Organization = &devclerk.Organization{ID: "org_acme", Slug: "acme", Role: role}
		}
	}
	return s
}

// Sign signs any claims with the key that signs, header laid on top of the usual.
func (i *Issuer) Sign(header, claims devissuer.Claims) string {
	return i.oidc.Sign(i.alg, header, claims)
}

// Algorithm is the one of its tokens.
func (i *Issuer) Algorithm() string { return i.alg }

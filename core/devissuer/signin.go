package devissuer

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// SignIn makes an issuer one at which users sign in: the authorization code flow
// of OpenID Connect Core section 3.1 with PKCE (RFC 7636), refresh tokens, user
// information and logout, at /authorize, /token, /userinfo and /logout. A user
// signs in by choosing a name on a page; there are no passwords.
//
// Clients are not registered. Each client ID is accepted, and any client secret.
// What protects a code is what protects that of a public client: it is sent to a
// redirect URI on this machine or of a front end in Origins, once, for a minute,
// and only the client that asked for it can use it, with its code verifier.
type SignIn struct {
	// Users returns who can sign in. It is called for each request, so a user who
	// is no longer there gets no further token. It may be called concurrently.
	Users func() []User
	// Origins are the front ends that may use the endpoints from a script (CORS)
	// and be redirected to, such as "http://localhost:5173"; see [CheckOrigin].
	// Redirect URIs on loopback are allowed without being named, because a program
	// on this machine can get any token anyway. Scripts of a page on loopback are
	// not allowed unless its origin is named.
	Origins []string
	// Lifetime is that of access tokens and ID tokens; default one hour. Refresh
	// tokens last a day.
	Lifetime time.Duration
	// Grants answers POST requests to /token that have another grant_type than
	// authorization_code and refresh_token. The key is the grant type; "" is for
	// requests that have none.
	Grants map[string]http.Handler
}

// User is a test user who can sign in.
type User struct {
	Name    string // what the page shows; login_hint with this value puts the focus on the user's button
	Subject string // `sub`
	// Claims are those of the ID token and of /userinfo. The scope "email" asks for
	// those whose names begin with "email", the scope "profile" for all others.
	Claims Claims
	// Scopes are those that the user can give to a client, besides OpenID
	// Connect's own. What a client asks for beyond them it does not get.
	Scopes []string
	// AccessClaims are laid over the default claims of access tokens, such as roles.
	AccessClaims Claims
}

const (
	codeLifetime    = time.Minute // RFC 6749 section 4.1.2 says ten minutes at most
	refreshLifetime = 24 * time.Hour
	maxRemembered   = 1000 // sessions, codes and refresh tokens, each
	maxParameters   = 8 << 10
)

// signIn is the state of an issuer's sign-ins.
type signIn struct {
	issuer *Issuer
	o      SignIn
	mux    *http.ServeMux
	cookie string // its name: browsers send cookies of a host to all its ports

	mu       sync.Mutex // guards what follows, and the sessions and grants in it
	sessions remembered[*session]
	codes    remembered[*grant]
	refresh  remembered[*refreshToken]
}

// session is a user who is signed in with one browser.
type session struct {
	id      string // `sid`
	subject string
	began   time.Time // `auth_time`
	ended   bool
}

// grant is what a user allowed a client: the meaning of a code, and of the refresh
// tokens that follow from it.
type grant struct {
	request request
	session *session
	expires time.Time // of the code
	used    bool      // of the code
	revoked bool
}

type refreshToken struct {
	grant   *grant
	expires time.Time
	used    bool
}

func newSignIn(i *Issuer, o SignIn) (*signIn, error) {
	if o.Users == nil {
		return nil, errors.New("devissuer: Options.SignIn.Users is nil: return the users who can sign in")
	}
	for n, origin := range o.Origins {
		if err := CheckOrigin(origin); err != nil {
			return nil, fmt.Errorf("devissuer: Options.SignIn.Origins[%d]: %w", n, err)
		}
	}
	if o.Lifetime < 0 {
		return nil, fmt.Errorf("devissuer: Options.SignIn.Lifetime is %v: leave it out for one hour", o.Lifetime)
	}
	if o.Lifetime == 0 {
		o.Lifetime = time.Hour
	}
	o.Origins, o.Grants = slices.Clone(o.Origins), maps.Clone(o.Grants)
	for _, own := range []string{"authorization_code", "refresh_token"} {
		if o.Grants[own] != nil {
			return nil, fmt.Errorf("devissuer: Options.SignIn.Grants has %s, which the issuer answers itself", own)
		}
	}
	s := &signIn{issuer: i, o: o, mux: http.NewServeMux(), cookie: "devissuer_" + portOf(i.addr)}
	open := func(pattern string, h http.HandlerFunc) {
		s.mux.Handle(pattern, &LocalOnly{Handler: h, Origins: o.Origins, AllowBeyondLoopback: i.remote})
	}
	open("/authorize", s.authorize)
	open("/token", s.token)
	open("/userinfo", s.userInfo)
	open("/logout", s.logout)
	// Nobody but the issuer's own page submits the user's choice.
	s.mux.Handle("POST /authorize/choice", &LocalOnly{Handler: http.HandlerFunc(s.chosen), AllowBeyondLoopback: i.remote})
	s.mux.Handle("POST /logout/choice", &LocalOnly{Handler: http.HandlerFunc(s.loggedOut), AllowBeyondLoopback: i.remote})
	return s, nil
}

// owns reports whether the path is one of its endpoints.
func (s *signIn) owns(r *http.Request) bool {
	_, pattern := s.mux.Handler(r)
	return pattern != ""
}

func (s *signIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	s.mux.ServeHTTP(w, r)
}

// user returns the user with this subject.
func (s *signIn) user(subject string) (User, bool) {
	for _, u := range s.o.Users() {
		if u.Subject == subject {
			return u, true
		}
	}
	return User{}, false
}

// describe adds the endpoints to the metadata (OpenID Connect Discovery section 3,
// RFC 8414, RFC 9207, RP-Initiated Logout section 2.1).
func (s *signIn) describe(doc map[string]any) {
	base := "http://" + s.issuer.addr
	grants := []string{"authorization_code", "refresh_token"}
	for _, name := range slices.Sorted(maps.Keys(s.o.Grants)) {
		if name != "" {
			grants = append(grants, name)
		}
	}
	scopes := []string{"openid", "profile", "email", "offline_access"}
	claims := []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid"}
	for _, u := range s.o.Users() {
		scopes = append(scopes, u.Scopes...)
		claims = append(claims, slices.Sorted(maps.Keys(u.Claims))...)
	}
	maps.Copy(doc, map[string]any{
		"authorization_endpoint":                         base + "/authorize",
		"token_endpoint":                                 base + "/token",
		"userinfo_endpoint":                              base + "/userinfo",
		"end_session_endpoint":                           base + "/logout",
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query"},
		"grant_types_supported":                          grants,
		"code_challenge_methods_supported":               []string{"S256"},
		"token_endpoint_auth_methods_supported":          []string{"none", "client_secret_basic", "client_secret_post"},
		"scopes_supported":                               distinct(scopes),
		"claims_supported":                               distinct(claims),
		"prompt_values_supported":                        []string{"none", "login", "consent", "select_account"},
		"authorization_response_iss_parameter_supported": true,
		"request_parameter_supported":                    false,
		"request_uri_parameter_supported":                false,
	})
}

// distinct keeps the first of equal values.
func distinct(values []string) []string {
	var out []string
	for _, v := range values {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// remembered has values under random names, and forgets the oldest.
type remembered[T any] struct {
	values map[string]T
	order  []string
}

func (m *remembered[T]) add(value T) (name string) {
	if m.values == nil {
		m.values = make(map[string]T)
	}
	if len(m.order) >= maxRemembered {
		delete(m.values, m.order[0])
		m.order = slices.Delete(m.order, 0, 1)
	}
	name = rand.Text()
	m.values[name], m.order = value, append(m.order, name)
	return name
}

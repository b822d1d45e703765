package issuer

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.js
	pageScript string
)

var page = template.Must(template.New("page").Parse(pageText))

// pages serves the web page and the endpoints that the issuer has besides discovery
// and keys.
type pages struct {
	webhook string // the URL that webhooks are sent to; empty: webhooks are off
	file    string // in which the state is saved; empty: it is not saved
	beyond  bool   // other machines may call
	// frontEnds are the origins whose scripts may ask for tokens.
	frontEnds []string

	mu     sync.Mutex // held while the state is changed and saved
	issuer *localissuer.Issuer
}

func (s *pages) start(i *localissuer.Issuer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issuer = i
}

func (s *pages) running() *localissuer.Issuer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issuer
}

// save writes the state to its file, if there is one.
func (s *pages) save() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saveLocked()
}

func (s *pages) saveLocked() error {
	if s.file == "" {
		return nil
	}
	state := s.issuer.State()
	return state.Save(s.file)
}

func (s *pages) handler() http.Handler {
	mux := http.NewServeMux()
	own := func(pattern string, h http.HandlerFunc, frontEnds ...string) {
		mux.Handle(pattern, &devissuer.LocalOnly{Handler: h, Origins: frontEnds, AllowBeyondLoopback: s.beyond})
	}
	own("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.show(w, r, view{}) })
	own("GET /page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = io.WriteString(w, pageScript) // the client is free to go away
	})
	own("POST /{$}", s.signIn)
	own("/token", s.token, s.frontEnds...) // Clerk; the sign-in of OpenID Connect has its own
	own("POST /rotate", s.rotate)
	own("POST /people", s.edit)
	own("POST /webhook", s.sendWebhook)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; form-action 'self'; frame-ancestors 'none'")
		if s.running() == nil {
			http.Error(w, "not ready yet", http.StatusServiceUnavailable)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		mux.ServeHTTP(w, r)
	})
}

// view holds the values that the page shows.
type view struct {
	Provider, Issuer string
	SignsIn          bool     // users can sign in from a front end
	FrontEnds        []string // whose scripts may ask for tokens
	Webhook          string
	Env              map[string]string
	People           []localissuer.Person
	Keys             []string
	Notice           string
	Error            string
	User, Token      string
	Claims           []claim // of the token
}

func (s *pages) show(w http.ResponseWriter, r *http.Request, v view) {
	i := s.running()
	state := i.State()
	v.Provider, v.Issuer, v.FrontEnds = localissuer.ProviderName(state.Provider), i.Dev().URL(), state.FrontEnds
	v.SignsIn = state.Provider == localissuer.OIDC
	v.Env, v.People = quoted(i.Env()), state.People
	if state.Provider == localissuer.Clerk {
		v.Webhook = s.webhook
	}
	for _, k := range state.Keys {
		v.Keys = append(v.Keys, k.ID)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if v.Error != "" {
		w.WriteHeader(http.StatusBadRequest)
	}
	_ = page.Execute(w, v) // the client is free to go away
}

func (s *pages) signIn(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.show(w, r, view{Error: "the form is not valid"})
		return
	}
	p, token, err := s.forPerson(r.PostForm)
	if err != nil {
		s.show(w, r, view{Error: err.Error()})
		return
	}
	s.show(w, r, view{User: p.Name, Token: token, Claims: claimsOf(token, time.Now())})
}

func (s *pages) rotate(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	kid := s.issuer.Rotate()
	notice := "The key " + kid + " signs from now on; the old keys still verify."
	if r.PostFormValue("retire") != "" {
		s.issuer.RetireOld()
		notice = "The key " + kid + " is the only one from now on."
	}
	err := s.saveLocked()
	s.mu.Unlock()
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]any{"error": "server_error", "error_description": err.Error()})
		return
	}
	if isBrowser(r) {
		s.show(w, r, view{Notice: notice})
		return
	}
	answer(w, http.StatusOK, map[string]any{"kid": kid})
}

// edit changes, adds or removes one user.
func (s *pages) edit(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.show(w, r, view{Error: "the form is not valid"})
		return
	}
	f := r.PostForm
	p := localissuer.Person{Name: strings.TrimSpace(f.Get("name")), Subject: strings.TrimSpace(f.Get("subject")), Email: strings.TrimSpace(f.Get("email")),
		Roles: strings.Fields(f.Get("roles")), Permissions: strings.Fields(f.Get("permissions")), Scope: strings.Join(strings.Fields(f.Get("scope")), " ")}
	s.mu.Lock()
	people := s.issuer.State().People
	at := slices.IndexFunc(people, func(q localissuer.Person) bool { return q.Name == f.Get("was") })
	notice := p.Name + " was changed."
	switch {
	case f.Get("remove") != "" && at >= 0:
		notice = people[at].Name + " was removed."
		people = slices.Delete(people, at, at+1)
	case at >= 0:
		people[at] = p
	default:
		notice, people = p.Name+" was added.", append(people, p)
	}
	err := s.issuer.SetPeople(people)
	if err == nil {
		err = s.saveLocked()
	}
	s.mu.Unlock()
	if err != nil {
		s.show(w, r, view{Error: err.Error()})
		return
	}
	s.show(w, r, view{Notice: notice})
}

// isBrowser tells the forms of the page from other clients, such as curl, which get
// JSON.
func isBrowser(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// sendWebhook sends user.updated to the application, as Clerk does after a change.
func (s *pages) sendWebhook(w http.ResponseWriter, r *http.Request) {
	status, notice, err := s.deliver(r)
	switch {
	case err != nil && isBrowser(r):
		s.show(w, r, view{Error: err.Error()})
	case err != nil:
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_request", "error_description": err.Error()})
	case isBrowser(r):
		s.show(w, r, view{Notice: notice})
	default:
		answer(w, http.StatusOK, map[string]any{"status": status})
	}
}

func (s *pages) deliver(r *http.Request) (status int, notice string, err error) {
	i := s.running()
	if i.Clerk() == nil || s.webhook == "" {
		return 0, "", errors.New("webhooks are off: start the issuer with --provider clerk and --webhook URL")
	}
	name := r.PostFormValue("user")
	p, ok := i.Person(name)
	if !ok {
		return 0, "", s.unknown(name)
	}
	data := devissuer.Claims{"id": p.Subject, "object": "user", "public_metadata": devissuer.Claims{"roles": p.Roles, "permissions": p.Permissions}}
	status, _, err = i.Clerk().NewWebhook("user.updated", data).Send(r.Context(), s.webhook)
	if err != nil {
		return 0, "", fmt.Errorf("the webhook was not delivered: %w", err)
	}
	return status, fmt.Sprintf("The API answered user.updated for %s with %d.", p.Name, status), nil
}

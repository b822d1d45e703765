package issuer

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// site is what the issuer serves beside its keys.
type site struct {
	webhook string // where webhooks go; "": nowhere
	file    string // of the state; "": none
	anyHost bool   // it is meant to be reached by any name

	mu     sync.Mutex // held over changes of the state and their saving
	issuer *localissuer.Issuer
}

func (s *site) start(i *localissuer.Issuer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issuer = i
}

func (s *site) running() *localissuer.Issuer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issuer
}

// save writes the state to its file, if there is one.
func (s *site) save() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saveLocked()
}

func (s *site) saveLocked() error {
	if s.file == "" {
		return nil
	}
	state := s.issuer.State()
	return state.Save(s.file)
}

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.show(w, r, view{}) })
	mux.HandleFunc("POST /{$}", s.signIn)
	mux.HandleFunc("POST /token", s.token)
	mux.HandleFunc("POST /rotate", s.rotate)
	mux.HandleFunc("POST /people", s.edit)
	mux.HandleFunc("POST /webhook", s.sendWebhook)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
		switch {
		case s.running() == nil:
			http.Error(w, "not ready yet", http.StatusServiceUnavailable)
		case !s.fromHere(r):
			http.Error(w, "This issuer answers its own pages and tools on this machine, no other site's.", http.StatusForbidden)
		default:
			r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
			mux.ServeHTTP(w, r)
		}
	})
}

// fromHere refuses pages of other sites: they must neither have tokens made nor
// read them by way of a name that they let lead here (DNS rebinding).
func (s *site) fromHere(r *http.Request) bool {
	host := r.Host
	if h, _, err := net.SplitHostPort(r.Host); err == nil {
		host = h
	}
	if !s.anyHost && !isLoopback(strings.Trim(host, "[]")) {
		return false
	}
	if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
		return false
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return r.Method == http.MethodGet || site == "" || site == "same-origin" || site == "none"
}

// view is what the page shows.
type view struct {
	Provider, Issuer, Audience, Party string
	Webhook                           string
	Env                               map[string]string
	People                            []localissuer.Person
	Keys                              []string
	Said                              string
	Failed                            string
	Who, Token                        string
}

func (s *site) show(w http.ResponseWriter, r *http.Request, v view) {
	i := s.running()
	state := i.State()
	v.Provider, v.Issuer, v.Audience, v.Party = state.Provider, i.Dev().URL(), state.Audience, state.Party
	v.Env, v.People = i.Env(), state.People
	if state.Provider == localissuer.Clerk {
		v.Webhook = s.webhook
	}
	for _, k := range state.Keys {
		v.Keys = append(v.Keys, k.ID)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if v.Failed != "" {
		w.WriteHeader(http.StatusBadRequest)
	}
	_ = page.Execute(w, v) // the client is free to go away
}

// wanted reads which token is asked for.
func (s *site) wanted(r *http.Request) (localissuer.Person, string, error) {
	i := s.running()
	if err := r.ParseForm(); err != nil {
		return localissuer.Person{}, "", fmt.Errorf("the form cannot be read")
	}
	name := r.PostForm.Get("user")
	p, ok := i.Person(name)
	if !ok {
		var names []string
		for _, p := range i.State().People {
			names = append(names, p.Name)
		}
		return p, "", fmt.Errorf("there is nobody called %q; there are %s", name, strings.Join(names, ", "))
	}
	var lifetime time.Duration
	if text := r.PostForm.Get("lifetime"); text != "" {
		var err error
		if lifetime, err = time.ParseDuration(text); err != nil || lifetime == 0 {
			return p, "", fmt.Errorf("lifetime=%s is no duration, such as 5s or 1h", text)
		}
	}
	over := devissuer.Claims{}
	for parameter, claim := range map[string]string{"audience": "aud", "scope": "scope"} {
		if value := r.PostForm.Get(parameter); value != "" {
			over[claim] = value
		}
	}
	return p, i.Token(p, lifetime, over), nil
}

// token is the endpoint for curl and for tests.
func (s *site) token(w http.ResponseWriter, r *http.Request) {
	_, token, err := s.wanted(r)
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_request", "error_description": err.Error()})
		return
	}
	answer(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer"})
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is free to go away
}

func (s *site) signIn(w http.ResponseWriter, r *http.Request) {
	p, token, err := s.wanted(r)
	if err != nil {
		s.show(w, r, view{Failed: err.Error()})
		return
	}
	s.show(w, r, view{Who: p.Name, Token: token})
}

func (s *site) rotate(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	kid := s.issuer.Rotate()
	err := s.saveLocked()
	s.mu.Unlock()
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]any{"error": "server_error", "error_description": err.Error()})
		return
	}
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		s.show(w, r, view{Said: "The key " + kid + " signs from now on; the others still verify."})
		return
	}
	answer(w, http.StatusOK, map[string]any{"kid": kid})
}

// edit changes, adds or removes one person.
func (s *site) edit(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.show(w, r, view{Failed: "the form cannot be read"})
		return
	}
	f := r.PostForm
	p := localissuer.Person{Name: strings.TrimSpace(f.Get("name")), Subject: strings.TrimSpace(f.Get("subject")), Email: strings.TrimSpace(f.Get("email")),
		Roles: strings.Fields(f.Get("roles")), Permissions: strings.Fields(f.Get("permissions")), Scope: strings.Join(strings.Fields(f.Get("scope")), " ")}
	s.mu.Lock()
	people := s.issuer.State().People
	at := slices.IndexFunc(people, func(q localissuer.Person) bool { return q.Name == f.Get("was") })
	said := p.Name + " is changed."
	switch {
	case f.Get("remove") != "" && at >= 0:
		said = people[at].Name + " is removed."
		people = slices.Delete(people, at, at+1)
	case at >= 0:
		people[at] = p
	default:
		said, people = p.Name+" is added.", append(people, p)
	}
	err := s.issuer.SetPeople(people)
	if err == nil {
		err = s.saveLocked()
	}
	s.mu.Unlock()
	if err != nil {
		s.show(w, r, view{Failed: err.Error()})
		return
	}
	s.show(w, r, view{Said: said})
}

// sendWebhook tells the application that a user changed, as Clerk does.
func (s *site) sendWebhook(w http.ResponseWriter, r *http.Request) {
	i := s.running()
	p, ok := i.Person(r.PostFormValue("user"))
	if !ok || i.Clerk() == nil || s.webhook == "" {
		s.show(w, r, view{Failed: "there is nobody to tell, or nowhere: see --webhook"})
		return
	}
	data := devissuer.Claims{"id": p.Subject, "object": "user", "public_metadata": devissuer.Claims{"roles": p.Roles}}
	status, _, err := i.Clerk().NewWebhook("user.updated", data).Send(r.Context(), s.webhook)
	if err != nil {
		s.show(w, r, view{Failed: "the webhook was not delivered: " + err.Error()})
		return
	}
	s.show(w, r, view{Said: fmt.Sprintf("user.updated for %s was answered with %d.", p.Name, status)})
}

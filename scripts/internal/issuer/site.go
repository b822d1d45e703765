package issuer

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

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
	beyond  bool   // other machines may call

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
	host = strings.Trim(host, "[]")
	// Beyond loopback it goes by addresses and by the names of containers. Neither
	// can be made to lead here by the owner of a domain.
	local := s.beyond && (net.ParseIP(host) != nil || !strings.Contains(host, "."))
	if !isLoopback(host) && !local {
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
	v.Env, v.People = quoted(i.Env()), state.People
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

func (s *site) signIn(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.show(w, r, view{Failed: "the form cannot be read"})
		return
	}
	p, token, err := s.forPerson(r.PostForm)
	if err != nil {
		s.show(w, r, view{Failed: err.Error()})
		return
	}
	s.show(w, r, view{Who: p.Name, Token: token})
}

func (s *site) rotate(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	kid := s.issuer.Rotate()
	said := "The key " + kid + " signs from now on; the others still verify."
	if r.PostFormValue("retire") != "" {
		s.issuer.RetireOld()
		said = "The key " + kid + " is the only one from now on."
	}
	err := s.saveLocked()
	s.mu.Unlock()
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]any{"error": "server_error", "error_description": err.Error()})
		return
	}
	if isBrowser(r) {
		s.show(w, r, view{Said: said})
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

// isBrowser tells the page's forms from curl and programs, which get JSON.
func isBrowser(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// sendWebhook tells the application that a user changed, as Clerk does.
func (s *site) sendWebhook(w http.ResponseWriter, r *http.Request) {
	status, said, err := s.deliver(r)
	switch {
	case err != nil && isBrowser(r):
		s.show(w, r, view{Failed: err.Error()})
	case err != nil:
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_request", "error_description": err.Error()})
	case isBrowser(r):
		s.show(w, r, view{Said: said})
	default:
		answer(w, http.StatusOK, map[string]any{"status": status})
	}
}

func (s *site) deliver(r *http.Request) (status int, said string, err error) {
	i := s.running()
	if i.Clerk() == nil || s.webhook == "" {
		return 0, "", errors.New("there is nowhere to send it: see --provider clerk and --webhook")
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
	return status, fmt.Sprintf("user.updated for %s was answered with %d.", p.Name, status), nil
}

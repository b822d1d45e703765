package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/revocation"
	"github.com/authkeel/authkeel/core/webhook"
)

// settings say whom to trust. Clerk needs the publishable key and the secret key.
type settings struct {
	Clerk    clerk.Config
	Verifier *webhook.Verifier
	Database string // a file of SQLite's, or ":memory:"
	SendMail sendMail
	Now      func() time.Time // default time.Now
}

type service struct {
	db      *database
	auth    *core.Authenticator
	revoked *revocation.List
	hooks   *webhook.Handler
	mails   *mailer
}

// newService opens the database. Close the service when it ends. With several
// replicas give the list, the directory and the webhooks one store that all of them
// share (core/redisstore), and the tables a database server.
func newService(ctx context.Context, cfg settings) (_ *service, err error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &service{}
	if s.db, err = openDatabase(ctx, cfg.Database, cfg.Now); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	s.mails = newMailer(s.db, cfg.SendMail)
	if s.revoked, err = revocation.New(revocation.Config{Now: cfg.Now}); err != nil {
		return nil, err
	}
	backend, err := clerkapi.NewBackend(clerkapi.BackendConfig{SecretKey: cfg.Clerk.SecretKey, APIURL: cfg.Clerk.APIURL, Now: cfg.Now})
	if err != nil {
		return nil, err
	}
	// Rights come from Clerk itself and not from the tables, which may be behind.
	directory, err := clerk.NewDirectory(clerk.DirectoryConfig{Users: backend, Memberships: backend, Now: cfg.Now})
	if err != nil {
		return nil, err
	}
	c := cfg.Clerk
	c.Directory, c.Core.Now = directory, cfg.Now
	s.auth, s.hooks, err = withWebhooks(c, s.revoked, webhook.Config{Verifier: cfg.Verifier, Handlers: s.handlers(), Default: s.record})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *service) close() error { return s.db.db.Close() }

func (s *service) routes() *chi.Mux {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer)
	r.NotFound(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "not_found", "there is nothing here")
	})
	r.MethodNotAllowed(func(w http.ResponseWriter, req *http.Request) {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if r.Match(chi.NewRouteContext(), method, req.URL.Path) {
				w.Header().Add("Allow", method)
			}
		}
		refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", "the method is not allowed here")
	})
	r.Get("/health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	r.Get("/ready", s.ready)
	r.Method(http.MethodPost, "/webhooks", s.hooks) // the signature is the authentication

	r.Group(func(r chi.Router) {
		r.Use(chiauth.RequireAuth(s.auth))
		r.Get("/me", s.me)
		r.With(chiauth.RequireParam(core.MemberOfParam("org"))).Get("/orgs/{org}/members", s.members)
		r.With(chiauth.RequireRole("admin")).Get("/users", s.users) // "role" in the public metadata
	})
	return r
}

// ready says whether requests can be answered. It waits for keys for up to 3 seconds.
func (s *service) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	if err := errors.Join(s.auth.Ready(ctx), s.revoked.Ready(ctx), s.db.db.PingContext(ctx)); err != nil {
		slog.WarnContext(ctx, "not ready", "error", err)
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, "temporarily_unavailable", "the API is not ready")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// me is null in profile until user.created has arrived.
func (s *service) me(w http.ResponseWriter, r *http.Request) {
	id, _ := chiauth.Identity(r)
	var profile *user
	u, err := s.db.user(r.Context(), id.Subject())
	switch {
	case err == nil:
		profile = &u
	case !errors.Is(err, errNotFound):
		fail(w, r, err)
		return
	}
	answer(w, map[string]any{"userId": id.Subject(), "organizationId": id.Organization().ID, "profile": profile})
}

func (s *service) members(w http.ResponseWriter, r *http.Request) {
	p, ok := pageOf(w, r)
	if !ok {
		return
	}
	o, err := s.db.organization(r.Context(), chi.URLParam(r, "org"))
	if err != nil {
		fail(w, r, err)
		return
	}
	members, err := s.db.members(r.Context(), o.ID, p)
	if err != nil {
		fail(w, r, err)
		return
	}
	answer(w, map[string]any{"organization": o, "members": members})
}

func (s *service) users(w http.ResponseWriter, r *http.Request) {
	p, ok := pageOf(w, r)
	if !ok {
		return
	}
	users, err := s.db.users(r.Context(), p)
	if err != nil {
		fail(w, r, err)
		return
	}
	answer(w, map[string]any{"users": users})
}

// pageOf reads the query parameters first and after.
func pageOf(w http.ResponseWriter, r *http.Request) (page, bool) {
	p := page{after: r.URL.Query().Get("after"), first: 50}
	if text := r.URL.Query().Get("first"); text != "" {
		var err error
		if p.first, err = strconv.Atoi(text); err != nil || p.first < 1 || p.first > 100 {
			refuse(w, http.StatusBadRequest, "invalid_request", "first must be a number from 1 to 100")
			return p, false
		}
	}
	return p, true
}

func answer(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		slog.Error("an answer is not JSON", "error", err)
		refuse(w, http.StatusInternalServerError, "server_error", "the request failed")
		return
	}
	write(w, http.StatusOK, body)
}

// refuse writes an error in the format of authkeel's own refusals.
func refuse(w http.ResponseWriter, status int, code, description string) {
	write(w, status, core.Body{Error: code, Description: description}.JSON())
}

// fail writes the answer for an error of the database. The reason is in the log alone.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errNotFound) {
		refuse(w, http.StatusNotFound, "not_found", "there is nothing here")
		return
	}
	slog.ErrorContext(r.Context(), "a request failed", "error", err)
	refuse(w, http.StatusInternalServerError, "server_error", "the request failed")
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone needs no answer
}

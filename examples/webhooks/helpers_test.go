package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
	"github.com/authkeel/authkeel/core/webhook"
)

// clock is the time of the stand-in and of the API.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// suite is an API, the Clerk that it trusts, and a client of both.
type suite struct {
	t        *testing.T
	clock    *clock
	clerk    *devclerk.Instance
	database string
	service  *service
	server   *httptest.Server
	mails    []mail // that were sent
}

func newSuite(t *testing.T) *suite {
	t.Helper()
	s := &suite{t: t, clock: &clock{now: time.Now()}, database: ":memory:"}
	instance, err := devclerk.Start(devclerk.Options{Now: s.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := instance.Close(); err != nil {
			t.Error(err)
		}
	})
	s.clerk = instance
	s.start()
	t.Cleanup(func() { s.stop() })
	return s
}

// start starts the API, also again after stop.
func (s *suite) start() {
	s.t.Helper()
	verifier, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{s.clerk.WebhookSecret()}, Now: s.clock.Now})
	if err != nil {
		s.t.Fatal(err)
	}
	cfg := settings{Clerk: localConfig(s.clerk), Verifier: verifier, Database: s.database, Now: s.clock.Now}
	cfg.Clerk.Core.Observer = core.Silent
	cfg.SendMail = func(_ context.Context, m mail) error {
		s.mails = append(s.mails, m)
		return nil
	}
	if s.service, err = newService(s.t.Context(), cfg); err != nil {
		s.t.Fatal(err)
	}
	s.server = httptest.NewServer(s.service.routes())
}

func (s *suite) stop() {
	s.server.Close()
	if err := s.service.close(); err != nil {
		s.t.Error(err)
	}
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

func (s *suite) do(method, path, token string) reply {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := s.server.Client().Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, string(body)}
}

// get checks the answer for a token.
func (s *suite) get(path, token string, status int, contains string) {
	s.t.Helper()
	got := s.do(http.MethodGet, path, token)
	if got.status != status || !strings.Contains(got.body, contains) {
		s.t.Errorf("GET %s: got %d %s, want %d with %s", path, got.status, got.body, status, contains)
	}
}

// deliver checks the answer for a delivery.
func (s *suite) deliver(w devclerk.Webhook, status int, contains string) {
	s.t.Helper()
	w.Sent = s.clock.Now()
	got, body, err := w.Send(s.t.Context(), s.server.URL+"/webhooks")
	if err != nil {
		s.t.Fatal(err)
	}
	if got != status || !strings.Contains(string(body), contains) {
		s.t.Errorf("%s: got %d %s, want %d with %s", w.Body, got, body, status, contains)
	}
}

// event makes a message about what has happened now.
func (s *suite) event(kind string, data func(at int64) object) devclerk.Webhook {
	return s.clerk.NewWebhook(kind, data(s.clock.Now().UnixMilli()))
}

// tables is what the three tables have, except for times.
func (s *suite) tables() string {
	s.t.Helper()
	ctx, p := s.t.Context(), page{first: 100}
	users, err := s.service.db.users(ctx, p)
	if err != nil {
		s.t.Fatal(err)
	}
	all := map[string]any{"users": users}
	rows, err := list(ctx, s.service.db.db, func(rows *sql.Rows) (o organization, err error) {
		return o, rows.Scan(&o.ID, &o.Name, &o.Slug)
	}, "SELECT id, name, slug FROM organizations WHERE NOT deleted ORDER BY id")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, o := range rows {
		if all[o.ID+" "+o.Name], err = s.service.db.members(ctx, o.ID, p); err != nil {
			s.t.Fatal(err)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

package authtest

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
	"github.com/authkeel/authkeel/core/webhook"
)

func TestClerkSessions(t *testing.T) {
	c := NewClerk(t)
	auth := NewClerkAuthenticator(t, c)
	pending := NewClerkAuthenticator(t, c, func(cfg *clerk.Config) { cfg.AllowPending = true })
	v1 := func(s devclerk.Session) devclerk.Session { s.Version = 1; return s }
	both := devclerk.Session{User: "user_1", Features: []string{"u:gold", "o:a", "ou:b"},
		Organization: &devclerk.Organization{ID: "org_1", Role: "admin", Permissions: []string{"b:read", "c:write"}}}
	tests := []struct {
		name          string
		auth          *core.Authenticator
		session       devclerk.Session
		subject, role string
		permissions   []string
		actor         string
		recent        bool // as clerk.Strict asks
	}{
		{"admin", auth, devclerk.Admin(), "user_ada", "org:admin", []string{"org:invoices:read", "org:invoices:create"}, "", true},
		{"admin, version 1", auth, v1(devclerk.Admin()), "user_ada", "org:admin", []string{"org:invoices:read", "org:invoices:create"}, "", true},
		{"member", auth, devclerk.Member(), "user_mo", "org:member", []string{"org:invoices:read"}, "", false},
		{"member, version 1", auth, v1(devclerk.Member()), "user_mo", "org:member", []string{"org:invoices:read"}, "", false},
		{"impersonated", auth, devclerk.Impersonated(), "user_ada", "org:admin", []string{"org:invoices:read", "org:invoices:create"}, "user_support", true},
		{"features of both", auth, both, "user_1", "org:admin", []string{"org:b:read", "org:c:write"}, "", false},
		{"pending, allowed", pending, devclerk.Pending(), "user_penny", "", nil, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, err := tt.auth.Verify(t.Context(), c.Token(tt.session, nil))
			if err != nil {
				t.Fatalf("%v (%v)", err, errors.Unwrap(err))
			}
			if id.Subject() != tt.subject || id.Organization().Role != tt.role || id.Actor().Subject != tt.actor {
				t.Errorf("got %s, %s, %s, want %s, %s, %s", id.Subject(), id.Organization().Role, id.Actor().Subject, tt.subject, tt.role, tt.actor)
			}
			if got := id.Permissions(); !slices.Equal(got, tt.permissions) {
				t.Errorf("got permissions %v, want %v", got, tt.permissions)
			}
			err = clerk.Has(clerk.HasParams{Reverification: clerk.Strict})(t.Context(), id)
			if got := err == nil; got != tt.recent {
				t.Errorf("recent: got %t (%v), want %t", got, err, tt.recent)
			}
		})
	}
}

func TestClerkRefused(t *testing.T) {
	c := NewClerk(t)
	auth := NewClerkAuthenticator(t, c)
	ada := devclerk.Admin()
	tests := []struct {
		name, token string
		want        error
	}{
		{"pending", c.Token(devclerk.Pending(), nil), clerk.ErrPending},
		{"template", c.TemplateToken("user_ada", nil), clerk.ErrNotSession},
		{"template that would be a session", c.TemplateToken("user_ada", devissuer.Claims{"sid": "sess_ada", "v": 2}), clerk.ErrNotSession},
		{"machine", c.MachineToken(devissuer.Claims{"azp": c.AuthorizedParty()}), clerk.ErrNotSession},
		{"OAuth", c.OAuthToken("user_ada", devissuer.Claims{"azp": c.AuthorizedParty()}), core.ErrType},
		{"no azp", c.Token(ada, devissuer.Claims{"azp": nil}), core.ErrAuthorizedParty},
		{"another azp", c.Token(ada, devissuer.Claims{"azp": "https://evil.test"}), core.ErrAuthorizedParty},
		{"expired", c.Token(ada, devissuer.Claims{"exp": time.Now().Add(-time.Minute).Unix()}), core.ErrExpired},
		{"another instance", NewClerk(t).Token(ada, nil), core.ErrIssuer},
		{"another instance in its name", NewClerk(t).Token(ada, devissuer.Claims{"iss": c.ProxyURL()}), core.ErrUnknownKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, err := auth.Verify(t.Context(), tt.token)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %s, %v (%v), want %v", id.Subject(), err, errors.Unwrap(err), tt.want)
			}
		})
	}
}

// TestClerkKeySources verifies with keys from each place where Clerk has them.
func TestClerkKeySources(t *testing.T) {
	tests := []struct {
		name   string
		change func(*clerk.Config)
		down   bool
		want   error
	}{
		{"Frontend API", func(cfg *clerk.Config) { cfg.SecretKey = "" }, false, nil},
		{"Backend API", func(cfg *clerk.Config) { cfg.PublishableKey = "" }, false, nil},
		{"Backend API, another key", func(cfg *clerk.Config) { cfg.PublishableKey, cfg.SecretKey = "", "sk_test_other" }, false, core.ErrUnavailable},
		{"PEM, without network", nil, true, nil},
		{"nothing there", func(*clerk.Config) {}, true, core.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := NewClerk(t)
			if tt.change == nil {
				tt.change = func(cfg *clerk.Config) { cfg.JWTKey = c.JWTKey() }
			}
			auth := NewClerkAuthenticator(t, c, tt.change)
			if tt.down {
				c.Issuer().Down()
			}
			if _, err := auth.Verify(t.Context(), c.Token(devclerk.Admin(), nil)); !errors.Is(err, tt.want) {
				t.Errorf("got %v (%v), want %v", err, errors.Unwrap(err), tt.want)
			}
		})
	}
}

func TestClerkFromEnvironment(t *testing.T) {
	c := NewClerk(t)
	for name, value := range c.Env() {
		t.Setenv(name, value)
	}
	auth, err := clerk.NewFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := auth.Verify(t.Context(), c.Token(devclerk.Member(), nil)); err != nil {
		t.Errorf("%v (%v)", err, errors.Unwrap(err))
	}
	if _, err := auth.Verify(t.Context(), c.Token(devclerk.Member(), devissuer.Claims{"azp": "https://evil.test"})); !errors.Is(err, core.ErrAuthorizedParty) {
		t.Errorf("another party: got %v, want %v", err, core.ErrAuthorizedParty)
	}
}

func TestClerkWebhooks(t *testing.T) {
	c := NewClerk(t)
	t.Setenv(clerk.EnvWebhookSecret, c.Env()[clerk.EnvWebhookSecret])
	var seen []string
	hooks, err := clerk.NewWebhook(webhook.Handlers{
		clerk.UserCreated: webhook.Typed(func(_ context.Context, _ *webhook.Event, u clerkapi.User) error {
			seen = append(seen, u.ID)
			return nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(hooks)
	t.Cleanup(server.Close)

	user := func(id string) devclerk.Webhook {
		return c.NewWebhook(clerk.UserCreated, devissuer.Claims{"id": id, "object": "user"})
	}
	first := user("user_1")
	standard := user("user_2")
	standard.Standard = true
	old := user("user_3")
	old.Sent = old.Sent.Add(-6 * time.Minute)
	for _, tt := range []struct {
		name    string
		webhook devclerk.Webhook
		status  int
	}{
		{"signed", first, 200},
		{"delivered again", first, 200},
		{"Standard Webhooks", standard, 200},
		{"forged", user("user_4").Forged(), 400},
		{"old", old, 400},
	} {
		if status, body, err := tt.webhook.Send(t.Context(), server.URL); err != nil || status != tt.status {
			t.Errorf("%s: got %d %s, %v, want %d", tt.name, status, body, err, tt.status)
		}
	}
	if want := []string{"user_1", "user_2"}; !slices.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
}

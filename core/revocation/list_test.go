package revocation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/store"
)

func TestWhatIsRevoked(t *testing.T) {
	issued := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	now := func() time.Time { return issued.Add(30 * time.Second) }
	token := func(change ...func(*core.IdentityData)) *core.Identity {
		return caller(append([]func(*core.IdentityData){func(d *core.IdentityData) {
			d.IssuedAt, d.ExpiresAt = issued, issued.Add(time.Hour)
		}}, change...)...)
	}
	before := func(by func(*List, context.Context, string, string, time.Time) error, value string, at time.Time) func(*List) error {
		return func(l *List) error { return by(l, context.Background(), iss, value, at) }
	}
	timeless := func(by func(*List, context.Context, string, string) error, issuer, value string) func(*List) error {
		return func(l *List) error { return by(l, context.Background(), issuer, value) }
	}
	for _, tt := range []struct {
		name   string
		revoke func(*List) error
		id     *core.Identity
		want   bool
	}{
		{"the session", timeless((*List).RevokeSession, iss, "sess_1"), token(), true},
		{"another session", timeless((*List).RevokeSession, iss, "sess_2"), token(), false},
		{"the session of another issuer", timeless((*List).RevokeSession, "https://other.example", "sess_1"), token(), false},
		{"a session with the ID of the token", timeless((*List).RevokeSession, iss, "tok_1"), token(), false},
		{"the token", timeless((*List).RevokeToken, iss, "tok_1"), token(), true},
		{"another token", timeless((*List).RevokeToken, iss, "tok_2"), token(), false},
		{"a token without jti", timeless((*List).RevokeToken, iss, "tok_1"), token(func(d *core.IdentityData) { d.TokenID = "" }), false},
		{"the subject, now", before((*List).RevokeSubject, "user_1", now()), token(), true},
		{"the subject, in the second of the token", before((*List).RevokeSubject, "user_1", issued.Add(900*time.Millisecond)), token(), true},
		{"the subject, a second before the token", before((*List).RevokeSubject, "user_1", issued.Add(-time.Millisecond)), token(), false},
		{"the subject, at any time", before((*List).RevokeSubject, "user_1", time.Time{}), token(), true},
		{"the subject, whose token has no iat", before((*List).RevokeSubject, "user_1", issued.Add(-time.Hour)),
			token(func(d *core.IdentityData) { d.IssuedAt = time.Time{} }), true},
		{"another subject", before((*List).RevokeSubject, "user_2", now()), token(), false},
		{"the organization", before((*List).RevokeOrganization, "org_1", now()), token(), true},
		{"another organization", before((*List).RevokeOrganization, "org_2", now()), token(), false},
		{"the organization, and the token is for none", before((*List).RevokeOrganization, "org_1", now()),
			token(func(d *core.IdentityData) { d.Organization.ID = "" }), false},
		{"the client", before((*List).RevokeClient, "app_1", now()), token(), true},
		{"another client", before((*List).RevokeClient, "app_2", now()), token(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := store.NewMemory(store.MemoryOptions{Now: now})
			clock := func(c *Config) { c.Now = now }
			for name, pair := range map[string][2]*List{
				"alone":  func() [2]*List { l := newList(t, clock); return [2]*List{l, l} }(),
				"shared": {newList(t, on(s), clock), newList(t, on(s), clock)},
			} {
				must(t, tt.revoke(pair[0]))
				for _, l := range pair {
					if got, err := l.Revoked(t.Context(), tt.id); got != tt.want || err != nil {
						t.Errorf("%s: got %v, %v, want %v", name, got, err, tt.want)
					}
				}
			}
		})
	}
}

func TestLaterRevocationExtends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newList(t, func(c *Config) { c.MaxTokenLife = time.Hour })
		id := caller()
		must(t, l.RevokeSubject(t.Context(), iss, "user_1", time.Now().Add(-time.Minute)))
		is(t, l, id, false)
		must(t, l.RevokeSubject(t.Context(), iss, "user_1", time.Now()))
		is(t, l, id, true)
		must(t, l.RevokeSubject(t.Context(), iss, "user_1", time.Now().Add(-time.Hour))) // takes nothing back
		is(t, l, id, true)
		time.Sleep(time.Hour)
		must(t, l.RevokeSubject(t.Context(), iss, "user_1", time.Now()))
		time.Sleep(30 * time.Minute)
		is(t, l, caller(func(d *core.IdentityData) {
			d.IssuedAt, d.ExpiresAt = time.Now().Add(-45*time.Minute), time.Now().Add(15*time.Minute)
		}), true)
	})
}

// TestForgottenInTime: a revocation lives as long as the longest token and its
// leeway, and then its memory is given back.
func TestForgottenInTime(t *testing.T) {
	for name, shared := range map[string]bool{"alone": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				change := []func(*Config){func(c *Config) { c.MaxTokenLife, c.MaxEntries = time.Hour, 3 }}
				if shared {
					change = append(change, on(store.NewMemory(store.MemoryOptions{})))
				}
				l := newList(t, change...)
				for i := range 3 {
					must(t, l.RevokeSession(t.Context(), iss, fmt.Sprint("sess_", i)))
				}
				if err := l.RevokeSession(t.Context(), iss, "sess_3"); !errors.Is(err, store.ErrFull) {
					t.Errorf("got %v, want ErrFull", err)
				}
				must(t, l.RevokeSession(t.Context(), iss, "sess_2")) // is in force
				time.Sleep(time.Hour + 9*time.Minute)
				is(t, l, caller(), true)
				time.Sleep(time.Minute)
				is(t, l, caller(), false)
				must(t, l.RevokeSession(t.Context(), iss, "sess_3"))
				if n := len(l.known.queue); n != 1 {
					t.Errorf("got %d in the queue, want 1", n)
				}
				if n := l.known.counts[session].Load(); n != 1 {
					t.Errorf("got %d sessions, want 1", n)
				}
				is(t, l, caller(), false)
				is(t, l, caller(func(d *core.IdentityData) { d.SessionID = "sess_3" }), true)
			})
		})
	}
}

func TestInvalidRevocations(t *testing.T) {
	l := newList(t)
	for name, err := range map[string]error{
		"no issuer":       l.RevokeSession(t.Context(), "", "sess_1"),
		"no ID":           l.RevokeToken(t.Context(), iss, ""),
		"a long ID":       l.RevokeSubject(t.Context(), iss, strings.Repeat("x", 1000), time.Now()),
		"a line break":    l.RevokeSession(t.Context(), "https://a\nb", "sess_1"),
		"a future time":   l.RevokeClient(t.Context(), iss, "app_1", time.Now().Add(time.Hour)),
		"no organization": l.RevokeOrganization(t.Context(), iss, "", time.Now()),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
}

// TestTokensBeyondTheList: a token that could outlive its revocation, or that
// cannot be revoked, is an error and not accepted.
func TestTokensBeyondTheList(t *testing.T) {
	l := newList(t, func(c *Config) { c.MaxTokenLife = time.Hour })
	for name, change := range map[string]func(*core.IdentityData){
		"a long life":               func(d *core.IdentityData) { d.ExpiresAt = d.IssuedAt.Add(2 * time.Hour) },
		"a long life without iat":   func(d *core.IdentityData) { d.IssuedAt, d.ExpiresAt = time.Time{}, d.IssuedAt.Add(2*time.Hour) },
		"a long session ID":         func(d *core.IdentityData) { d.SessionID = strings.Repeat("x", 1000) },
		"a long ID of organization": func(d *core.IdentityData) { d.Organization.ID = strings.Repeat("x", 1000) },
	} {
		if revoked, err := l.Revoked(t.Context(), caller(change)); revoked || err == nil {
			t.Errorf("%s: got %v, %v, want an error", name, revoked, err)
		}
	}
	is(t, l, caller(func(d *core.IdentityData) { d.ExpiresAt = d.IssuedAt.Add(time.Hour) }), false)
	is(t, l, caller(func(d *core.IdentityData) { d.ExpiresAt = time.Time{} }), false) // an opaque token
}

func TestWrongConfig(t *testing.T) {
	s := store.NewMemory(store.MemoryOptions{})
	for field, cfg := range map[string]Config{
		"Name":         {Name: "a:b"},
		"MaxTokenLife": {MaxTokenLife: -1},
		"MaxEntries":   {MaxEntries: -1},
		"AllowStale":   {AllowStale: -1, Store: s},
	} {
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "Config."+field) {
			t.Errorf("got %v, want an error about %s", err, field)
		}
	}
	if _, err := New(Config{AllowStale: time.Second}); err == nil {
		t.Error("AllowStale without a Store: no error")
	}
	if _, err := New(Config{MaxTokenLife: store.MaxDuration}); err == nil {
		t.Error("a MaxTokenLife that no store can hold: no error")
	}
}

func FuzzEntry(f *testing.F) {
	for _, seed := range []string{"", "s\n\n1\niss\nvalue", "u\n5\n9\niss\na\nb", "x\n\n1\ni\nv", "s\n01\n2\ni\nv", "s\n\n\n\n", "ss\n\n1\ni\nv"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, ok := parseEntry(text)
		if ok && (e.String() != text || e.issuer == "" || e.value == "" || e.kind >= kinds) {
			t.Errorf("%q was read as %+v", text, e)
		}
	})
}

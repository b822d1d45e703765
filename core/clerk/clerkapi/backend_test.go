package clerkapi

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// startInstance is a Clerk with a Backend API, on the tests' clock.
func startInstance(t testing.TB, clock *testClock) *devclerk.Instance {
	t.Helper()
	c, err := devclerk.Start(devclerk.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func startBackend(t testing.TB, c *devclerk.Instance, change func(*BackendConfig)) *Backend {
	t.Helper()
	cfg := BackendConfig{SecretKey: c.SecretKey(), APIURL: c.APIURL(), Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&cfg)
	}
	b, err := NewBackend(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.client.CloseIdleConnections)
	return b
}

func TestBackend(t *testing.T) {
	ctx := t.Context()
	c := startInstance(t, newClock())
	b := startBackend(t, c, nil)
	c.Token(devclerk.Admin(), nil)

	ada, err := b.User(ctx, "user_ada")
	if err != nil {
		t.Fatal(err)
	}
	if email, ok := ada.PrimaryEmail(); !ok || email.EmailAddress != "ada@example.test" || !email.Verification.Verified() {
		t.Errorf("got the address %+v, %v", email, ok)
	}
	if ada.FirstName != "Ada" || ada.Username != "" || string(ada.PublicMetadata) != `{"role":"admin"}` || !ada.CreatedAt.Time().Equal(epoch) {
		t.Errorf("got %+v", ada)
	}
	if ada, err = b.UpdateUserMetadata(ctx, "user_ada", Metadata{Public: map[string]any{"team": "x", "role": nil}}); err != nil || string(ada.PublicMetadata) != `{"team":"x"}` {
		t.Errorf("merged: got %s, %v", ada.PublicMetadata, err)
	}
	if ada, err = b.ReplaceUserMetadata(ctx, "user_ada", Metadata{Public: map[string]any{}, Private: map[string]any{"p": 1}}); err != nil ||
		string(ada.PublicMetadata) != `{}` || string(ada.PrivateMetadata) != `{"p":1}` {
		t.Errorf("replaced: got %s and %s, %v", ada.PublicMetadata, ada.PrivateMetadata, err)
	}
	if o, err := b.Organization(ctx, "acme"); err != nil || o.ID != "org_acme" || o.MaxAllowedMemberships != 5 {
		t.Errorf("organization: got %+v, %v", o, err)
	}
	if s, err := b.VerifySession(ctx, "sess_ada"); err != nil || s.UserID != "user_ada" {
		t.Errorf("session: got %+v, %v", s, err)
	}
	if s, err := b.RevokeSession(ctx, "sess_ada"); err != nil || s.Status != "revoked" {
		t.Errorf("revoked session: got %+v, %v", s, err)
	}
	if _, err := b.VerifySession(ctx, "sess_ada"); !errors.Is(err, ErrSessionNotActive) {
		t.Errorf("a revoked session: got %v", err)
	}
	if yes, err := b.IsMember(ctx, "user_ada", "org_acme"); !yes || err != nil {
		t.Errorf("a member: got %v, %v", yes, err)
	}
	if yes, err := b.IsMember(ctx, "user_ada", "org_other"); yes || err != nil {
		t.Errorf("no member: got %v, %v", yes, err)
	}
	if yes, err := b.IsMember(ctx, "user_nobody", "org_acme"); yes || err != nil {
		t.Errorf("nobody: got %v, %v", yes, err)
	}
	if _, err := b.User(ctx, "user_nobody"); !errors.Is(err, ErrNotFound) || errors.Is(err, core.ErrUnavailable) {
		t.Errorf("nobody: got %v", err)
	}
}

// TestBackendPages goes through more memberships than one page holds.
func TestBackendPages(t *testing.T) {
	c := startInstance(t, newClock())
	b := startBackend(t, c, nil)
	var want []string
	for i := range 530 {
		id := "org_" + strconv.Itoa(i)
		c.PutOrganization(id, "slug"+id, id)
		c.PutMembership("user_penny", id, "org:member")
		want = append(want, id)
	}
	memberships, err := b.Memberships(t.Context(), "user_penny")
	var got []string
	for _, m := range memberships {
		got = append(got, m.Organization.ID)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %d organizations, %v, want %d", len(got), err, len(want))
	}
	if n := c.APICount(); n != 2 {
		t.Errorf("got %d requests, want 2", n)
	}
	list, total, err := b.MembershipPage(t.Context(), "user_penny", Page{Limit: 7, Offset: 528})
	if err != nil || len(list) != 2 || total != 530 {
		t.Errorf("got %d of %d, %v", len(list), total, err)
	}
	for _, p := range []Page{{Limit: -1}, {Limit: 501}, {Offset: -1}} {
		if _, _, err := b.MembershipPage(t.Context(), "user_penny", p); err == nil {
			t.Errorf("%+v is accepted", p)
		}
	}
}

// TestBackendIDs: what is not an id never becomes part of a path.
func TestBackendIDs(t *testing.T) {
	ctx := t.Context()
	c := startInstance(t, newClock())
	b := startBackend(t, c, nil)
	for _, id := range []string{"", "user_", "user", "../organizations/o", "user_../../organizations/org_acme", "user_a/b", "user_a%2fb",
		"user_a?x=1", "user_a#b", "user_a b", "user_a\n", "user_ä", "org_acme", "sess_ada", "mch_1", "USER_a", "user_" + strings.Repeat("a", 129)} {
		for name, call := range map[string]func() error{
			"User":           func() error { _, err := b.User(ctx, id); return err },
			"UpdateMetadata": func() error { _, err := b.UpdateUserMetadata(ctx, id, Metadata{}); return err },
			"Replace":        func() error { _, err := b.ReplaceUserMetadata(ctx, id, Metadata{}); return err },
			"Memberships":    func() error { _, _, err := b.MembershipPage(ctx, id, Page{}); return err },
			"IsMember":       func() error { _, err := b.IsMember(ctx, id, "org_acme"); return err },
			"IsMember of":    func() error { _, err := b.IsMember(ctx, "user_ada", "x"+id); return err },
			"Organization":   func() error { _, err := b.Organization(ctx, "/"+id); return err },
			"Session":        func() error { _, err := b.Session(ctx, "x"+id); return err },
			"Revoke":         func() error { _, err := b.RevokeSession(ctx, id+"/revoke"); return err },
		} {
			if err := call(); !errors.Is(err, ErrInvalidID) {
				t.Errorf("%s(%q): got %v", name, id, err)
			}
		}
	}
	if n := c.APICount(); n != 0 {
		t.Errorf("%d requests were sent: %v", n, c.APIRequests())
	}
}

// answers is a fault that answers with this status and JSON.
func answers(status int, body string) *devissuer.Fault {
	return &devissuer.Fault{Status: status, Body: []byte(body)}
}

// TestBackendTrouble: the failures of a call, and the kinds of error for them.
func TestBackendTrouble(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	for _, row := range []struct {
		name  string
		fault *devissuer.Fault
		is    []error
		isNot []error
	}{
		{"500", devissuer.Fail(500), []error{core.ErrUnavailable}, []error{ErrNotFound}},
		{"403", devissuer.Fail(403), []error{core.ErrUnavailable}, nil},
		{"422 of Clerk", answers(422, `{"errors":[{"code":"form_param_value_invalid"}]}`), nil, []error{core.ErrUnavailable, ErrNotFound}},
		{"422 without Clerk's errors", devissuer.Fail(422), []error{core.ErrUnavailable}, []error{ErrNotFound}},
		{"404 of Clerk", answers(404, `{"errors":[{"code":"resource_not_found"}]}`), []error{ErrNotFound}, []error{core.ErrUnavailable}},
		{"404 of a proxy", &devissuer.Fault{Status: 404, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte("<html>")}, []error{core.ErrUnavailable}, []error{ErrNotFound}},
		{"404 with other JSON", answers(404, `{"error":"no route"}`), []error{core.ErrUnavailable}, []error{ErrNotFound}},
		{"404 with the code in another case", answers(404, `{"Errors":[{"code":"resource_not_found"}]}`), []error{core.ErrUnavailable}, []error{ErrNotFound}},
		{"404 with another code", answers(404, `{"errors":[{"code":"api_version_not_found"}]}`), nil, []error{ErrNotFound}},
		{"201", devissuer.Fail(201), []error{core.ErrUnavailable}, nil},
		{"206", devissuer.Fail(206), []error{core.ErrUnavailable}, nil},
		{"HTML with a user in it", &devissuer.Fault{Header: http.Header{"Content-Type": {"text/html"}}}, []error{core.ErrUnavailable}, nil},
		{"a deleted user", answers(200, `{"id":"user_ada","object":"user","deleted":true}`), []error{core.ErrUnavailable}, nil},
		{"another kind of object", answers(200, `{"id":"user_ada","object":"organization"}`), []error{core.ErrUnavailable}, nil},
		{"a member twice", answers(200, `{"id":"user_ada","object":"user","public_metadata":{},"public_metadata":{"role":"admin"}}`), []error{core.ErrUnavailable}, nil},
		{"garbage", devissuer.Garbage(), []error{core.ErrUnavailable}, nil},
		{"another object", &devissuer.Fault{Body: []byte(`{"id":"user_mo"}`)}, []error{core.ErrUnavailable}, nil},
		{"null", &devissuer.Fault{Body: []byte(`null`)}, []error{core.ErrUnavailable}, nil},
		{"nothing", &devissuer.Fault{Body: []byte{}}, []error{core.ErrUnavailable}, nil},
		{"too much", &devissuer.Fault{Huge: 2 << 20}, []error{core.ErrUnavailable}, nil},
		{"half of it", &devissuer.Fault{Truncate: true}, []error{core.ErrUnavailable}, nil},
		{"a reset", devissuer.Reset(), []error{core.ErrUnavailable}, nil},
		{"a redirect", &devissuer.Fault{Redirect: "/v1/users/user_ada"}, []error{core.ErrUnavailable}, nil},
		{"no answer", devissuer.Hold(release), []error{core.ErrUnavailable, context.DeadlineExceeded}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := startInstance(t, newClock())
			b := startBackend(t, c, func(cfg *BackendConfig) { cfg.Timeout = 300 * time.Millisecond })
			c.SetAPIFault(row.fault)
			_, err := b.User(t.Context(), "user_ada")
			var api *APIError
			if !errors.As(err, &api) {
				t.Fatalf("got %v, want an APIError", err)
			}
			for _, target := range row.is {
				if !errors.Is(err, target) {
					t.Errorf("%v is not %v", err, target)
				}
			}
			for _, target := range row.isNot {
				if errors.Is(err, target) {
					t.Errorf("%v is %v", err, target)
				}
			}
			if strings.Contains(err.Error(), c.SecretKey()) {
				t.Error("the error holds the secret key")
			}
			if n := c.APICount(); n != 1 {
				t.Errorf("got %d requests, want 1", n)
			}
		})
	}
}

func TestBackendSecretKeyRefused(t *testing.T) {
	c := startInstance(t, newClock())
	var log bytes.Buffer
	b := startBackend(t, c, func(cfg *BackendConfig) {
		cfg.SecretKey = "sk_test_another"
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	for range 3 {
		_, err := b.User(t.Context(), "user_ada")
		if !errors.Is(err, ErrSecretKey) || !errors.Is(err, core.ErrUnavailable) || !strings.Contains(err.Error(), "401 clerk_key_invalid (trace trace_") {
			t.Errorf("got %v", err)
		}
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "CLERK_SECRET_KEY") || strings.Contains(got, "sk_test") {
		t.Errorf("got the log %s", got)
	}
}

// TestBackendRateLimited: Clerk is not asked again before it said so.
func TestBackendRateLimited(t *testing.T) {
	clock := newClock()
	c := startInstance(t, clock)
	b := startBackend(t, c, func(cfg *BackendConfig) { cfg.Now = clock.Now })
	c.SetRateLimit(1, 10*time.Second)
	want := []struct {
		after time.Duration
		err   error
		retry time.Duration
		count int
	}{{0, nil, 0, 1}, {0, ErrRateLimited, 10 * time.Second, 2}, {4 * time.Second, ErrRateLimited, 6 * time.Second, 2}, {6 * time.Second, nil, 0, 3}}
	for i, w := range want {
		clock.Add(w.after)
		_, err := b.User(t.Context(), "user_ada")
		if !errors.Is(err, w.err) {
			t.Errorf("call %d: got %v, want %v", i, err, w.err)
		}
		var api *APIError
		if errors.As(err, &api) && api.RetryAfter != w.retry {
			t.Errorf("call %d: got %v, want %v", i, api.RetryAfter, w.retry)
		}
		if n := c.APICount(); n != w.count {
			t.Errorf("call %d: got %d requests, want %d", i, n, w.count)
		}
	}
}

package authtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
)

// office is an API whose roles live in the users' public metadata. Each case
// has one of its own, so that nobody is known before.
type office struct {
	*clerkSuite
	directory *clerk.Directory
	auth      *core.Authenticator
	mu        sync.Mutex
	ahead     time.Duration // of the directory's clock
	log       bytes.Buffer
}

func (s *clerkSuite) office(secret string, change func(*clerk.DirectoryConfig, *clerk.Backend)) *office {
	s.t.Helper()
	o := &office{clerkSuite: s}
	logger := slog.New(slog.NewTextHandler(o, nil))
	backend, err := clerk.NewBackend(clerk.BackendConfig{SecretKey: secret, APIURL: s.instance.APIURL(), Logger: logger, Now: o.now})
	if err != nil {
		s.t.Fatal(err)
	}
	cfg := clerk.DirectoryConfig{Users: backend, Logger: logger, Now: o.now}
	change(&cfg, backend)
	if o.directory, err = clerk.NewDirectory(cfg); err != nil {
		s.t.Fatal(err)
	}
	o.auth = s.clerk(func(cfg *clerk.Config) { cfg.Directory = o.directory })
	return o
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return time.Now().Add(o.ahead)
}

func (o *office) wait(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ahead += d
}

// Write takes the log's lines.
func (o *office) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.Write(line)
}

func (o *office) logged() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.String()
}

// hire makes a user with this public metadata and returns the header of a session.
func (o *office) hire(user string, metadata devissuer.Claims) []string {
	o.instance.PutUser(devissuer.ClerkUser{ID: user, FirstName: "First " + user, Public: metadata, Unsafe: devissuer.Claims{"role": "admin"}})
	return o.bearer(devissuer.ClerkSession{ID: "sess_" + user, User: user})
}

// calls returns the number of calls to the Backend API that f makes.
func (o *office) calls(f func()) int {
	before := o.instance.APICount()
	f()
	return o.instance.APICount() - before
}

func (o *office) expectCalls(c *client, want int, f func()) {
	if got := o.calls(f); got != want {
		c.errorf("got %d calls to the Backend API, want %d", got, want)
	}
}

func plainOffice(*clerk.DirectoryConfig, *clerk.Backend) {}

// metadata: roles that the token does not say.
func (s *clerkSuite) metadata() {
	o := s.office(s.instance.SecretKey(), plainOffice)
	plain := s.get(requireAuth(o.auth))
	for _, row := range []struct {
		name           string
		guard          Guard
		grants, denies devissuer.Claims
	}{
		{"RequireRole", requireRole("admin"), devissuer.Claims{"role": "admin"}, devissuer.Claims{"role": "member"}},
		{"RequireRole of several", requireRole("b"), devissuer.Claims{"roles": []string{"a", "b"}}, devissuer.Claims{"roles": []any{"b", 1}}},
		{"RequireAnyRole", requireAnyRole("x", "y"), devissuer.Claims{"role": "y"}, devissuer.Claims{}},
		{"RequirePermission", requirePermission("p:read"), devissuer.Claims{"permissions": []string{"p:read"}}, devissuer.Claims{"role": "p:read"}},
	} {
		r := s.get(requireAuth(o.auth), row.guard)
		user := "user_meta" + fmt.Sprint(len(s.routes))
		s.add("by public metadata, "+row.name+" grants and denies", func(c *client) {
			yes, no := o.hire(user+"yes", row.grants), o.hire(user+"no", row.denies)
			o.expectCalls(c, 2, func() {
				for range 3 {
					c.accepted(c.send(r, yes...), user+"yes")
					c.refused(c.send(r, no...), denied)
				}
				c.accepted(c.send(plain, yes...), user+"yes")
			})
		})
	}
	admin := s.get(requireAuth(o.auth), requireRole("admin"))
	s.add("public metadata in the token makes a call needless", func(c *client) {
		o.hire("user_carried", devissuer.Claims{"role": "admin"})
		token := func(role string) []string {
			return bearer(s.instance.Token(devissuer.ClerkSession{User: "user_carried"}, devissuer.Claims{"metadata": devissuer.Claims{"role": role}}))
		}
		o.expectCalls(c, 0, func() {
			c.accepted(c.send(admin, token("admin")...), "user_carried")
			c.refused(c.send(admin, token("member")...), denied)
		})
	})
	organization := s.get(requireAuth(o.auth), requireRole("org:admin"), requireOrganization("org_acme"))
	s.add("what the token answers makes a call needless", func(c *client) {
		o.expectCalls(c, 0, func() { c.accepted(c.send(organization, s.bearer(devissuer.ClerkAdmin())...), "user_ada") })
	})
	s.add("an id that is none never becomes part of a path", func(c *client) {
		o.expectCalls(c, 0, func() {
			for _, sub := range []string{"../organizations/org_acme", "user_a/../user_ada", "user_ada?x=1", "user_ada/metadata", "user_%61da"} {
				c.refused(c.send(admin, bearer(s.instance.Token(nora(), devissuer.Claims{"sub": sub}))...), denied)
			}
		})
	})
	s.add("a user who does not exist has no rights", func(c *client) {
		o.expectCalls(c, 1, func() {
			for range 2 {
				c.refused(c.send(admin, s.bearer(devissuer.ClerkSession{ID: "sess_ghost", User: "user_ghost"})...), denied)
			}
		})
	})
	named := s.get(requireAuth(o.auth))
	named.inContext = func(ctx context.Context) any {
		user, err := clerk.CurrentUser(ctx)
		if err != nil {
			return err.Error()
		}
		return user.FirstName
	}
	s.add("CurrentUser is known to the handler", func(c *client) {
		line := o.hire("user_named", nil)
		o.expectCalls(c, 1, func() {
			for range 2 {
				if v := c.reached(c.send(named, line...)); v != nil && v.Extra != "First user_named" {
					c.errorf("got %v, want First user_named", v.Extra)
				}
			}
		})
	})
	members := s.office(s.instance.SecretKey(), func(cfg *clerk.DirectoryConfig, b *clerk.Backend) { cfg.Memberships = b })
	zoo := s.get(requireAuth(members.auth), requireOrganization("org_zoo"))
	s.add("RequireOrganization knows memberships", func(c *client) {
		in, out := members.hire("user_in", nil), members.hire("user_out", nil)
		s.instance.PutOrganization("org_zoo", "zoo", "Zoo")
		s.instance.PutMembership("user_in", "org_zoo", "org:member")
		c.accepted(c.send(zoo, in...), "user_in")
		c.refused(c.send(zoo, out...), denied)
		s.instance.DeleteMembership("user_in", "org_zoo")
		members.event(c, "organizationMembership.deleted", `{"public_user_data":{"user_id":"user_in"}}`)
		c.refused(c.send(zoo, in...), denied)
	})
}

// event is what a webhook does with what Clerk says.
func (o *office) event(c *client, kind, data string) {
	if err := o.directory.Invalidate(kind, json.RawMessage(data)); err != nil {
		c.errorf("%s: %v", kind, err)
	}
}

// changes: how long what was known counts.
func (s *clerkSuite) changes() {
	o := s.office(s.instance.SecretKey(), plainOffice)
	admin := s.get(requireAuth(o.auth), requireRole("admin"))
	s.add("a role that was taken away counts until the age is reached", func(c *client) {
		line := o.hire("user_aging", devissuer.Claims{"role": "admin"})
		c.accepted(c.send(admin, line...), "user_aging")
		o.hire("user_aging", nil)
		c.accepted(c.send(admin, line...), "user_aging")
		o.wait(time.Minute)
		c.refused(c.send(admin, line...), denied)
	})
	s.add("an event ends what was known at once", func(c *client) {
		line := o.hire("user_told", devissuer.Claims{"role": "admin"})
		c.accepted(c.send(admin, line...), "user_told")
		o.hire("user_told", nil)
		o.event(c, "user.updated", `{"id":"user_told"}`)
		c.refused(c.send(admin, line...), denied)
	})
	s.add("a user who was deleted meanwhile has no rights any more", func(c *client) {
		line := o.hire("user_leaving", devissuer.Claims{"role": "admin"})
		c.accepted(c.send(admin, line...), "user_leaving")
		s.instance.DeleteUser("user_leaving")
		o.event(c, "user.deleted", `{"id":"user_leaving","deleted":true}`)
		c.refused(c.send(admin, line...), denied)
	})
	s.add("200 callers for a user whom nobody knows make one call", func(c *client) {
		line := o.hire("user_cold", devissuer.Claims{"role": "admin"})
		release := make(chan struct{})
		s.instance.SetAPIFault(devissuer.Hold(release))
		defer s.instance.SetAPIFault(nil)
		o.expectCalls(c, 1, func() {
			var wait sync.WaitGroup
			for range 200 {
				wait.Go(func() {
					if a := c.send(admin, line...); a != nil {
						a.ran = 1 // all use the route: the sum is compared at the end
						c.accepted(a, "user_cold")
					}
				})
			}
			close(release)
			wait.Wait()
		})
	})
}

// backendTrouble: the Backend API does not answer as it should.
func (s *clerkSuite) backendTrouble() {
	for name, fault := range map[string]*devissuer.Fault{
		"down": devissuer.Reset(), "slow": devissuer.Hang(), "broken": devissuer.Fail(500), "garbage": devissuer.Garbage(),
		"refusing the secret key": devissuer.Fail(401), "over its limit": {Status: 429},
	} {
		o := s.office(s.instance.SecretKey(), func(cfg *clerk.DirectoryConfig, _ *clerk.Backend) { cfg.Timeout = 200 * time.Millisecond })
		admin, plain := s.get(requireAuth(o.auth), requireRole("admin")), s.get(requireAuth(o.auth))
		user := "user_" + strings.ReplaceAll(name, " ", "")
		s.add("with a Backend API that is "+name+", whoever is known goes on for a while, and nobody else is let in", func(c *client) {
			known, unknown := o.hire(user, devissuer.Claims{"role": "admin"}), o.hire(user+"new", devissuer.Claims{"role": "admin"})
			c.accepted(c.send(admin, known...), user)
			s.instance.SetAPIFault(fault)
			defer s.instance.SetAPIFault(nil)
			c.refused(c.send(admin, unknown...), unavailable)
			c.accepted(c.send(plain, unknown...), user+"new") // who it is does not depend on it
			o.wait(time.Minute)
			c.accepted(c.send(admin, known...), user)
			if calls := o.calls(func() { c.accepted(c.send(admin, known...), user) }); calls != 0 {
				c.errorf("got %d calls right after one that failed, want 0", calls)
			}
			o.wait(10 * time.Minute)
			c.refused(c.send(admin, known...), unavailable)
			s.instance.SetAPIFault(nil)
			o.wait(time.Minute)
			c.accepted(c.send(admin, known...), user)
			c.accepted(c.send(admin, unknown...), user+"new")
		})
	}
	wrong := s.office("sk_test_wrong", plainOffice)
	admin := s.get(requireAuth(wrong.auth), requireRole("admin"))
	s.add("a wrong secret key is 503 to the client, and said once in the log", func(c *client) {
		for n := range 3 {
			c.refused(c.send(admin, wrong.hire(fmt.Sprint("user_wrong", n), nil)...), unavailable)
		}
		log := wrong.logged()
		if strings.Count(log, "CLERK_SECRET_KEY") != 1 || strings.Contains(log, "sk_test") {
			c.errorf("got the log %q, want the variable named once, and no key", log)
		}
	})
	limited := s.office(s.instance.SecretKey(), plainOffice)
	checked := s.get(requireAuth(limited.auth), requireRole("admin"))
	s.add("a Backend API over its limit is not asked before it said so", func(c *client) {
		first, second := limited.hire("user_limit1", nil), limited.hire("user_limit2", nil)
		s.instance.SetRateLimit(1, 10*time.Second)
		defer s.instance.SetRateLimit(0, 0)
		c.refused(c.send(checked, first...), denied)
		limited.expectCalls(c, 1, func() {
			for range 3 {
				c.refused(c.send(checked, second...), unavailable)
				limited.wait(2 * time.Second)
			}
		})
		s.instance.SetRateLimit(0, 0)
		limited.wait(10 * time.Second)
		c.refused(c.send(checked, second...), denied)
	})
}

package adaptertest

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

func (s *clerkSuite) metadataRights() {
	api := s.metadataAPI(s.instance.SecretKey())
	plain := s.get(requireAuth(api.auth))
	type claims = devissuer.Claims
	for i, row := range []struct {
		name           string
		check          Middleware
		grants, denies claims // the public metadata of a user
	}{
		{"RequireRole", requireRole("admin"), claims{"role": "admin"}, claims{"role": "member"}},
		{"RequireRole of several", requireRole("b"), claims{"roles": []string{"a", "b"}}, claims{"roles": []any{"b", 1}}},
		{"RequireAnyRole", requireAnyRole("x", "y"), claims{"role": "y"}, claims{}},
		{"RequirePermission", requirePermission("p:read"), claims{"permissions": []string{"p:read"}}, claims{"role": "p:read"}},
	} {
		r := s.get(requireAuth(api.auth), row.check)
		user := "user_meta" + strconv.Itoa(i)
		s.add("with roles in public metadata, "+row.name+" grants and denies", func(c *client) {
			granted, refused := api.addUser(user+"yes", row.grants), api.addUser(user+"no", row.denies)
			api.expectCalls(c, 2, func() {
				for range 3 {
					c.accepted(c.send(r, granted...), user+"yes")
					c.refused(c.send(r, refused...), denied)
				}
				c.accepted(c.send(plain, granted...), user+"yes")
			})
		})
	}
}

// callsNotNeeded checks requests that are decided without the Backend API, or
// with one call.
func (s *clerkSuite) callsNotNeeded() {
	api := s.metadataAPI(s.instance.SecretKey())
	admin := s.get(requireAuth(api.auth), requireRole("admin"))
	s.add("public metadata in the token makes no call", func(c *client) {
		api.addUser("user_carried", devissuer.Claims{"role": "admin"})
		token := func(role string) []string {
			metadata := devissuer.Claims{"metadata": devissuer.Claims{"role": role}}
			return bearer(s.instance.Token(devclerk.Session{User: "user_carried"}, metadata))
		}
		api.expectCalls(c, 0, func() {
			c.accepted(c.send(admin, token("admin")...), "user_carried")
			c.refused(c.send(admin, token("member")...), denied)
		})
	})
	organization := s.get(requireAuth(api.auth), requireRole("org:admin"), requireOrganization("org_acme"))
	s.add("checks that the token decides make no call", func(c *client) {
		api.expectCalls(c, 0, func() { c.accepted(c.send(organization, s.bearer(ada)...), "user_ada") })
	})
	s.add("a malformed user ID never becomes part of a path", func(c *client) {
		api.expectCalls(c, 0, func() {
			for _, sub := range []string{"../organizations/org_acme", "user_a/../user_ada", "user_ada?x=1", "user_ada/metadata", "user_%61da"} {
				c.refused(c.send(admin, bearer(s.instance.Token(nora, devissuer.Claims{"sub": sub}))...), denied)
			}
		})
	})
	s.add("a user who does not exist has no rights", func(c *client) {
		api.expectCalls(c, 1, func() {
			for range 2 {
				c.refused(c.send(admin, s.bearer(devclerk.Session{ID: "sess_ghost", User: "user_ghost"})...), denied)
			}
		})
	})
}

func (s *clerkSuite) currentUser() {
	api := s.metadataAPI(s.instance.SecretKey())
	r := s.get(requireAuth(api.auth))
	r.inContext = func(ctx context.Context) any {
		user, err := clerk.CurrentUser(ctx)
		if err != nil {
			return err.Error()
		}
		return user.FirstName
	}
	s.add("CurrentUser works in the handler", func(c *client) {
		header := api.addUser("user_named", nil)
		api.expectCalls(c, 1, func() {
			for range 2 {
				if v := c.handled(c.send(r, header...)); v != nil && v.Extra != "First user_named" {
					c.errorf("got %v, want First user_named", v.Extra)
				}
			}
		})
	})
}

func (s *clerkSuite) memberships() {
	api := s.metadataAPI(s.instance.SecretKey(), func(cfg *clerk.DirectoryConfig, b *clerkapi.Backend) { cfg.Memberships = b })
	r := s.get(requireAuth(api.auth), require(core.MemberOf("org_zoo")), require(core.RoleIn("org_zoo", "org:member")))
	active := s.get(requireAuth(api.auth), requireOrganization("org_zoo"))
	admin := s.get(requireAuth(api.auth), require(core.RoleIn("org_zoo", "org:admin")))
	s.add("MemberOf and RoleIn grant members, RequireOrganization only where they act", func(c *client) {
		member, stranger := api.addUser("user_in", nil), api.addUser("user_out", nil)
		s.instance.PutOrganization("org_zoo", "zoo", "Zoo")
		s.instance.PutMembership("user_in", "org_zoo", "org:member")
		c.accepted(c.send(r, member...), "user_in")
		c.refused(c.send(r, stranger...), denied)
		c.refused(c.send(active, member...), denied)
		c.refused(c.send(admin, member...), denied)
		s.instance.DeleteMembership("user_in", "org_zoo")
		api.deliver(c, "organizationMembership.deleted", `{"public_user_data":{"user_id":"user_in"}}`)
		c.refused(c.send(r, member...), denied)
	})
}

func (s *clerkSuite) changedMetadata() {
	api := s.metadataAPI(s.instance.SecretKey())
	admin := s.get(requireAuth(api.auth), requireRole("admin"))
	s.add("a role that was removed counts until the cached user is too old", func(c *client) {
		header := api.addUser("user_aging", devissuer.Claims{"role": "admin"})
		c.accepted(c.send(admin, header...), "user_aging")
		api.addUser("user_aging", nil)
		c.accepted(c.send(admin, header...), "user_aging")
		api.pass(time.Minute)
		c.refused(c.send(admin, header...), denied)
	})
	s.add("an event removes the user from the cache at once", func(c *client) {
		header := api.addUser("user_told", devissuer.Claims{"role": "admin"})
		c.accepted(c.send(admin, header...), "user_told")
		api.addUser("user_told", nil)
		api.deliver(c, "user.updated", `{"id":"user_told"}`)
		c.refused(c.send(admin, header...), denied)
	})
	s.add("a user who was deleted has no rights any more", func(c *client) {
		header := api.addUser("user_leaving", devissuer.Claims{"role": "admin"})
		c.accepted(c.send(admin, header...), "user_leaving")
		s.instance.DeleteUser("user_leaving")
		api.deliver(c, "user.deleted", `{"id":"user_leaving","deleted":true}`)
		c.refused(c.send(admin, header...), denied)
	})
}

func (s *clerkSuite) concurrentLookups() {
	api := s.metadataAPI(s.instance.SecretKey())
	admin := s.get(requireAuth(api.auth), requireRole("admin"))
	s.add("200 requests of a user who is not cached make one call", func(c *client) {
		header := api.addUser("user_cold", devissuer.Claims{"role": "admin"})
		release := make(chan struct{})
		s.instance.SetAPIFault(devissuer.Hold(release))
		defer s.instance.SetAPIFault(nil)
		api.expectCalls(c, 1, func() {
			var wait sync.WaitGroup
			for range 200 {
				wait.Go(func() { c.handledConcurrently(c.send(admin, header...), "user_cold") })
			}
			close(release)
			wait.Wait()
		})
	})
}

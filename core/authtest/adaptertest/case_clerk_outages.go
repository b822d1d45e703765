package adaptertest

import (
	"strconv"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/devissuer"
)

func (s *clerkSuite) backendOutages() {
	for _, row := range []struct {
		name  string
		fault *devissuer.Fault
	}{
		{"unreachable", devissuer.Reset()},
		{"slow", devissuer.Hang()},
		{"broken", devissuer.Fail(500)},
		{"sending garbage", devissuer.Garbage()},
		{"refusing the secret key", devissuer.Fail(401)},
		{"over its limit", devissuer.Fail(429)},
	} {
		api := s.metadataAPI(s.instance.SecretKey(), func(cfg *clerk.DirectoryConfig, _ *clerkapi.Backend) {
			cfg.Timeout = 200 * time.Millisecond
		})
		admin, plain := s.get(requireAuth(api.auth), requireRole("admin")), s.get(requireAuth(api.auth))
		user := "user_" + strings.ReplaceAll(row.name, " ", "")
		s.add("while the Backend API is "+row.name+", cached users keep their rights for a while and others get 503", func(c *client) {
			known := api.addUser(user, devissuer.Claims{"role": "admin"})
			unknown := api.addUser(user+"new", devissuer.Claims{"role": "admin"})
			c.accepted(c.send(admin, known...), user)

			s.instance.SetAPIFault(row.fault)
			defer s.instance.SetAPIFault(nil)
			c.refused(c.send(admin, unknown...), unavailable)
			c.accepted(c.send(plain, unknown...), user+"new") // authentication makes no call
			api.pass(time.Minute)
			c.accepted(c.send(admin, known...), user)
			api.expectCalls(c, 0, func() { c.accepted(c.send(admin, known...), user) }) // right after a call that failed
			api.pass(10 * time.Minute)
			c.refused(c.send(admin, known...), unavailable)

			s.instance.SetAPIFault(nil)
			api.pass(time.Minute)
			c.accepted(c.send(admin, known...), user)
			c.accepted(c.send(admin, unknown...), user+"new")
		})
	}
}

func (s *clerkSuite) wrongSecretKey() {
	api := s.metadataAPI("sk_test_wrong")
	admin := s.get(requireAuth(api.auth), requireRole("admin"))
	s.add("a wrong secret key is 503 for the client and one line in the log", func(c *client) {
		for n := range 3 {
			c.refused(c.send(admin, api.addUser("user_wrong"+strconv.Itoa(n), nil)...), unavailable)
		}
		log := api.logged()
		if strings.Count(log, "CLERK_SECRET_KEY") != 1 || strings.Contains(log, "sk_test") {
			c.errorf("got the log %q, want the variable named once, and no key", log)
		}
	})
}

func (s *clerkSuite) backendRateLimit() {
	api := s.metadataAPI(s.instance.SecretKey())
	admin := s.get(requireAuth(api.auth), requireRole("admin"))
	s.add("a Backend API over its limit is not called before it allows it", func(c *client) {
		first, second := api.addUser("user_limit1", nil), api.addUser("user_limit2", nil)
		s.instance.SetRateLimit(1, 10*time.Second)
		defer s.instance.SetRateLimit(0, 0)
		c.refused(c.send(admin, first...), denied)
		api.expectCalls(c, 1, func() {
			for range 3 {
				c.refused(c.send(admin, second...), unavailable)
				api.pass(2 * time.Second)
			}
		})
		s.instance.SetRateLimit(0, 0)
		api.pass(10 * time.Second)
		c.refused(c.send(admin, second...), denied)
	})
}

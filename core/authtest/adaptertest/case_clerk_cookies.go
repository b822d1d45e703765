package adaptertest

import (
	"crypto/sha1" // names cookies as Clerk does; it protects nothing
	"encoding/base64"
	"maps"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

func (s *clerkSuite) withCookie() *core.Authenticator {
	return s.clerk(func(cfg *clerk.Config) { cfg.AllowCookie = true })
}

// suffix returns what Clerk adds to the names of the instance's cookies.
func (s *clerkSuite) suffix() string {
	sum := sha1.Sum([]byte(s.instance.PublishableKey()))
	return "_" + base64.URLEncoding.EncodeToString(sum[:])[:8]
}

// cookie returns a cookie with a token that is valid for an hour, so that it can
// be made before the cases run.
func (s *clerkSuite) cookie(name string, session devclerk.Session, over devissuer.Claims) string {
	return name + "=" + cookieToken(s.instance, session, over)
}

func cookieToken(instance *devclerk.Instance, session devclerk.Session, over devissuer.Claims) string {
	claims := devissuer.Claims{"exp": time.Now().Add(time.Hour).Unix()}
	maps.Copy(claims, over) // its nils delete claims
	return instance.Token(session, claims)
}

func (s *clerkSuite) acceptedSessionCookies() {
	r := s.get(requireAuth(s.withCookie()))
	suffix := s.suffix()
	signedIn := "__client_uat=1; __client_uat" + suffix + "=1; "
	plain, suffixed := s.cookie("__session", ada, nil), s.cookie("__session"+suffix, mo, nil)
	earlier := devissuer.Claims{"iat": time.Now().Add(-10 * time.Second).Unix()}
	foreign := "__session=" + cookieToken(s.other, ada, nil)
	for _, row := range []struct{ name, cookie, subject string }{
		{"plain", plain, "user_ada"},
		{"suffixed", "__client_uat" + suffix + "=1; " + suffixed, "user_mo"},
		{"newer suffixed", signedIn + s.cookie("__session", ada, earlier) + "; " + suffixed, "user_mo"},
		{"newer plain", signedIn + plain + "; " + s.cookie("__session"+suffix, mo, earlier), "user_ada"},
		{"suffixed, beside the plain one of another instance,", foreign + "; " + suffixed, "user_mo"},
		{"suffixed, beside two plain ones of another instance,", foreign + "; " + foreign + "; " + signedIn + suffixed, "user_mo"},
	} {
		s.add("the "+row.name+" session cookie is accepted", func(c *client) {
			a := c.send(r, "Cookie", row.cookie, "Sec-Fetch-Site", "cross-site")
			c.accepted(a, row.subject)
			c.varies(a)
		})
	}
	s.add("the Authorization header counts, not the session cookie", func(c *client) {
		c.accepted(c.send(r, append(s.bearer(mo), "Cookie", plain)...), "user_mo")
		c.refused(c.send(r, append(bearer("not-a-token"), "Cookie", plain)...), invalidToken)
	})
	s.add("without AllowCookie a session cookie is ignored", func(c *client) {
		c.refused(c.send(s.plain, "Cookie", plain), unauthorized)
		c.refused(c.send(s.plain, "Cookie", "__client_uat"+suffix+"=1; "+suffixed), unauthorized)
	})
}

func (s *clerkSuite) refusedSessionCookies() {
	r := s.get(requireAuth(s.withCookie()))
	type claims = devissuer.Claims
	suffix := s.suffix()
	plain, suffixed := s.cookie("__session", ada, nil), s.cookie("__session"+suffix, mo, nil)
	for _, row := range []struct {
		name, cookie string
		want         refusal
	}{
		{"no session", "__client_uat=1", unauthorized},
		{"the suffix of another instance", "__client_uat_AAAAAAAA=1; " + s.cookie("__session_AAAAAAAA", ada, nil), unauthorized},
		{"another instance's session", "__session=" + cookieToken(s.other, ada, nil), unauthorized},
		{"the token of a JWT template", "__session=" + s.instance.TemplateToken("user_ada", claims{"exp": time.Now().Add(time.Hour).Unix()}), invalidToken},
		{"a session with another azp", s.cookie("__session", ada, claims{"azp": "https://evil.example"}), invalidToken},
		{"a session without azp", s.cookie("__session", ada, claims{"azp": nil}), invalidToken},
		{"a pending session", s.cookie("__session", devclerk.Pending(), nil), invalidToken},
		{"an expired session", s.cookie("__session", ada, claims{"exp": time.Now().Add(-time.Minute).Unix()}), expiredToken},
		{"two plain sessions", plain + "; " + plain, invalidRequest},
		{"two suffixed sessions", "__client_uat" + suffix + "=1; " + suffixed + "; " + suffixed, invalidRequest},
	} {
		s.add("with cookies, "+row.name+" is refused", func(c *client) {
			a := c.send(r, "Cookie", row.cookie)
			c.refused(a, row.want)
			c.varies(a)
		})
	}
}

func (s *clerkSuite) crossSiteSessions() {
	r := s.route("POST", requireAuth(s.withCookie()))
	for _, row := range []struct {
		name     string
		header   []string
		accepted bool
	}{
		{"the same origin", []string{"Sec-Fetch-Site", "same-origin"}, true},
		{"another site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, false},
		{"the same site", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"another origin, in an old browser,", []string{"Origin", "https://evil.example"}, false},
		{"a client that sends neither", nil, false},
		{"the front end on another origin", []string{"Sec-Fetch-Site", "same-site", "Origin", s.instance.AuthorizedParty()}, false},
	} {
		s.add("with a session cookie, POST from "+row.name+isAccepted(row.accepted), func(c *client) {
			a := c.send(r, append([]string{"Cookie", "__session=" + s.instance.Token(ada, nil)}, row.header...)...)
			if row.accepted {
				c.accepted(a, "user_ada")
			} else {
				c.refused(a, crossSite)
			}
			c.varies(a)
		})
	}
	s.add("with a session in the header, POST from another site is accepted", func(c *client) {
		c.accepted(c.send(r, append(s.bearer(ada), "Sec-Fetch-Site", "cross-site")...), "user_ada")
	})
}

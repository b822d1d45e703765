package authtest

import (
	"context"
	"crypto/sha1" // names cookies as Clerk does; protects nothing
	"encoding/base64"
	"maps"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
)

// has: what the checks grant and deny by a session alone.
func (s *clerkSuite) has() {
	type people = []devissuer.ClerkSession
	ada, mo, helped := devissuer.ClerkAdmin(), devissuer.ClerkMember(), devissuer.ClerkImpersonated()
	gold := nora()
	gold.Features, gold.Plans = []string{"u:gold"}, []string{"u:gold"}
	aged := func(first, second int) devissuer.ClerkSession {
		a := devissuer.ClerkAdmin()
		a.FactorAge = &[2]int{first, second}
		return a
	}
	ageless := devissuer.ClerkAdmin()
	ageless.FactorAge = nil
	create := clerk.HasParams{Permission: "invoices:create", Reverification: clerk.Moderate}
	for _, row := range []struct {
		name           string
		guard          Guard
		grants, denies people
		stale          people // denied with the hint to give a factor again
		reverification any    // in the hint, nil for none
	}{
		{"RequireRole", requireRole("org:admin"), people{ada, version1(ada)}, people{mo, version1(mo), nora()}, nil, nil},
		{"RequireRole of your own", requireRole("admin"), nil, people{ada, version1(ada)}, nil, nil},
		{"RequireAnyRole", requireAnyRole("org:owner", "org:member"), people{mo, version1(mo)}, people{ada, nora()}, nil, nil},
		{"RequirePermission", requirePermission("org:invoices:create"), people{ada, version1(ada)}, people{mo, version1(mo), nora()}, nil, nil},
		{"RequireOrganization", requireOrganization("org_acme"), people{ada, version1(mo)}, people{nora()}, nil, nil},
		{"NotImpersonated", require(clerk.NotImpersonated()), people{ada, version1(ada)}, people{helped, version1(helped)}, nil, nil},
		{"Has role", s.asks(clerk.HasParams{Role: "admin"}), people{ada, version1(ada)}, people{mo, version1(mo), nora()}, nil, nil},
		{"Has role with org:", s.asks(clerk.HasParams{Role: "org:member"}), people{mo, version1(mo)}, people{ada, nora()}, nil, nil},
		{"Has permission", s.asks(clerk.HasParams{Permission: "invoices:create"}), people{ada, version1(ada)}, people{mo, version1(mo), nora()}, nil, nil},
		{"Has permission with org:", s.asks(clerk.HasParams{Permission: "org:invoices:read"}), people{ada, mo, version1(mo)}, people{nora()}, nil, nil},
		{"Has feature", s.asks(clerk.HasParams{Feature: "invoices"}), people{ada, mo}, people{gold, nora(), version1(ada)}, nil, nil},
		{"Has feature of the organization", s.asks(clerk.HasParams{Feature: "org:invoices"}), people{ada}, people{gold}, nil, nil},
		{"Has feature of the user", s.asks(clerk.HasParams{Feature: "user:gold"}), people{gold}, people{ada, nora()}, nil, nil},
		{"Has feature of somebody else", s.asks(clerk.HasParams{Feature: "user:invoices"}), nil, people{ada, gold}, nil, nil},
		{"Has plan", s.asks(clerk.HasParams{Plan: "pro"}), people{ada, mo}, people{gold, nora(), version1(ada)}, nil, nil},
		{"Has plan of somebody else", s.asks(clerk.HasParams{Plan: "org:gold"}), nil, people{ada, gold}, nil, nil},
		{"Has plan of the user", s.asks(clerk.HasParams{Plan: "u:gold"}), people{gold}, people{ada, nora()}, nil, nil},
		{"Has reverification strict", s.asks(clerk.HasParams{Reverification: clerk.Strict}),
			people{ada, version1(ada), aged(99, 9), aged(9, -1)}, nil, people{mo, version1(mo), aged(1, 10), ageless}, "strict"},
		{"Has reverification strict_mfa", s.asks(clerk.HasParams{Reverification: clerk.StrictMFA}),
			people{ada, aged(9, 9)}, nil, people{aged(99, 9), aged(9, 99), mo}, "strict_mfa"},
		{"Has reverification of your own", s.asks(clerk.HasParams{Reverification: clerk.Within{Level: clerk.FirstFactor, AfterMinutes: 5}}),
			people{ada, aged(4, 99)}, nil, people{mo, aged(5, 1)}, map[string]any{"level": "first_factor", "afterMinutes": 5.0}},
		{"Has permission and reverification", s.asks(create),
			people{ada, version1(ada), aged(99, 59)}, people{mo, nora()}, people{aged(1, 60)}, "moderate"},
		{"Has nothing asked", s.asks(clerk.HasParams{}), nil, people{ada}, nil, nil},
		{"ReverificationHint", require(func(_ context.Context, id *core.Identity) error {
			if session, ok := clerk.SessionFrom(id); ok && session.FactorAge != nil {
				return nil
			}
			return &core.DeniedError{Requirement: "a factor", Hint: clerk.ReverificationHint(nil)}
		}), people{ada}, nil, people{ageless}, nil},
	} {
		r := s.get(requireAuth(s.auth), row.guard)
		metadata := map[string]any{}
		if row.reverification != nil {
			metadata["reverification"] = row.reverification
		}
		stale := denied
		stale.hint = map[string]any{"clerk_error": map[string]any{
			"type": "forbidden", "reason": "reverification-error", "metadata": metadata,
		}}
		s.add("for a session, "+row.name+" grants and denies", func(c *client) {
			for _, session := range row.grants {
				c.accepted(c.send(r, s.bearer(session)...), session.User)
			}
			for _, session := range row.denies {
				c.refused(c.send(r, s.bearer(session)...), denied)
			}
			for _, session := range row.stale {
				c.refused(c.send(r, s.bearer(session)...), stale)
			}
			c.refused(c.send(r), unauthorized)
			c.refused(c.send(r, bearer(s.instance.TemplateToken("user_ada", nil))...), invalidToken)
		})
	}
}

func (*clerkSuite) asks(h clerk.HasParams) Guard { return require(clerk.Has(h)) }

// sessionCookies: which of Clerk's cookies counts, and where it stands back.
func (s *clerkSuite) sessionCookies() {
	r := s.get(requireAuth(s.withCookie()))
	sum := sha1.Sum([]byte(s.instance.PublishableKey()))
	suffix := "_" + base64.URLEncoding.EncodeToString(sum[:])[:8]
	hour := devissuer.Claims{"exp": time.Now().Add(time.Hour).Unix()} // they are tried later
	cookie := func(name string, session devissuer.ClerkSession, over devissuer.Claims) string {
		claims := maps.Clone(hour)
		maps.Copy(claims, over) // with its nils, which delete
		return name + "=" + s.instance.Token(session, claims)
	}
	ada, mo := devissuer.ClerkAdmin(), devissuer.ClerkMember()
	signedIn := "__client_uat=1; __client_uat" + suffix + "=1; "
	plain, own := cookie("__session", ada, nil), cookie("__session"+suffix, mo, nil)
	earlier := devissuer.Claims{"iat": time.Now().Add(-10 * time.Second).Unix()}
	foreign := "__session=" + s.other.Token(devissuer.ClerkAdmin(), hour)

	for _, row := range []struct{ name, cookie, subject string }{
		{"plain", plain, "user_ada"},
		{"suffixed", "__client_uat" + suffix + "=1; " + own, "user_mo"},
		{"newer suffixed", signedIn + cookie("__session", ada, earlier) + "; " + own, "user_mo"},
		{"newer plain", signedIn + plain + "; " + cookie("__session"+suffix, mo, earlier), "user_ada"},
		{"suffixed, beside the plain one of another instance,", foreign + "; " + own, "user_mo"},
		{"suffixed, beside two plain ones of another instance,", foreign + "; " + foreign + "; " + signedIn + own, "user_mo"},
	} {
		s.add("the "+row.name+" session cookie is accepted", func(c *client) {
			a := c.send(r, "Cookie", row.cookie, "Sec-Fetch-Site", "cross-site")
			c.accepted(a, row.subject)
			c.varies(a)
		})
	}
	for _, row := range []struct {
		name, cookie string
		want         refusal
	}{
		{"no session", "__client_uat=1", unauthorized},
		{"the suffix of another instance", "__client_uat_AAAAAAAA=1; " + cookie("__session_AAAAAAAA", ada, nil), unauthorized},
		{"another instance's session", foreign, unauthorized},
		{"the token of a JWT template", "__session=" + s.instance.TemplateToken("user_ada", hour), invalidToken},
		{"a session given to another front end", cookie("__session", ada, devissuer.Claims{"azp": "https://evil.example"}), invalidToken},
		{"a session given to nobody", cookie("__session", ada, devissuer.Claims{"azp": nil}), invalidToken},
		{"a pending session", cookie("__session", devissuer.ClerkPending(), nil), invalidToken},
		{"an expired session", cookie("__session", ada, devissuer.Claims{"exp": time.Now().Add(-time.Minute).Unix()}), expiredToken},
		{"two plain sessions", plain + "; " + plain, invalidRequest},
		{"two suffixed sessions", "__client_uat" + suffix + "=1; " + own + "; " + own, invalidRequest},
	} {
		s.add("with cookies, "+row.name+" is refused", func(c *client) {
			a := c.send(r, "Cookie", row.cookie)
			c.refused(a, row.want)
			c.varies(a)
		})
	}
	s.add("the Authorization header counts, not the session cookie", func(c *client) {
		c.accepted(c.send(r, append(s.bearer(mo), "Cookie", plain)...), "user_mo")
		c.refused(c.send(r, append(bearer("not-a-token"), "Cookie", plain)...), invalidToken)
	})
	s.add("without AllowCookie a session cookie is no token", func(c *client) {
		c.refused(c.send(s.plain, "Cookie", plain), unauthorized)
		c.refused(c.send(s.plain, "Cookie", "__client_uat"+suffix+"=1; "+own), unauthorized)
	})
}

func (s *clerkSuite) withCookie() *core.Authenticator {
	return s.clerk(func(cfg *clerk.Config) { cfg.AllowCookie = true })
}

// crossSiteSessions: a session cookie changes nothing on another site's behalf.
func (s *clerkSuite) crossSiteSessions() {
	r := s.route("POST", requireAuth(s.withCookie()))
	for _, row := range []struct {
		name   string
		header []string
		grants bool
	}{
		{"the same origin", []string{"Sec-Fetch-Site", "same-origin"}, true},
		{"another site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, false},
		{"the same site", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"another origin, in an old browser,", []string{"Origin", "https://evil.example"}, false},
		{"somebody who does not say", nil, false},
		{"the front end on another origin", []string{"Sec-Fetch-Site", "same-site", "Origin", s.instance.Party()}, false},
	} {
		verb := " is refused"
		if row.grants {
			verb = " is accepted"
		}
		s.add("with a session cookie, POST from "+row.name+verb, func(c *client) {
			a := c.send(r, append([]string{"Cookie", "__session=" + s.instance.Token(devissuer.ClerkAdmin(), nil)}, row.header...)...)
			if row.grants {
				c.accepted(a, "user_ada")
			} else {
				c.refused(a, crossSite)
			}
			c.varies(a)
		})
	}
	s.add("with a session in the header, POST from another site is accepted", func(c *client) {
		c.accepted(c.send(r, append(s.bearer(devissuer.ClerkAdmin()), "Sec-Fetch-Site", "cross-site")...), "user_ada")
	})
}

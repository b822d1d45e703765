package adaptertest

import (
	"context"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

type sessions = []devclerk.Session

// sessionCheck is a check, and the sessions that it grants and denies.
type sessionCheck struct {
	name           string
	check          Middleware
	grants, denies sessions

	stale          sessions // denied, with the hint that asks for reverification
	reverification any      // in that hint; nil: the hint has none
}

func has(h clerk.HasParams) Middleware { return require(clerk.Has(h)) }

// Sessions of the table below: ada is an admin of an organization, mo a member,
// nora is in no organization, gold is nora with a feature and a plan of her own.
var (
	ada, mo, nora = devclerk.Admin(), devclerk.Member(), userWithoutOrg()
	adaV1, moV1   = version1(ada), version1(mo)
	impersonated  = devclerk.Impersonated()
	gold          = devclerk.Session{
		ID: nora.ID, User: nora.User, FactorAge: nora.FactorAge, Features: []string{"u:gold"}, Plans: []string{"u:gold"},
	}
)

// aged returns ada, who gave her factors so many minutes ago; -1 is never.
func aged(first, second int) devclerk.Session {
	s := ada
	s.FactorAge = &[2]int{first, second}
	return s
}

// ageless returns ada without the times of her factors.
func ageless() devclerk.Session {
	s := ada
	s.FactorAge = nil
	return s
}

func organizationChecks() []sessionCheck {
	return []sessionCheck{
		{name: "RequireRole", check: requireRole("org:admin"), grants: sessions{ada, adaV1}, denies: sessions{mo, moV1, nora}},
		{name: "RequireRole without org:", check: requireRole("admin"), denies: sessions{ada, adaV1}},
		{name: "RequireAnyRole", check: requireAnyRole("org:owner", "org:member"), grants: sessions{mo, moV1}, denies: sessions{ada, nora}},
		{name: "RequirePermission", check: requirePermission("org:invoices:create"), grants: sessions{ada, adaV1}, denies: sessions{mo, moV1, nora}},
		{name: "RequireOrganization", check: requireOrganization("org_acme"), grants: sessions{ada, moV1}, denies: sessions{nora}},
		{name: "NotImpersonated", check: require(clerk.NotImpersonated()),
			grants: sessions{ada, adaV1}, denies: sessions{impersonated, version1(impersonated)}},
	}
}

func hasChecks() []sessionCheck {
	return []sessionCheck{
		{name: "Has role", check: has(clerk.HasParams{Role: "admin"}), grants: sessions{ada, adaV1}, denies: sessions{mo, moV1, nora}},
		{name: "Has role with org:", check: has(clerk.HasParams{Role: "org:member"}), grants: sessions{mo, moV1}, denies: sessions{ada, nora}},
		{name: "Has permission", check: has(clerk.HasParams{Permission: "invoices:create"}),
			grants: sessions{ada, adaV1}, denies: sessions{mo, moV1, nora}},
		{name: "Has permission with org:", check: has(clerk.HasParams{Permission: "org:invoices:read"}),
			grants: sessions{ada, mo, moV1}, denies: sessions{nora}},
		{name: "Has feature", check: has(clerk.HasParams{Feature: "invoices"}), grants: sessions{ada, mo}, denies: sessions{gold, nora, adaV1}},
		{name: "Has feature of the organization", check: has(clerk.HasParams{Feature: "org:invoices"}), grants: sessions{ada}, denies: sessions{gold}},
		{name: "Has feature of the user", check: has(clerk.HasParams{Feature: "user:gold"}), grants: sessions{gold}, denies: sessions{ada, nora}},
		{name: "Has feature of the other kind", check: has(clerk.HasParams{Feature: "user:invoices"}), denies: sessions{ada, gold}},
		{name: "Has plan", check: has(clerk.HasParams{Plan: "pro"}), grants: sessions{ada, mo}, denies: sessions{gold, nora, adaV1}},
		{name: "Has plan of the other kind", check: has(clerk.HasParams{Plan: "org:gold"}), denies: sessions{ada, gold}},
		{name: "Has plan of the user", check: has(clerk.HasParams{Plan: "u:gold"}), grants: sessions{gold}, denies: sessions{ada, nora}},
		{name: "Has of nothing", check: has(clerk.HasParams{}), denies: sessions{ada}},
	}
}

func reverificationChecks() []sessionCheck {
	within := clerk.Within{Level: clerk.FirstFactor, AfterMinutes: 5}
	needsFactor := func(_ context.Context, id *core.Identity) error {
		if session, ok := clerk.SessionFrom(id); ok && session.FactorAge != nil {
			return nil
		}
		return &core.DeniedError{Requirement: "a factor", Hint: clerk.ReverificationHint(nil)}
	}
	return []sessionCheck{
		{name: "Has reverification strict", check: has(clerk.HasParams{Reverification: clerk.Strict}),
			grants: sessions{ada, adaV1, aged(99, 9), aged(9, -1)},
			stale:  sessions{mo, moV1, aged(1, 10), ageless()}, reverification: "strict"},
		{name: "Has reverification strict_mfa", check: has(clerk.HasParams{Reverification: clerk.StrictMFA}),
			grants: sessions{ada, aged(9, 9)},
			stale:  sessions{aged(99, 9), aged(9, 99), mo}, reverification: "strict_mfa"},
		{name: "Has reverification of an own level", check: has(clerk.HasParams{Reverification: within}),
			grants: sessions{ada, aged(4, 99)},
			stale:  sessions{mo, aged(5, 1)}, reverification: map[string]any{"level": "first_factor", "afterMinutes": 5.0}},
		{name: "Has permission and reverification", check: has(clerk.HasParams{Permission: "invoices:create", Reverification: clerk.Moderate}),
			grants: sessions{ada, adaV1, aged(99, 59)}, denies: sessions{mo, nora},
			stale: sessions{aged(1, 60)}, reverification: "moderate"},
		{name: "ReverificationHint", check: require(needsFactor), grants: sessions{ada}, stale: sessions{ageless()}},
	}
}

func (s *clerkSuite) sessionRights() {
	for _, rows := range [][]sessionCheck{organizationChecks(), hasChecks(), reverificationChecks()} {
		for _, row := range rows {
			r := s.get(requireAuth(s.auth), row.check)
			s.add("for a session, "+row.name+" grants and denies", func(c *client) {
				for _, session := range row.grants {
					c.accepted(c.send(r, s.bearer(session)...), session.User)
				}
				for _, session := range row.denies {
					c.refused(c.send(r, s.bearer(session)...), denied)
				}
				for _, session := range row.stale {
					c.refused(c.send(r, s.bearer(session)...), deniedForReverification(row.reverification))
				}
				c.refused(c.send(r), unauthorized)
				c.refused(c.send(r, bearer(s.instance.TemplateToken("user_ada", nil))...), invalidToken)
			})
		}
	}
}

// deniedForReverification returns the refusal that Clerk's front ends understand.
func deniedForReverification(level any) refusal {
	metadata := map[string]any{}
	if level != nil {
		metadata["reverification"] = level
	}
	refusal := denied
	refusal.hint = map[string]any{"clerk_error": map[string]any{
		"type": "forbidden", "reason": "reverification-error", "metadata": metadata,
	}}
	return refusal
}

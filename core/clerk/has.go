package clerk

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/authkeel/authkeel/core"
)

// HasParams is a question about a session. All fields that are set must hold.
type HasParams struct {
	// Role and Permission are those in the active organization, with or without
	// org: in front. A user who may create organizations is org:admin in them.
	Role, Permission string

	// Feature and Plan are slugs: of the organization or the user, or of one of
	// them with o: (org:, organization:) or u: (user:) in front.
	Feature, Plan string

	// Reverification requires that the user gave a factor not long ago: a [Preset]
	// or [Within]. nil: not required.
	Reverification Reverification
}

// Has is Clerk's has() as a policy, for the Require of an adapter and for
// [core.Authorize]:
//
//	api.POST("/invoices", ginauth.Require(clerk.Has(clerk.HasParams{Permission: "invoices:create"})), create)
//
// It grants when everything in h holds for the session. It denies when h is empty
// or has an unknown value, when a claim is malformed, and when the identity is not
// a Clerk session. It reads the token alone: for roles that Issuer.LookupRights
// finds use [core.Role].
//
// When only reverification is missing, the answer is the 403 that Clerk's browser
// SDK knows: it asks the user for a factor and repeats the request.
func Has(h HasParams) core.Policy {
	q := question{role: withOrg(h.Role), permission: withOrg(h.Permission), feature: parseGrant(h.Feature), plan: parseGrant(h.Plan)}
	asked := h != (HasParams{})
	denied := &core.DeniedError{Requirement: h.String()}
	stale := denied
	level, minutes, known := Level(""), 0, false
	if h.Reverification != nil {
		if level, minutes, known = h.Reverification.limit(); known {
			stale = &core.DeniedError{Requirement: h.String(), Hint: ReverificationHint(h.Reverification)}
		}
	}
	return func(_ context.Context, id *core.Identity) error {
		s := sessionOf(id)
		if !asked || s == nil || id.Subject() == "" || !q.holds(s) {
			return denied
		}
		if h.Reverification != nil && !(known && s.FactorAge.fresh(level, minutes)) {
			return stale
		}
		return nil
	}
}

// question is HasParams without reverification, parsed.
type question struct {
	role, permission string         // with org: in front; "": not asked
	feature, plan    *grantQuestion // nil: not asked
}

func (q *question) holds(s *Session) bool {
	o := &s.Organization
	if (q.role != "" || q.permission != "") && o.ID == "" {
		return false
	}
	switch {
	case q.role != "" && q.role != withOrg(o.Role):
	case q.permission != "" && !slices.Contains(o.Permissions, q.permission):
	case q.feature != nil && !q.feature.holds(s.Features):
	case q.plan != nil && !q.plan.holds(s.Plans):
	default:
		return true
	}
	return false
}

// grantQuestion is a question about a feature or plan.
type grantQuestion struct {
	slug               string
	organization, user bool // whose it may be
}

// parseGrant reads a slug with or without a scope, and ignores what follows a
// second colon. Nothing holds for an unknown scope.
func parseGrant(text string) *grantQuestion {
	if text == "" {
		return nil
	}
	pieces := strings.Split(text, ":")
	if len(pieces) == 1 {
		return &grantQuestion{text, true, true}
	}
	q := &grantQuestion{slug: pieces[1]}
	switch pieces[0] {
	case "o", "org", "organization":
		q.organization = true
	case "u", "user":
		q.user = true
	}
	return q
}

func (q *grantQuestion) holds(g Grants) bool {
	return q.slug != "" && (q.organization && slices.Contains(g.Organization, q.slug) ||
		q.user && slices.Contains(g.User, q.slug))
}

// String returns the question as it is logged.
func (h HasParams) String() string {
	var parts []string
	for _, p := range []struct{ name, value string }{
		{"role", h.Role}, {"permission", h.Permission}, {"feature", h.Feature}, {"plan", h.Plan},
	} {
		if p.value != "" {
			parts = append(parts, p.name+" "+strconv.Quote(p.value))
		}
	}
	if h.Reverification != nil {
		parts = append(parts, "reverification "+h.Reverification.String())
	}
	if len(parts) == 0 {
		return "has nothing (HasParams is empty)"
	}
	return "has " + strings.Join(parts, ", ")
}

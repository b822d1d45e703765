package devclerk

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

// Session is a session that [Instance.Token] makes a token of. Fields that are not
// set are not in the token.
type Session struct {
	ID      string // sess_…; "" for an invented one
	User    string // user_…; "" for an invented one
	Version int    // of the claims, 1 or 2; 0 is 2
	Pending bool   // the user still has a task to finish, such as choosing an organization

	Organization *Organization // the active one

	// Features and Plans are as in the claims of version 2, such as "o:invoices"
	// and "u:gold"; version 1 has neither.
	Features, Plans []string

	// FactorAge is how many minutes ago the first and the second factor were
	// given, -1 for never.
	FactorAge *[2]int
	// Actor is `act`, who impersonates the user, with at least a "sub".
	Actor Claims
}

// Organization is the organization in which a user acts.
type Organization struct {
	ID, Slug string
	Role     string // with or without org: in front
	// Permissions have the form "org:invoices:create", with or without org:. In
	// version 2 permissions belong to features, so the feature of each, here
	// "o:invoices", is added to the session's.
	Permissions []string
}

// The categories of tokens, `cat` in the header.
const (
	clerkSession  = "cl_B7d4PD111AAA"
	clerkTemplate = "cl_B7d4PD222AAA"
	clerkMachine  = "cl_B7d4PD333AAA"
)

// Token makes a session token with over laid on top of its claims, where nil
// deletes: {"azp": nil} is a token whose request had no Origin header. It is valid
// for a minute, as Clerk's are. It panics on a session that a token cannot
// express: another version, or a permission without the form feature:action.
func (c *Instance) Token(s Session, over Claims) string {
	return c.Sign(nil, devissuer.With(c.SessionClaims(s), over))
}

// SessionClaims returns the claims of a session's token, for [Instance.Sign]. The
// Backend API knows the session from then on.
func (c *Instance) SessionClaims(s Session) Claims {
	claims := c.sessionClaims(s)
	c.api.sawSession(s, claims)
	return claims
}

// Sign signs any claims with the instance's key, with header laid on top of that
// of a session token: {"cat": nil} is an older token, without a category.
func (c *Instance) Sign(header, claims Claims) string {
	return c.issuer.Sign("RS256", devissuer.With(Claims{"cat": clerkSession}, header), claims)
}

// TemplateToken makes a token of a JWT template, for another service. The same key
// signs it, and an API that accepts sessions must refuse it.
func (c *Instance) TemplateToken(user string, over Claims) string {
	claims := devissuer.With(c.timed(), Claims{"sub": user, "azp": c.authorizedParty, "jti": newID("jti")})
	return c.Sign(Claims{"cat": clerkTemplate}, devissuer.With(claims, over))
}

// MachineToken makes an M2M token as a JWT. The same key signs it, and an API that
// accepts sessions must refuse it.
func (c *Instance) MachineToken(over Claims) string {
	machine := newID("mch")
	claims := devissuer.With(c.timed(), Claims{"sub": machine, "jti": newID("mt"), "aud": []string{machine}, "scopes": machine})
	return c.Sign(Claims{"cat": clerkMachine}, devissuer.With(claims, over))
}

// OAuthToken makes the access token of an OAuth client that a user gave access to,
// as a JWT, without `aud`. The same key signs it, and an API that accepts sessions
// must refuse it.
func (c *Instance) OAuthToken(user string, over Claims) string {
	claims := devissuer.With(c.timed(), Claims{"sub": user, "client_id": newID("client"), "jti": newID("oat"), "scope": "openid profile"})
	return c.Sign(Claims{"cat": nil, "typ": "at+jwt"}, devissuer.With(claims, over))
}

// timed returns the claims of every token. Clerk dates `nbf` back by ten seconds.
func (c *Instance) timed() Claims {
	now := c.now()
	return Claims{
		"iss": c.ProxyURL(),
		"iat": now.Unix(),
		"nbf": now.Add(-10 * time.Second).Unix(),
		"exp": now.Add(time.Minute).Unix(),
	}
}

func (c *Instance) sessionClaims(s Session) Claims {
	if s.ID == "" {
		s.ID = newID("sess")
	}
	if s.User == "" {
		s.User = newID("user")
	}
	claims := devissuer.With(c.timed(), Claims{"sub": s.User, "sid": s.ID, "azp": c.authorizedParty, "sts": "active"})
	if s.Pending {
		claims["sts"] = "pending"
	}
	if s.FactorAge != nil {
		claims["fva"] = *s.FactorAge
	}
	if s.Actor != nil {
		claims["act"] = s.Actor
	}
	switch s.Version {
	case 0, 2:
		return devissuer.With(claims, s.version2())
	case 1:
		return devissuer.With(claims, s.version1())
	}
	panic(fmt.Sprintf("devclerk: session claims have no version %d", s.Version))
}

func (s *Session) version1() Claims {
	o := s.Organization
	if o == nil {
		return nil
	}
	permissions := make([]string, 0, len(o.Permissions))
	for _, p := range o.Permissions {
		feature, action := splitPermission(p)
		permissions = append(permissions, "org:"+feature+":"+action)
	}
	claims := Claims{"org_id": o.ID, "org_role": "org:" + strings.TrimPrefix(o.Role, "org:"), "org_permissions": permissions}
	if o.Slug != "" {
		claims["org_slug"] = o.Slug
	}
	return claims
}

func (s *Session) version2() Claims {
	claims := Claims{"v": 2, "jti": newID("jti")}
	features := s.Features
	if o := s.Organization; o != nil {
		members := Claims{"id": o.ID, "rol": strings.TrimPrefix(o.Role, "org:")}
		if o.Slug != "" {
			members["slg"] = o.Slug
		}
		var per, fpm string
		if features, per, fpm = pack(s.Features, o.Permissions); per != "" {
			members["per"], members["fpm"] = per, fpm
		}
		claims["o"] = members
	}
	if len(features) > 0 {
		claims["fea"] = strings.Join(features, ",")
	}
	if len(s.Plans) > 0 {
		claims["pla"] = strings.Join(s.Plans, ",")
	}
	return claims
}

// pack encodes permissions as masks: bit j of the feature's mask is action j. It
// returns all features, those of the organization first, because readers disagree
// on whether a user's feature counts as a position.
func pack(features, permissions []string) (all []string, per, fpm string) {
	isUsers := func(f string) bool { return strings.HasPrefix(f, "u:") }
	all = slices.DeleteFunc(slices.Clone(features), isUsers)
	slug := func(f string) string { return f[strings.IndexByte(f, ':')+1:] }
	var actions []string
	masks := map[string]*big.Int{} // by slug
	for _, p := range permissions {
		feature, action := splitPermission(p)
		if !slices.ContainsFunc(all, func(f string) bool { return slug(f) == feature }) {
			all = append(all, "o:"+feature)
		}
		bit := slices.Index(actions, action)
		if bit < 0 {
			bit, actions = len(actions), append(actions, action)
		}
		if masks[feature] == nil {
			masks[feature] = new(big.Int)
		}
		masks[feature].SetBit(masks[feature], bit, 1)
	}
	for _, f := range features {
		if isUsers(f) {
			all = append(all, f)
		}
	}
	texts := make([]string, 0, len(all))
	for _, f := range all {
		mask := masks[slug(f)]
		if mask == nil || isUsers(f) {
			mask = new(big.Int)
		}
		texts = append(texts, mask.String())
	}
	return all, strings.Join(actions, ","), strings.Join(texts, ",")
}

func splitPermission(p string) (feature, action string) {
	feature, action, ok := strings.Cut(strings.TrimPrefix(p, "org:"), ":")
	if !ok || feature == "" || action == "" || strings.ContainsAny(p, ", ") {
		panic(fmt.Sprintf("devclerk: permission %q is not of the form feature:action", p))
	}
	return feature, action
}

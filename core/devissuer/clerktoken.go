package devissuer

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// ClerkSession is a session that [Clerk.Token] makes a token of. What is not set
// is not in the token.
type ClerkSession struct {
	ID      string // sess_…; "" for one made up
	User    string // user_…; "" for one made up
	Version int    // of the claims, 1 or 2; 0 is 2
	Pending bool   // the user still has to do something, such as choose an organization

	Organization *ClerkOrganization // the active one

	// Features and Plans are as in the claims of version 2, such as "o:invoices"
	// and "u:gold"; version 1 has neither.
	Features, Plans []string

	// FactorAge is how many minutes ago the first and the second factor were
	// given, -1 for never.
	FactorAge *[2]int
	// Actor is who impersonates the user: `act`, with at least a "sub".
	Actor Claims
}

// ClerkOrganization is the organization in which somebody acts.
type ClerkOrganization struct {
	ID, Slug string
	Role     string // with or without org: in front
	// Permissions are such as "org:invoices:create", with or without org:. In
	// version 2 they can be of features alone, so that each has its feature, here
	// "o:invoices", join the session's.
	Permissions []string
}

// The categories of tokens, `cat` in the header.
const (
	clerkSession  = "cl_B7d4PD111AAA"
	clerkTemplate = "cl_B7d4PD222AAA"
	clerkMachine  = "cl_B7d4PD333AAA"
)

// Token makes a session token with over laid on top of its claims, where nil
// deletes: {"azp": nil} is a token whose request had no Origin. It is good for a
// minute, as Clerk's are. It panics on a session that no token can say: another
// version, or a permission that is not of the form feature:action.
func (c *Clerk) Token(s ClerkSession, over Claims) string {
	return c.Sign(nil, With(c.SessionClaims(s), over))
}

// SessionClaims are the claims of a session's token, for [Clerk.Sign]. The Backend
// API knows the session from then on.
func (c *Clerk) SessionClaims(s ClerkSession) Claims {
	claims := c.sessionClaims(s)
	c.backend.sawSession(claims)
	return claims
}

// Sign signs any claims with the instance's key, with header laid on top of that
// of a session token: {"cat": nil} is a token from before there were categories.
func (c *Clerk) Sign(header, claims Claims) string {
	return c.issuer.Sign("RS256", With(Claims{"cat": clerkSession}, header), claims)
}

// TemplateToken is a token that a user made from a JWT template, for another
// service. The same key signs it, and an API that takes sessions must refuse it.
func (c *Clerk) TemplateToken(user string, over Claims) string {
	claims := With(c.timed(), Claims{"sub": user, "azp": c.party, "jti": clerkID("jti")})
	return c.Sign(Claims{"cat": clerkTemplate}, With(claims, over))
}

// MachineToken is the JWT of a machine. The same key signs it, and an API that
// takes sessions must refuse it.
func (c *Clerk) MachineToken(over Claims) string {
	machine := clerkID("mch")
	claims := With(c.timed(), Claims{"sub": machine, "jti": clerkID("mt"), "aud": []string{machine}, "scopes": machine})
	return c.Sign(Claims{"cat": clerkMachine}, With(claims, over))
}

// OAuthToken is the access token of an OAuth client that a user let in. The same
// key signs it, and an API that takes sessions must refuse it.
func (c *Clerk) OAuthToken(user string, over Claims) string {
	claims := With(c.timed(), Claims{"sub": user, "client_id": clerkID("client"), "jti": clerkID("oat"), "scope": "openid profile"})
	return c.Sign(Claims{"cat": nil, "typ": "at+jwt"}, With(claims, over))
}

// timed is what every token has. Clerk dates `nbf` back by ten seconds.
func (c *Clerk) timed() Claims {
	now := c.issuer.now()
	return Claims{
		"iss": c.ProxyURL(),
		"iat": now.Unix(),
		"nbf": now.Add(-10 * time.Second).Unix(),
		"exp": now.Add(time.Minute).Unix(),
	}
}

func (c *Clerk) sessionClaims(s ClerkSession) Claims {
	if s.ID == "" {
		s.ID = clerkID("sess")
	}
	if s.User == "" {
		s.User = clerkID("user")
	}
	claims := With(c.timed(), Claims{"sub": s.User, "sid": s.ID, "azp": c.party, "sts": "active"})
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
		return With(claims, s.version2())
	case 1:
		return With(claims, s.version1())
	}
	panic(fmt.Sprintf("devissuer: session claims have no version %d", s.Version))
}

func (s *ClerkSession) version1() Claims {
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

func (s *ClerkSession) version2() Claims {
	claims := Claims{"v": 2, "jti": clerkID("jti")}
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

// pack writes permissions as masks: bit j of the feature's mask is action j. It
// returns all features, those of the organization first: readers differ in
// whether a user's feature counts as a position.
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
		panic(fmt.Sprintf("devissuer: permission %q is not of the form feature:action", p))
	}
	return feature, action
}

package core

import (
	"context"
	"strconv"
	"strings"

	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/internal/audit"
)

// ParamPolicy decides by a parameter of the route, for rights on the object that
// the address names, as in /orgs/{org}/invoices. Mount it with [RequireParam]. The
// value counts as the framework gives it to handlers, byte for byte.
//
// Make it with [OrganizationParam], [MemberOfParam], [RoleInParam],
// [PermissionInParam] or [Owner]. Where an object's owner is in a database, let the
// handler load the object and call [Authorize].
type ParamPolicy struct {
	param   string
	check   valueCheck
	missing *Error // the refusal where the route has no such parameter
}

// OrganizationParam grants when the token's active organization has the ID in the
// route parameter, as [InOrganization] does for one ID. Roles and permissions of the
// token are those in the active organization, so that [Role] and [Permission] on the
// same route ask about the organization of the route. For a user who may be acting
// in another organization use [MemberOfParam] or [RoleInParam].
//
// It panics when the name of the parameter is empty or has characters of a pattern:
// "org" is the name in "/orgs/{org}" and in "/orgs/:org". So do all others.
func OrganizationParam(param string) ParamPolicy {
	denied := &DeniedError{Requirement: "organization in " + paramName(param)}
	return paramPolicy(param, func(_ context.Context, id *Identity, organization string) error {
		if id.inOrganization(organization) {
			return nil
		}
		return denied
	})
}

// MemberOfParam grants when the caller is a member of the organization with the ID
// in the route parameter, as [MemberOf] does for one ID. It says nothing about the
// caller's role there: never combine it with [Role] or [Permission], which are
// about the active organization. Use [RoleInParam] or [PermissionInParam].
func MemberOfParam(param string) ParamPolicy {
	return paramPolicy(param, memberOf("member of the organization in "+paramName(param)))
}

// RoleInParam grants when the caller has the role in the organization with the ID in
// the route parameter, as [RoleIn] does for one ID. It panics when role is "".
func RoleInParam(param, role string) ParamPolicy {
	return paramPolicy(param, roleIn(role, "the organization in "+paramName(param)))
}

// PermissionInParam grants when the caller has the permission in the organization
// with the ID in the route parameter, as [PermissionIn] does for one ID. It panics
// when permission is "".
func PermissionInParam(param, permission string) ParamPolicy {
	return paramPolicy(param, permissionIn(permission, "the organization in "+paramName(param)))
}

// Owner grants when the token's subject is the value of the route parameter: for
// /users/{user} and other objects of which everybody has one. Subjects are unique
// within one issuer only (OpenID Connect Core section 2), so it is not for an
// Authenticator that trusts several issuers whose subjects can be the same.
func Owner(param string) ParamPolicy {
	denied := &DeniedError{Requirement: "subject in " + paramName(param)}
	return paramPolicy(param, func(_ context.Context, id *Identity, owner string) error {
		if id.Subject() == owner {
			return nil
		}
		return denied
	})
}

// Or grants what p or another policy grants, as in
//
//	core.Owner("user").Or(core.Role("admin")) // their own, or an admin
//
// It answers as [AnyOf]. The other policy grants nothing either on a route without
// the parameter. It panics when other is nil.
func (p ParamPolicy) Or(other Policy) ParamPolicy {
	p.must("Or")
	mustPolicies("Or", other, nil)
	check := p.check
	p.check = func(ctx context.Context, id *Identity, value string) error {
		if id == unprivileged {
			return requirementOf(ctx, "or", []Policy{within(value, check), other})
		}
		first := check(ctx, id, value)
		if first == nil {
			return nil
		}
		second := other(ctx, id)
		if second == nil {
			return nil
		}
		return neither(first, second)
	}
	return p
}

// RequireParam returns the step that lets requests go on whose identity satisfies
// the policy for the value of the route parameter. Authentication must run before
// it on the same route. A route without the parameter, or with an empty value, gets
// 500 and an [Event] with the reason no_route_parameter, never a grant: mount the
// step where the router has matched the parameter. Give the parameters of one path
// different names, because a check on a group gets the group's own. It panics when p
// is the zero value.
func RequireParam(p ParamPolicy) adapter.Step {
	p.must("RequireParam")
	return func(ctx context.Context, r adapter.Request) adapter.Outcome {
		c, err := authenticated(ctx, r)
		if err == nil {
			err = p.authorize(ctx, r, c)
		}
		if err != nil {
			return adapter.Outcome{Refusal: authenticatorOf(ctx).Refusal(ctx, err)}
		}
		return adapter.Outcome{}
	}
}

func (p *ParamPolicy) authorize(ctx context.Context, r adapter.Request, c *identityContext) error {
	value, found := r.Param(p.param)
	if !found || value == "" {
		c.auth.reportDenial(ctx, r, c.id, p.missing)
		return p.missing
	}
	if audit.Running() { // a test of the application may be asking
		if asked, err := auditPolicy(ctx, c.id, within(value, p.check)); asked {
			return err
		}
	}
	return c.decided(ctx, r, p.check(ctx, c.id, value))
}

func paramPolicy(param string, check valueCheck) ParamPolicy {
	return ParamPolicy{param: param, check: check, missing: &Error{
		Reason: "no_route_parameter", class: ErrNoRouteParameter, Member: param, Expected: "a parameter of the route, with a value",
		Advice: "mount RequireParam on a route or group whose own path has the parameter " + strconv.Quote(param) + ", or correct its name",
	}}
}

// paramName is how a denial names the parameter. It panics when name is not the
// name of one.
func paramName(name string) string {
	mustName("route parameter", name)
	if strings.ContainsAny(name, ":{}/?<> ") {
		panic("authkeel: " + strconv.Quote(name) + " is not the name of a route parameter: write \"org\" for \"/orgs/{org}\" and \"/orgs/:org\"")
	}
	return policyName("route parameter", name)
}

func (p *ParamPolicy) must(name string) {
	if p.check == nil {
		panic("authkeel: " + name + " needs a ParamPolicy of OrganizationParam, MemberOfParam, RoleInParam, PermissionInParam or Owner, not its zero value")
	}
}

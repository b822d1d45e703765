package core

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core/internal/strictjson"
	"github.com/authkeel/authkeel/core/settings"
)

// ClaimNames says in which claims an issuer puts rights, and the client that the
// token was issued to. A name is looked for as an exact top-level member first
// ("https://app.example/roles"), then split at its dots and followed downwards
// ("realm_access.roles"). Use the Path fields where a segment itself contains
// dots; they win over the name. A claim that is null is absent.
//
// A claim grants what it lists as an array of strings, or as one string: one
// role or permission, whatever it contains, and scopes split at spaces (RFC 6749
// section 3.3). Anything else grants nothing, unless RoleNames or RoleKey says
// how to read it.
type ClaimNames struct {
	Roles       string // default "roles"
	Permissions string // default "permissions"
	Scopes      string // default "scope", and "scp" when there is no "scope"

	// Organization names the claim that holds the id of the active organization;
	// default "org_id". Anything but a string is none.
	Organization string

	// AuthorizedParty names the claim that holds the client; default "azp", and
	// "client_id" where there is no "azp" (RFC 9068). Okta says "cid", Entra ID
	// v1.0 and AD FS say "appid".
	AuthorizedParty string

	RolesPath, PermissionsPath, ScopesPath, OrganizationPath, AuthorizedPartyPath []string

	// RoleNames is for a roles claim that is an object: the names of its members
	// are the roles, as Zitadel has them. A member that is false grants nothing;
	// its value does not matter otherwise.
	RoleNames bool
	// RoleKey is for a roles claim that is an array of objects: the member of this
	// name, a string, is the role. Kinde has it as "key".
	RoleKey string
}

// claimPath is a ClaimNames entry made ready.
type claimPath struct {
	name string   // tried first, as a whole
	path []string // then from here downwards
}

// claimPaths are the places of one issuer.
type claimPaths struct {
	roles, permissions, scopes, organization, party []claimPath

	roleNames bool
	roleKey   string
}

func (c ClaimNames) paths() claimPaths {
	return claimPaths{
		roles:        pathsOf(c.RolesPath, c.Roles, "roles"),
		permissions:  pathsOf(c.PermissionsPath, c.Permissions, "permissions"),
		scopes:       pathsOf(c.ScopesPath, c.Scopes, "scope", "scp"),
		organization: pathsOf(c.OrganizationPath, c.Organization, "org_id"),
		party:        pathsOf(c.AuthorizedPartyPath, c.AuthorizedParty, "azp", "client_id"),
		roleNames:    c.RoleNames,
		roleKey:      c.RoleKey,
	}
}

func pathsOf(path []string, name string, defaults ...string) []claimPath {
	switch {
	case len(path) > 0:
		return []claimPath{{path: append([]string(nil), path...)}}
	case name != "":
		p := claimPath{name: name}
		if strings.Contains(name, ".") {
			p.path = strings.Split(name, ".")
		}
		return []claimPath{p}
	}
	paths := make([]claimPath, len(defaults))
	for i, d := range defaults {
		paths[i] = claimPath{name: d}
	}
	return paths
}

// String names the claim, for the log.
func (p claimPath) String() string {
	if p.name != "" {
		return p.name
	}
	return strings.Join(p.path, ".")
}

// find returns the claim at the first of the places that exists, and the place.
func find(members []strictjson.Member, places []claimPath) (strictjson.Value, *claimPath) {
	for i := range places {
		if name := places[i].name; name != "" {
			if v := member(members, name); v.Kind() != strictjson.Null {
				return v, &places[i]
			}
		}
		if v := follow(members, places[i].path); v.Kind() != strictjson.Null {
			return v, &places[i]
		}
	}
	return "", nil
}

func member(members []strictjson.Member, name string) strictjson.Value {
	for i := range members {
		if members[i].Name == name {
			return members[i].Value
		}
	}
	return ""
}

func follow(members []strictjson.Member, path []string) strictjson.Value {
	for i, segment := range path {
		v := member(members, segment)
		if v == "" || i == len(path)-1 {
			return v
		}
		var ok bool
		if members, ok = v.Members(nil); !ok {
			return ""
		}
	}
	return ""
}

// appendRoles appends what the roles claim grants.
func (p *claimPaths) appendRoles(dst []string, v strictjson.Value) []string {
	switch {
	case p.roleNames:
		members, _ := v.Members(nil)
		for _, m := range members {
			if m.Name != "" && m.Value != "false" {
				dst = append(dst, m.Name)
			}
		}
		return dst
	case p.roleKey != "":
		elements, _ := v.Elements(nil)
		for _, e := range elements {
			members, _ := e.Members(nil)
			if role, ok := member(members, p.roleKey).Text(); ok && role != "" {
				dst = append(dst, role)
			}
		}
		return dst
	}
	return appendList(dst, v)
}

// appendList appends what a claim lists: one string, or an array of strings. A
// string is one entry, because a role named "not admin" must not grant "admin".
func appendList(dst []string, v strictjson.Value) []string {
	if text, ok := v.Text(); ok {
		if text != "" {
			dst = append(dst, text)
		}
		return dst
	}
	var buf [16]strictjson.Value
	elements, _ := v.Elements(buf[:0])
	start := len(dst)
	for _, e := range elements {
		text, ok := e.Text()
		if !ok {
			return dst[:start] // a list that is not all strings is of another shape
		}
		if text != "" {
			dst = append(dst, text)
		}
	}
	return dst
}

// appendScopes appends the scopes of a claim: a string split at spaces, or an
// array of strings.
func appendScopes(dst []string, v strictjson.Value) []string {
	text, ok := v.Text()
	if !ok {
		return appendList(dst, v)
	}
	for scope := range strings.SplitSeq(text, " ") {
		if scope != "" {
			dst = append(dst, scope)
		}
	}
	return dst
}

// check finds paths that could never match.
func (c ClaimNames) check(field string) error {
	for _, n := range []struct {
		field, name string
		path        []string
	}{
		{"Roles", c.Roles, c.RolesPath},
		{"Permissions", c.Permissions, c.PermissionsPath},
		{"Scopes", c.Scopes, c.ScopesPath},
		{"Organization", c.Organization, c.OrganizationPath},
		{"AuthorizedParty", c.AuthorizedParty, c.AuthorizedPartyPath},
	} {
		if n.name != "" && len(n.path) > 0 {
			return configError(field+"."+n.field, "and %sPath are both set: keep one of them", n.field)
		}
		if n.name != "" {
			if err := settings.ClaimName(n.name); err != nil {
				return configError(field+"."+n.field, "%w", err)
			}
		}
		if slices.Contains(n.path, "") {
			return configError(field+"."+n.field+"Path", "has an empty segment: remove it")
		}
		for i, segment := range n.path {
			if err := settings.Text(segment); err != nil {
				return configError(fmt.Sprintf("%s.%sPath[%d]", field, n.field, i), "%w", err)
			}
		}
	}
	if c.RoleKey != "" {
		if err := settings.Text(c.RoleKey); err != nil {
			return configError(field+".RoleKey", "%w", err)
		}
	}
	if c.RoleNames && c.RoleKey != "" {
		return configError(field+".RoleNames", "contradicts RoleKey: the roles claim is an object or an array of objects")
	}
	return nil
}

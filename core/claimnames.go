package core

import (
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// ClaimNames says in which claims an issuer puts rights. A name is looked for
// as an exact top-level member first ("https://app.example/roles"), then split
// at its dots and followed downwards ("realm_access.roles"). Use the Path
// fields where a segment itself contains dots; they win over the name.
//
// A claim grants what it lists as a string split at spaces (U+0020 alone) or
// as an array of strings. Anything else grants nothing.
type ClaimNames struct {
	Roles       string // default "roles"
	Permissions string // default "permissions"
	Scopes      string // default "scope", and "scp" when there is no "scope"

	// Organization names the claim that holds the id of the active organization;
	// default "org_id". Anything but a string is none.
	Organization string

	RolesPath, PermissionsPath, ScopesPath, OrganizationPath []string
}

// claimPath is a ClaimNames entry made ready.
type claimPath struct {
	name string   // tried first, as a whole
	path []string // then from here downwards
}

// rightsPaths are the places of one issuer.
type rightsPaths struct {
	roles, permissions, scopes, organization []claimPath
}

func (c ClaimNames) paths() rightsPaths {
	return rightsPaths{
		roles:        claimPaths(c.RolesPath, c.Roles, "roles"),
		permissions:  claimPaths(c.PermissionsPath, c.Permissions, "permissions"),
		scopes:       claimPaths(c.ScopesPath, c.Scopes, "scope", "scp"),
		organization: claimPaths(c.OrganizationPath, c.Organization, "org_id"),
	}
}

func claimPaths(path []string, name string, defaults ...string) []claimPath {
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

// find returns the claim at the first of the places that exists.
func find(members []strictjson.Member, places []claimPath) strictjson.Value {
	for i := range places {
		if name := places[i].name; name != "" {
			if v := member(members, name); v != "" {
				return v
			}
		}
		if v := follow(members, places[i].path); v != "" {
			return v
		}
	}
	return ""
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
	} {
		if n.name != "" && len(n.path) > 0 {
			return configError(field+"."+n.field, "and %sPath are both set: keep one of them", n.field)
		}
		if slices.Contains(n.path, "") {
			return configError(field+"."+n.field+"Path", "has an empty segment: remove it")
		}
	}
	return nil
}

package audit

import (
	"regexp"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
)

// security is what an operation or a route asks for.
type security struct {
	open         bool // everybody may call it
	optional     bool // but a token is looked at
	alternatives [][]string
	anyScopes    bool // what scopes are needed is not known
}

// String says it in words.
func (s security) String() string {
	switch {
	case s.optional:
		return "that a token is optional"
	case s.open:
		return "that everybody may call it"
	}
	return "that a token is needed"
}

func scopesText(alternatives [][]string) string {
	var parts []string
	for _, scopes := range alternatives {
		if len(scopes) == 0 {
			return "no scope"
		}
		parts = append(parts, "the scopes "+strings.Join(scopes, " "))
	}
	return strings.Join(parts, " or ")
}

func sameScopes(a, b [][]string) bool {
	key := func(list [][]string) []string {
		var keys []string
		for _, scopes := range list {
			keys = append(keys, strings.Join(slices.Sorted(slices.Values(scopes)), " "))
		}
		slices.Sort(keys)
		return slices.Compact(keys)
	}
	return slices.Equal(key(a), key(b))
}

// securityOf reads the security of an operation; without any, the document's holds
// (OpenAPI 3.1 section 4.8.10).
func (d *document) securityOf(operation *value) security {
	list := operation.get("security")
	if list == nil {
		list = d.root.get("security")
	}
	if list == nil || len(list.list) == 0 {
		return security{open: true}
	}
	var s security
	for _, requirement := range list.list {
		if len(requirement.members) == 0 {
			s.open = true
			continue
		}
		var scopes []string
		for _, m := range requirement.members {
			for _, scope := range m.list {
				scopes = append(scopes, scope.text)
			}
		}
		s.alternatives = append(s.alternatives, scopes)
	}
	s.optional = s.open && len(s.alternatives) > 0
	return s
}

// Requirements that are about scopes alone.
var (
	scopeName = `scope "((?:[^"\\]|\\.)*)"`
	allScopes = regexp.MustCompile(`^` + scopeName + `(?: and ` + scopeName + `)*$`)
	anyScope  = regexp.MustCompile(`^` + scopeName + `(?: or ` + scopeName + `)+$`)
	oneScope  = regexp.MustCompile(scopeName)
	policies  = regexp.MustCompile(`, ((?:"(?:[^"\\]|\\.)*"|[^,"])+)`)
)

// asked says what a route asks for. It reports false where that is not for a document
// to say.
func asked(access string) (security, bool) {
	switch {
	case access == authroutes.Public:
		return security{open: true}, true
	case access == authroutes.Optional:
		return security{open: true, optional: true, alternatives: [][]string{nil}}, true
	case access != authroutes.Token && !strings.HasPrefix(access, authroutes.Token+", "):
		return security{}, false
	}
	s := security{alternatives: [][]string{nil}}
	for _, policy := range policies.FindAllStringSubmatch(access, -1) {
		var scopes []string
		for _, m := range oneScope.FindAllStringSubmatch(policy[1], -1) {
			scopes = append(scopes, m[1])
		}
		switch {
		case allScopes.MatchString(policy[1]):
			for i := range s.alternatives {
				s.alternatives[i] = slices.Concat(s.alternatives[i], scopes)
			}
		case anyScope.MatchString(policy[1]):
			var all [][]string
			for _, before := range s.alternatives {
				for _, scope := range scopes {
					all = append(all, slices.Concat(before, []string{scope}))
				}
			}
			s.alternatives = all
		case len(scopes) > 0:
			s.anyScopes = true
		}
	}
	return s, true
}

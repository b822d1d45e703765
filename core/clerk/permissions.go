package clerk

import (
	"math/big"
	"slices"
	"strings"
)

// permissions returns the organization permissions that a token of version 2
// encodes: fea lists features with a scope, per the actions that the user may
// take in any feature, and fpm has a bit mask for each feature, bit 0 for the
// first action.
//
// Clerk's own SDKs disagree on which mask belongs to which feature. The
// documentation and the Go SDK count all features; the JavaScript SDK drops those
// of the user first. Where the two differ, only what both grant is granted.
func permissions(fea, per, fpm string) []string {
	if fea == "" || per == "" || fpm == "" {
		return nil
	}
	actions, masks := fields(per), fields(fpm)
	var slugs, documented, javascript []string // slugs and the two masks of each
	position := 0
	for i, element := range fields(fea) {
		scope, slug, ok := strings.Cut(element, ":")
		if !ok {
			return nil // the JavaScript SDK fails here, so both grant nothing
		}
		if !ofOrganization(scope) {
			continue
		}
		slugs = append(slugs, slug)
		documented, javascript = append(documented, at(masks, i)), append(javascript, at(masks, position))
		position++
	}
	granted := expand(slugs, documented, actions)
	if slices.Equal(documented, javascript) {
		return granted
	}
	both := make(map[string]bool)
	for _, p := range expand(slugs, javascript, actions) {
		both[p] = true
	}
	return slices.DeleteFunc(granted, func(p string) bool { return !both[p] })
}

// expand lists the permissions of the features under their masks. A mask that is
// missing or malformed grants nothing, nor do bits beyond the actions.
func expand(slugs, masks, actions []string) []string {
	var granted []string
	for i, slug := range slugs {
		mask, ok := parseMask(masks[i])
		if !ok {
			continue
		}
		for j, action := range actions {
			if mask.Bit(j) == 1 {
				granted = append(granted, "org:"+slug+":"+action)
			}
		}
	}
	return granted
}

// parseMask reads a number without sign. It has as many bits as there are actions,
// so it may not fit into 64.
func parseMask(s string) (*big.Int, bool) {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		return nil, false
	}
	return new(big.Int).SetString(s, 10)
}

// at returns the i-th entry of list, or "".
func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// fields splits a list at commas and trims its elements.
func fields(list string) []string {
	elements := strings.Split(list, ",")
	for i := range elements {
		elements[i] = strings.TrimSpace(elements[i])
	}
	return elements
}

func ofOrganization(scope string) bool { return scope == "o" || scope == "ou" || scope == "uo" }

func ofUser(scope string) bool { return scope == "u" || scope == "ou" || scope == "uo" }

// parseGrants reads a list of scope:slug. It returns no grants at all when an
// element has no scope.
func parseGrants(list string) Grants {
	var g Grants
	if list == "" {
		return g
	}
	for _, element := range fields(list) {
		scope, slug, ok := strings.Cut(element, ":")
		if !ok {
			return Grants{}
		}
		if ofOrganization(scope) {
			g.Organization = append(g.Organization, slug)
		}
		if ofUser(scope) {
			g.User = append(g.User, slug)
		}
	}
	return g
}

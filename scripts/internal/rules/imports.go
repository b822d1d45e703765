package rules

import (
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
	"github.com/authkeel/authkeel/scripts/internal/workspace"
)

// mayImport says which of our packages a package below core may import in its
// own code, both named by their folder; a name that ends in /... stands for
// that folder and all below it. A package that imports ours and is not here is
// reported, so that it gets its line.
var mayImport = map[string][]string{
	"core":                         {"core/jwks", "core/internal/..."},
	"core/jwks":                    {"core/internal/keyid", "core/internal/strictjson"},
	"core/store":                   {},
	"core/store/storetest":         {"core/store"},
	"core/clerk":                   {"core", "core/jwks", "core/store", "core/webhook", "core/clerk/...", "core/internal/..."},
	"core/clerk/clerkapi":          {"core", "core/clerk/internal/..."},
	"core/clerk/internal/settings": {},
	"core/webhook":                 {"core", "core/store"},
	"core/ratelimit":               {"core", "core/jwks", "core/store", "core/internal/..."},
	"core/graphqlauth":             {"core", "core/jwks", "core/store", "core/internal/..."},
	"core/devissuer":               {},                 // it tries what core decides, and must not share its mistakes
	"core/devissuer/devclerk":      {"core/devissuer"}, // likewise: nothing of core/clerk
	"core/authtest":                {"core/..."},
	"core/authtest/adaptertest":    {"core/..."},
	"core/internal/forge":          {"core/devissuer"}, // for tests alone, so it may import what the tests import
	"core/redisstore":              {"core", "core/store"},
	"core/otelauth":                {"core", "core/jwks"},
}

// testPackages are made for tests and may import testing.
var testPackages = []string{"core/authtest", "core/authtest/adaptertest", "core/store/storetest"}

func (c *checker) imports(s source) {
	for _, spec := range s.syntax.Imports {
		p := imported(spec)
		ours, isOurs := strings.CutPrefix(p, workspace.Prefix)
		if p == "testing" || strings.HasPrefix(p, "testing/") {
			if !s.isTest && within(s.module.Folder, "core") && !slices.Contains(testPackages, s.folder) {
				c.problemAt(s, spec, "imports %s outside a test", p)
			}
		}
		if a, ok := adapters.In(s.module.Folder); ok {
			if !adapterMay(a, s.isTest, p) {
				c.problemAt(s, spec, "an adapter may not import %s%s", p, inTest(s))
			}
			continue
		}
		if !within(s.folder, "core") || !isOurs {
			continue
		}
		if s.isTest {
			if !within(ours, "core") {
				c.problemAt(s, spec, "core may not import %s, not even in a test", ours)
			}
			continue
		}
		allowed, known := rights(s.folder)
		if !known {
			c.problem(s.folder, "has no import rule; give it a line in mayImport")
		} else if !matches(allowed, ours) {
			c.problemAt(s, spec, "%s may not import %s", s.folder, ours)
		}
	}
}

// rights is what the package in folder may import. Internal packages serve the
// others and import each other at most.
func rights(folder string) (allowed []string, known bool) {
	allowed, known = mayImport[folder]
	if !known && within(folder, "core/internal") {
		return []string{"core/internal/..."}, true
	}
	return allowed, known
}

func matches(patterns []string, folder string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if dir, ok := strings.CutSuffix(p, "/..."); ok {
			return within(folder, dir)
		}
		return p == folder
	})
}

// adapterMay tells whether adapter a may import pkg: the standard library, the
// core that decides, and the framework it translates for.
func adapterMay(a adapters.Adapter, isTest bool, pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	if !strings.Contains(first, ".") {
		return isTest || first != "testing"
	}
	allowed := []string{"core", "core/ratelimit"}
	if isTest {
		// A test outside the package imports the adapter itself.
		allowed = append(allowed, "core/authtest", "core/authtest/adaptertest", "core/devissuer", "core/webhook", a.Folder)
	}
	if ours, ok := strings.CutPrefix(pkg, workspace.Prefix); ok {
		return slices.Contains(allowed, ours)
	}
	return within(pkg, a.Framework) && (isTest || !a.TestsOnly)
}

func inTest(s source) string {
	if s.isTest {
		return " in a test"
	}
	return ""
}

package treelint

import (
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// mayImport is the one place that says which packages of ours the code of a
// package below core may import, except its tests. Both are named by their
// folder; a name that ends in /... stands for that folder and all below it. An
// internal package without a line here may import other internal packages of
// core. A package that imports ours and has no line is reported.
var mayImport = map[string][]string{
	"core":                 {"core/adapter", "core/jwks", "core/settings", "core/internal/..."},
	"core/adapter":         {}, // adapter authors need no rule of core's
	"core/jwks":            {"core/settings", "core/internal/..."},
	"core/settings":        {},
	"core/providers":       {"core", "core/jwks", "core/settings"},
	"core/store":           {},
	"core/store/storetest": {"core/store"},
	"core/ratelimit":       {"core", "core/adapter", "core/jwks", "core/store", "core/internal/..."},
	"core/revocation":      {"core", "core/adapter", "core/jwks", "core/store", "core/internal/..."},
	"core/resource":        {"core", "core/adapter", "core/jwks", "core/store", "core/internal/..."},
	"core/graphqlauth":     {"core", "core/adapter", "core/jwks", "core/store", "core/internal/..."},
	"core/webhook":         {"core", "core/adapter", "core/jwks", "core/store", "core/internal/..."},
	"core/clerk": {"core", "core/adapter", "core/clerk/...", "core/jwks", "core/settings", "core/store", "core/webhook", "core/internal/...",
		"core/revocation"}, // its webhooks say which sessions have ended
	"core/clerk/clerkapi":               {"core", "core/settings", "core/clerk/internal/...", "core/internal/..."},
	"core/devissuer":                    {}, // it tests what core decides, so it must not share core's mistakes
	"core/devissuer/devclerk":           {"core/devissuer"},
	"core/authtest":                     {"core/..."},
	"core/authtest/adaptertest":         {"core/..."},
	"core/authtest/authroutes":          {},
	"core/authtest/internal/routetable": {"core/authtest/authroutes"},
	"core/internal/forge":               {"core/devissuer"}, // only tests import it
	"core/internal/journal":             {"core/store"},
	"core/redisstore":                   {"core", "core/store"},
	"core/otelauth":                     {"core", "core/jwks"},
}

// adapterMayImport lists the packages of ours that the code of an adapter may
// import, and adapterTestsMayImport those that its tests may import as well.
var (
	adapterMayImport      = []string{"core", "core/adapter", "core/ratelimit"}
	adapterTestsMayImport = []string{"core/authtest", "core/authtest/adaptertest", "core/clerk", "core/devissuer", "core/devissuer/devclerk", "core/webhook"}
)

// testPackages are made for tests and may import package testing.
var testPackages = []string{"core/authtest", "core/authtest/adaptertest", "core/internal/forge", "core/store/storetest"}

// notForTests are modules that no test may import: tests use the standard
// library. Code must not import them either.
var notForTests = []string{
	"github.com/stretchr/testify", "gotest.tools", "github.com/onsi", "github.com/google/go-cmp", "github.com/matryer/is", "github.com/pkg/errors",
}

func (c *checker) imports(s source) {
	for _, spec := range s.syntax.Imports {
		p := imported(spec)
		if slices.ContainsFunc(notForTests, func(m string) bool { return within(p, m) }) {
			c.problemAt(s, spec, "imports %s; tests and code use the standard library instead", p)
			continue
		}
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
		ours, isOurs := strings.CutPrefix(p, workspace.Prefix)
		if !within(s.folder, "core") || !isOurs {
			continue
		}
		if s.isTest {
			if !within(ours, "core") {
				c.problemAt(s, spec, "core may not import %s, not even in a test", ours)
			}
			continue
		}
		allowed, known := allowedImports(s.folder)
		if !known {
			c.problem(s.folder, "has no import rule; add a line to mayImport in scripts/dev/internal/treelint/imports.go")
		} else if !matches(allowed, ours) {
			c.problemAt(s, spec, "%s may not import %s", s.folder, ours)
		}
	}
}

// allowedImports returns the line of mayImport for the package in folder.
func allowedImports(folder string) (allowed []string, known bool) {
	allowed, known = mayImport[folder]
	if !known && strings.Contains(folder+"/", "/internal/") {
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
// packages of ours above, and its framework.
func adapterMay(a adapters.Adapter, isTest bool, pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	if !strings.Contains(first, ".") {
		return isTest || first != "testing"
	}
	if ours, ok := strings.CutPrefix(pkg, workspace.Prefix); ok {
		// A test outside the package imports the adapter itself.
		return slices.Contains(adapterMayImport, ours) || isTest && (ours == a.Folder || slices.Contains(adapterTestsMayImport, ours))
	}
	return within(pkg, a.Framework) && (isTest || !a.TestsOnly)
}

func inTest(s source) string {
	if s.isTest {
		return " in a test"
	}
	return ""
}

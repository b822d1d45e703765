package treelint

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/dev/internal/isolation"
	"github.com/authkeel/authkeel/scripts/dev/internal/modproxy"
	"github.com/authkeel/authkeel/scripts/dev/internal/testrepo"
	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// TestTree checks this tree. The go command caches its result while this module
// stays the same, even if others change: make check and make lint run the check
// directly.
func TestTree(t *testing.T) {
	root := os.Getenv(isolation.TreeVar) // in an isolated copy the tree is elsewhere
	if root == "" {
		var err error
		if root, err = workspace.Find("."); err != nil {
			t.Fatal(err)
		}
	}
	problems, err := Check(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// guide is the CONTRIBUTING.md of goodTree.
var guide = "A new adapter: `go.work`, `go test ./core/...`, `core`, `examples/one`, `scripts`, `" + strings.Join(folders(), "`, `") +
	"`, `core/internal/strictjson`, `core/jwks`, `core/store`, `core/store/storetest`, `core/clerk`, `core/devissuer`, `core/authtest`\n"

// goodTree is a made-up tree without a problem.
func goodTree() map[string]string {
	const ours = "github.com/authkeel/authkeel/"
	files := map[string]string{
		"LICENSE":                            "licence\n",
		".gitignore":                         "/.build/\n",
		"core/go.mod":                        "module " + ours + "core\n\ngo 1.25.0\n\nrequire github.com/golang-jwt/jwt/v5 v5.3.1\n",
		"core/core.go":                       "package core\n\nimport (\n\t_ \"" + ours + "core/internal/strictjson\"\n\t_ \"" + ours + "core/jwks\"\n)\n",
		"core/core_test.go":                  "package core\n\nimport _ \"" + ours + "core/authtest\"\n",
		"core/internal/strictjson/parse.go":  "package strictjson\n",
		"core/jwks/jwks.go":                  "package jwks\n\nimport _ \"" + ours + "core/internal/strictjson\"\n",
		"core/store/store.go":                "package store\n",
		"core/store/storetest/suite.go":      "package storetest\n\nimport (\n\t_ \"testing\"\n\n\t_ \"" + ours + "core/store\"\n)\n",
		"core/clerk/clerk.go":                "package clerk\n\nimport _ \"" + ours + "core\"\n",
		"core/devissuer/issuer.go":           "package devissuer\n\nimport _ \"net/http\"\n",
		"core/authtest/suite.go":             "package authtest\n\nimport (\n\t_ \"testing\"\n\n\t_ \"" + ours + "core/devissuer\"\n)\n",
		"examples/one/go.mod":                "module " + ours + "examples/one\n\ngo 1.26.0\n",
		"examples/one/main.go":               "package main\n\nfunc main() {}\n",
		"examples/one/README.md":             "one\n",
		"scripts/go.mod":                     "module " + ours + "scripts\n\ngo 1.25.0\n",
		"scripts/README.md":                  "scripts\n",
		"scripts/testdata/other/go.mod":      "module example.test/other\n",
		"scripts/testdata/other/unparsed.go": "not Go\n",
	}
	work, replace := "go 1.25.0\n\nuse (\n\t./core\n\t./examples/one\n\t./scripts\n", "\nreplace (\n"
	for _, a := range adapters.All {
		work += "\t./" + a.Folder + "\n"
		replace += "\t" + a.Path() + " " + modproxy.Release(a.Path()) + " => ./" + a.Folder + "\n"
		files[a.Folder+"/go.mod"] = "module " + a.Path() + "\n\ngo 1.25.0\n\nrequire (\n\t" + ours + "core v0.1.0\n\t" + a.Framework + " " + a.Floor + "\n)\n\nrequire golang.org/x/text v0.1.0 // indirect\n"
		files[a.Folder+"/go.sum"] = "golang.org/x/text v0.1.0 h1:AAAA\n"
		files[a.Folder+"/auth.go"] = "package " + a.Package() + "\n\nimport (\n\t\"net/http\"\n\n\t_ \"" + ours + "core\"\n\t_ \"" + ours + "core/ratelimit\"\n)\n\nvar _ http.Handler\n\nfunc RequireAuth() {}\n\nfunc helper() {}\n"
		files[a.Folder+"/auth_test.go"] = "package " + a.Package() + "_test\n\nimport (\n\t_ \"testing\"\n\n\t_ \"" + ours + "core/authtest\"\n\t_ \"" + ours + "core/webhook\"\n\t_ \"" + a.Path() + "\"\n\t_ \"" + a.Framework + "\"\n)\n\nconst status, header = 401, \"Authorization\"\n"
		if !a.TestsOnly {
			files[a.Folder+"/framework.go"] = "package " + a.Package() + "\n\nimport _ \"" + a.Framework + "/middleware\"\n"
		}
		for _, name := range a.Extra {
			files[a.Folder+"/"+name+".go"] = "package " + a.Package() + "\n\nfunc " + name + "() {}\n"
		}
	}
	files["CONTRIBUTING.md"] = guide
	files["go.work"] = work + ")\n" + replace + ")\n"
	for _, m := range append([]string{"core"}, folders()...) {
		files[m+"/LICENSE"], files[m+"/README.md"], files[m+"/CHANGELOG.md"] = "licence\n", m, m
	}
	return files
}

func folders() []string {
	var list []string
	for _, a := range adapters.All {
		list = append(list, a.Folder)
	}
	return list
}

func TestRules(t *testing.T) {
	const ours = "github.com/authkeel/authkeel/"
	coreMod := "module " + ours + "core\n\ngo 1.25.0\n\n"
	requireJWT := "require github.com/golang-jwt/jwt/v5 v5.3.1\n"
	exampleMod := "module " + ours + "examples/one\n\ngo 1.26.0\n\n"
	ginMod := func(framework, rest string) string {
		return "module " + ours + "ginauth\n\ngo 1.25.0\n\nrequire " + ours + "core v0.1.0\nrequire github.com/gin-gonic/gin " + framework + "\n" + rest
	}
	imports := func(pkg, path string) string { return "package " + pkg + "\n\nimport _ \"" + path + "\"\n" }
	gin := func(body string) string {
		return "package ginauth\n\nimport (\n\t\"net/http\"\n\n\tfw \"github.com/gin-gonic/gin\"\n)\n\n" + body + "\n"
	}
	benchMod := "module " + ours + "scripts/bench\n\ngo 1.25.0\n\nrequire (\n"
	for _, a := range adapters.All {
		benchMod += "\t" + a.Framework + " " + a.Newest + "\n"
	}
	benchMod += ")\n"
	playground := func(without string) string {
		text := "package main\n"
		for _, a := range adapters.All {
			if a.Folder != without {
				text += "\nimport _ \"" + a.Path() + "\"\n"
			}
		}
		return text
	}
	tests := []struct {
		name   string
		change map[string]string // "" removes the file
		want   []string
	}{
		{"a good tree", nil, nil},

		{"store imports ours", map[string]string{"core/store/x.go": imports("store", ours+"core/jwks")},
			[]string{"core/store/x.go:3: core/store may not import core/jwks"}},
		{"jwks imports core", map[string]string{"core/jwks/x.go": imports("jwks", ours+"core")},
			[]string{"core/jwks/x.go:3: core/jwks may not import core"}},
		{"core imports store", map[string]string{"core/x.go": imports("core", ours+"core/store")},
			[]string{"core/x.go:3: core may not import core/store"}},
		{"webhook imports clerk", map[string]string{"CONTRIBUTING.md": guide + "`core/webhook`", "core/webhook/x.go": imports("webhook", ours+"core/clerk")},
			[]string{"core/webhook/x.go:3: core/webhook may not import core/clerk"}},
		{"clerk imports webhook", map[string]string{"core/clerk/x.go": imports("clerk", ours+"core/webhook")}, nil},
		{"an internal package below another package", map[string]string{"CONTRIBUTING.md": guide + "`core/clerk/internal/x`", "core/clerk/internal/x/x.go": imports("x", ours+"core")},
			[]string{"core/clerk/internal/x/x.go:3: core/clerk/internal/x may not import core"}},
		{"devissuer imports core", map[string]string{"core/devissuer/x.go": imports("devissuer", ours+"core")},
			[]string{"core/devissuer/x.go:3: core/devissuer may not import core"}},
		{"devissuer imports testing", map[string]string{"core/devissuer/x.go": imports("devissuer", "testing")},
			[]string{"core/devissuer/x.go:3: imports testing outside a test"}},
		{"core imports testing/fstest", map[string]string{"core/x.go": imports("core", "testing/fstest")},
			[]string{"core/x.go:3: imports testing/fstest outside a test"}},
		{"internal imports core", map[string]string{"core/internal/strictjson/x.go": imports("strictjson", ours+"core")},
			[]string{"core/internal/strictjson/x.go:3: core/internal/strictjson may not import core"}},
		{"a package without a rule", map[string]string{"CONTRIBUTING.md": guide + "`core/new`", "core/new/x.go": imports("new", ours+"core")},
			[]string{"core/new: has no import rule; add a line to mayImport in scripts/dev/internal/treelint/imports.go"}},
		{"core's test imports an adapter", map[string]string{"core/x_test.go": imports("core", ours+"ginauth")},
			[]string{"core/x_test.go:3: core may not import ginauth, not even in a test"}},

		{"adapter imports clerk", map[string]string{"ginauth/x.go": imports("ginauth", ours+"core/clerk")},
			[]string{"ginauth/x.go:3: an adapter may not import " + ours + "core/clerk"}},
		{"adapter imports another framework", map[string]string{"ginauth/x.go": imports("ginauth", "github.com/labstack/echo/v4")},
			[]string{"ginauth/x.go:3: an adapter may not import github.com/labstack/echo/v4"}},
		{"adapter imports a namesake of its framework", map[string]string{"ginauth/x.go": imports("ginauth", "github.com/gin-gonic/gin-extra")},
			[]string{"ginauth/x.go:3: an adapter may not import github.com/gin-gonic/gin-extra"}},
		{"adapter imports authtest outside a test", map[string]string{"echoauth/x.go": imports("echoauth", ours+"core/authtest")},
			[]string{"echoauth/x.go:3: an adapter may not import " + ours + "core/authtest"}},
		{"adapter imports webhook outside a test", map[string]string{"fiberauth/x.go": imports("fiberauth", ours+"core/webhook")},
			[]string{"fiberauth/x.go:3: an adapter may not import " + ours + "core/webhook"}},
		{"adapter imports testing outside a test", map[string]string{"echoauth/x.go": imports("echoauth", "testing")},
			[]string{"echoauth/x.go:3: an adapter may not import testing"}},
		{"chiauth imports chi outside a test", map[string]string{"chiauth/x.go": imports("chiauth", "github.com/go-chi/chi/v5")},
			[]string{"chiauth/x.go:3: an adapter may not import github.com/go-chi/chi/v5"}},
		{"any test imports an assertion library", map[string]string{"examples/one/x_test.go": imports("main", "gotest.tools/v3/assert")},
			[]string{"examples/one/x_test.go:3: imports gotest.tools/v3/assert; tests and code use the standard library instead"}},
		{"adapter's test imports an assertion library", map[string]string{"ginauth/x_test.go": imports("ginauth", "github.com/stretchr/testify/require")},
			[]string{"ginauth/x_test.go:3: imports github.com/stretchr/testify/require; tests and code use the standard library instead"}},

		{"too much adapter", map[string]string{"ginauth/x.go": "package ginauth\n\n// no code\n\n" + strings.Repeat("var _ = 1\n", 150)},
			[]string{"ginauth: has 162 lines of code; an adapter has at most 150"}},
		{"just small enough", map[string]string{"ginauth/x.go": "package ginauth\n" + strings.Repeat("var _ = 1\n", 138)}, nil},
		{"a long raw string is code", map[string]string{"ginauth/x.go": "package ginauth\n\nconst s = `" + strings.Repeat("\n", 149) + "`\n"},
			[]string{"ginauth: has 162 lines of code; an adapter has at most 150"}},
		{"a name of its own", map[string]string{"ginauth/x.go": gin("func Special(http.Handler) {}\n\nfunc (t T) Method() {}\n\ntype T struct{ fw.Context }")},
			[]string{
				"chiauth: has no function Special, which ginauth has; adapters use the same words",
				"echoauth/v5: has no function Special, which ginauth has; adapters use the same words",
				"echoauth: has no function Special, which ginauth has; adapters use the same words",
				"fiberauth/v3: has no function Special, which ginauth has; adapters use the same words",
				"fiberauth: has no function Special, which ginauth has; adapters use the same words",
			}},
		{"a missing name", map[string]string{"chiauth/auth.go": "package chiauth\n"},
			[]string{"chiauth: has no function RequireAuth, which echoauth has; adapters use the same words",
				"chiauth: has no function RequireAuth, which echoauth/v5 has; adapters use the same words",
				"chiauth: has no function RequireAuth, which fiberauth has; adapters use the same words",
				"chiauth: has no function RequireAuth, which fiberauth/v3 has; adapters use the same words",
				"chiauth: has no function RequireAuth, which ginauth has; adapters use the same words"}},
		{"an adapter without code yet", map[string]string{"chiauth/auth.go": "", "chiauth/auth_test.go": ""}, nil},

		{"a status constant", map[string]string{"ginauth/x.go": gin("const _ = http.StatusUnauthorized")},
			[]string{"ginauth/x.go:9: names http.StatusUnauthorized; core chooses statuses and headers"}},
		{"a status in a function literal", map[string]string{"ginauth/x.go": gin("var _ = func() int { return http.StatusOK }")},
			[]string{"ginauth/x.go:9: names http.StatusOK; core chooses statuses and headers"}},
		{"a header constant of the framework", map[string]string{"ginauth/x.go": gin("const _ = fw.HeaderAuthorization")},
			[]string{"ginauth/x.go:9: names fw.HeaderAuthorization; core chooses statuses and headers"}},
		{"an error of the framework", map[string]string{"ginauth/x.go": gin("var _ = fw.ErrForbidden")},
			[]string{"ginauth/x.go:9: names fw.ErrForbidden; core chooses statuses and headers"}},
		{"a framework known by its own name", map[string]string{"echoauth/x.go": "package echoauth\n\nimport \"github.com/labstack/echo/v4\"\n\nvar _ = echo.ErrForbidden\n"},
			[]string{"echoauth/x.go:5: names echo.ErrForbidden; core chooses statuses and headers"}},
		{"a field called like a constant", map[string]string{"ginauth/x.go": gin("func status(r struct{ Status, StatusCode int }) int { return r.Status + r.StatusCode }")}, nil},
		{"a numeric status", map[string]string{"ginauth/x.go": gin("const _ = 0x191")},
			[]string{"ginauth/x.go:9: has the status code 0x191; core chooses statuses"}},
		{"numbers that are no status", map[string]string{"ginauth/x.go": gin("const _ = 99 + 600")}, nil},
		{"a header name", map[string]string{"ginauth/x.go": gin(`const _ = "authorization"`)},
			[]string{`ginauth/x.go:9: has the header name "authorization"; only core knows header and claim names`}},
		{"any header name", map[string]string{"ginauth/x.go": gin("const _ = `X-Request-Id`")},
			[]string{"ginauth/x.go:9: has the header name `X-Request-Id`; only core knows header and claim names"}},
		{"the type of a body", map[string]string{"ginauth/x.go": gin("const _ = \"Content-Type\" + fw.HeaderContentType")}, nil},
		{"a type of its own", map[string]string{"ginauth/x.go": gin(`const _ = "application/json; charset=utf-8"`)},
			[]string{`ginauth/x.go:9: has the header value "application/json; charset=utf-8"; only core knows header and claim names`}},
		{"a scheme", map[string]string{"ginauth/x.go": gin(`const _ = "Bearer "`)},
			[]string{`ginauth/x.go:9: has the header value "Bearer "; only core knows header and claim names`}},
		{"a claim name", map[string]string{"ginauth/x.go": gin(`const _ = "org_role"`)},
			[]string{`ginauth/x.go:9: has the claim name "org_role"; only core knows header and claim names`}},
		{"other text", map[string]string{"ginauth/x.go": gin(`const _ = "subject to change"`)}, nil},

		{"core requires more", map[string]string{"core/go.mod": coreMod + requireJWT + "require golang.org/x/sync v0.1.0 // indirect\n"},
			[]string{"core/go.mod: may not require golang.org/x/sync"}},
		{"core requires less", map[string]string{"core/go.mod": coreMod},
			[]string{"core/go.mod: does not require github.com/golang-jwt/jwt/v5"}},
		{"core asks for a newer Go", map[string]string{"core/go.mod": strings.Replace(coreMod, "1.25.0", "1.26.0", 1) + requireJWT},
			[]string{"core/go.mod: needs the line go 1.25.0"}},
		{"a module by another name", map[string]string{"core/go.mod": strings.Replace(coreMod, "keel/core", "keel/kern", 1) + requireJWT},
			[]string{"core/go.mod: the module is called " + ours + "kern; in this folder it has to be " + ours + "core"}},
		{"adapter above its floor", map[string]string{"ginauth/go.mod": ginMod("v1.12.0", "")},
			[]string{`ginauth/go.mod: requires github.com/gin-gonic/gin "v1.12.0"; the lowest supported release is v1.10.1`}},
		{"adapter requires a helper", map[string]string{"ginauth/go.mod": ginMod("v1.10.1", "require golang.org/x/sync v0.1.0\n")},
			[]string{"ginauth/go.mod: may not require golang.org/x/sync"}},
		{"replace", map[string]string{"examples/one/go.mod": exampleMod + "replace golang.org/x/sync => ../sync\n"},
			[]string{"examples/one/go.mod: has a replace, which has no effect for users; put it into go.work"}},
		{"toolchain", map[string]string{"examples/one/go.mod": exampleMod + "toolchain go1.26.8\n"},
			[]string{"examples/one/go.mod: has a toolchain line"}},
		{"pseudo-version", map[string]string{"examples/one/go.mod": exampleMod + "require " + ours + "core v0.0.0-20260101000000-0123456789ab\n"},
			[]string{"examples/one/go.mod: requires " + ours + "core at a pseudo-version"}},
		{"an example with two adapters", map[string]string{"examples/one/go.mod": exampleMod + "require (\n\t" + ours + "ginauth v0.1.0\n\t" + ours + "chiauth v0.1.0\n)\n"},
			[]string{"examples/one/go.mod: requires 2 adapters; an example shows one, or has its reason in manyAdapters of treelint"}},
		{"an adapter that the table lacks", map[string]string{
			"CONTRIBUTING.md": guide + "`newauth/v2`\n",
			"go.work":         goodTree()["go.work"] + "\nuse ./newauth/v2\n", "newauth/v2/go.mod": "module " + ours + "newauth/v2\n", "newauth/v2/README.md": "x",
			"newauth/v2/CHANGELOG.md": "x", "newauth/v2/LICENSE": "licence\n"},
			[]string{"newauth/v2/go.mod: is an adapter without a line in the table of scripts/internal/adapters"}},
		{"a module outside the workspace", map[string]string{"tools/go.mod": "module " + ours + "tools\n"},
			[]string{"tools/go.mod: no go.work uses this module"}},
		{"a place without an adapter", map[string]string{"go.work": strings.Replace(goodTree()["go.work"], "\t"+ours+"ginauth v0.1.0 => ./ginauth\n", "", 1)},
			[]string{"go.work: does not contain " + ours + "ginauth v, which the adapter ginauth needs"}},
		{"a folder without an adapter", map[string]string{"examples/playground/main.go": playground("ginauth"), "CONTRIBUTING.md": guide + "`examples/playground`\n"},
			[]string{"examples/playground: does not contain \"" + ours + "ginauth\", which the adapter ginauth needs"}},
		{"a place that CONTRIBUTING lacks", map[string]string{"examples/playground/main.go": playground("")},
			[]string{"CONTRIBUTING.md: does not name `examples/playground`, which a new adapter has to change"}},
		{"a map that lacks a package", map[string]string{"core/new/x.go": "package new\n"},
			[]string{"CONTRIBUTING.md: does not name the package `core/new`"}},
		{"a map that lacks a module", map[string]string{"CONTRIBUTING.md": strings.Replace(guide, "`scripts`", "", 1)},
			[]string{"CONTRIBUTING.md: does not name the module `scripts`"}},
		{"a map that names what is gone", map[string]string{"CONTRIBUTING.md": guide + "`core/gone`"},
			[]string{"CONTRIBUTING.md: names `core/gone`, which does not exist"}},
		{"old frameworks in the benchmarks", map[string]string{
			"go.work": goodTree()["go.work"] + "\nuse ./scripts/bench\n", "scripts/bench/README.md": "x", "CONTRIBUTING.md": guide + "`scripts/bench`\n",
			"scripts/bench/go.mod": strings.Replace(benchMod, "gin v1.12.0", "gin v1.10.1", 1)},
			[]string{`scripts/bench/go.mod: requires github.com/gin-gonic/gin "v1.10.1"; the newest release in the table of adapters is v1.12.0`}},
		{"a sibling's hash", map[string]string{"ginauth/go.sum": "golang.org/x/text v0.1.0 h1:AAAA\n" + ours + "core v0.1.0 h1:AAAA\n"},
			[]string{"ginauth/go.sum: has the hash of " + ours + "core; make tidy removes it"}},

		{"no README", map[string]string{"examples/one/README.md": ""}, []string{"examples/one: has no README.md"}},
		{"no CHANGELOG", map[string]string{"core/CHANGELOG.md": ""}, []string{"core: has no CHANGELOG.md"}},
		{"no LICENSE", map[string]string{"ginauth/LICENSE": ""}, []string{"ginauth: has no LICENSE"}},
		{"another LICENSE", map[string]string{"ginauth/LICENSE": "other\n"}, []string{"ginauth/LICENSE: is not the LICENSE at the root"}},
		{"a long file", map[string]string{"core/x.go": "package core\n" + strings.Repeat("\n", 300)},
			[]string{"core/x.go: has 301 lines; a file has at most 300"}},
		{"a long test and a long generated file", map[string]string{
			"core/x_test.go": "package core\n" + strings.Repeat("\n", 300),
			"core/x.go":      "// Code generated by hand. DO NOT EDIT.\n\npackage core\n" + strings.Repeat("\n", 300)}, nil},
		{"what git ignores", map[string]string{".build/go.mod": "module x\n", ".build/x.go": "not Go"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := goodTree()
			maps.Copy(files, tt.change)
			got, err := Check(testrepo.New(t, files))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got problems\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestCheckFails(t *testing.T) {
	for name, change := range map[string]map[string]string{
		"a file that is not Go": {"core/x.go": "package"},
		"a go.mod that is none": {"core/go.mod": "modul x\n"},
		"no go.work":            {"go.work": ""},
		"a missing module":      {"core/go.mod": ""},
	} {
		t.Run(name, func(t *testing.T) {
			files := goodTree()
			maps.Copy(files, change)
			if problems, err := Check(testrepo.New(t, files)); err == nil {
				t.Errorf("got no error and the problems %q", problems)
			}
		})
	}
}

package treelint

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

const (
	jwt       = "github.com/golang-jwt/jwt/v5"
	goRedis   = "github.com/redis/go-redis/v9"
	goVersion = "1.25.0" // the lowest Go for modules that users build into their programs
)

// module checks go.mod, go.sum and the files that every module needs.
func (c *checker) module(m workspace.Module, files []string) {
	goMod := path.Join(m.Folder, "go.mod")
	if want := workspace.Prefix + m.Folder; m.Path != want {
		c.problem(goMod, "the module is called %s; in this folder it has to be %s", m.Path, want)
	}
	if len(m.File.Replace) > 0 {
		c.problem(goMod, "has a replace, which has no effect for users; put it into go.work")
	}
	if m.File.Toolchain != nil {
		c.problem(goMod, "has a toolchain line")
	}
	for _, r := range m.File.Require {
		if strings.HasPrefix(r.Mod.Path, workspace.Prefix) && module.IsPseudoVersion(r.Mod.Version) {
			c.problem(goMod, "requires %s at a pseudo-version", r.Mod.Path)
		}
	}
	switch a, isAdapter := adapters.In(m.Folder); {
	case m.Folder == "core":
		c.requires(m, map[string]bool{jwt: true}, true)
		c.goDirective(m)
	case m.Folder == "core/redisstore":
		c.requires(m, map[string]bool{workspace.Prefix + "core": true, goRedis: true}, false)
		c.goDirective(m)
	case isAdapter:
		c.requires(m, map[string]bool{workspace.Prefix + "core": true, a.Framework: true}, false)
		c.goDirective(m)
		if v := m.Requires(a.Framework); v != a.Floor {
			c.problem(goMod, "requires %s %q; the lowest supported release is %s", a.Framework, v, a.Floor)
		}
	case looksLikeAdapter(m.Folder):
		c.problem(goMod, "is an adapter without a line in the table of scripts/internal/adapters")
	case m.Folder == "scripts/bench":
		c.newestFrameworks(m)
	case within(m.Folder, "examples"):
		c.oneAdapter(m)
	}
	c.goSum(m, files)
	c.published(m, files)
}

// looksLikeAdapter tells whether folder has the name of an adapter: something
// with auth at its end in the root, or a major version below it.
func looksLikeAdapter(folder string) bool {
	if dir, base := path.Split(folder); version.MatchString(base) {
		folder = strings.TrimSuffix(dir, "/")
	}
	return !strings.Contains(folder, "/") && strings.HasSuffix(folder, "auth")
}

// manyAdapters are the examples that require several adapters, and why. The others
// are what users copy: they require exactly the adapter that they show.
var manyAdapters = map[string]string{
	"examples/apitests":   "its page is about the tests of all frameworks",
	"examples/cors":       "its page compares the order of middleware on all frameworks",
	"examples/graphql":    "the same schema runs on each framework, by a flag",
	"examples/migration":  "both majors of a framework run in one process",
	"examples/movingover": "its page has the library of each framework from which users come",
	"examples/playground": "its tour compares the answers of all frameworks",
	"examples/websocket":  "each framework hands over its connections in another way",
}

// oneAdapter checks that an example requires one adapter at most.
func (c *checker) oneAdapter(m workspace.Module) {
	required := 0
	for _, a := range adapters.All {
		if m.Requires(workspace.Prefix+a.Folder) != "" {
			required++
		}
	}
	if _, several := manyAdapters[m.Folder]; !several && required > 1 {
		c.problem(path.Join(m.Folder, "go.mod"), "requires %d adapters; an example shows one, or has its reason in manyAdapters of treelint", required)
	} else if several && required < 2 {
		c.problem(path.Join(m.Folder, "go.mod"), "requires %d adapters, but manyAdapters of treelint says that it needs several", required)
	}
}

// newestFrameworks checks that the benchmarks measure the newest release of each
// framework that the table of adapters names.
func (c *checker) newestFrameworks(m workspace.Module) {
	for _, a := range adapters.All {
		if v := m.Requires(a.Framework); v != a.Newest {
			c.problem(path.Join(m.Folder, "go.mod"), "requires %s %q; the newest release in the table of adapters is %s", a.Framework, v, a.Newest)
		}
	}
}

// requires compares the direct requirements of m with the wanted ones. If alone
// is set, m may not have indirect requirements either.
func (c *checker) requires(m workspace.Module, want map[string]bool, alone bool) {
	goMod := path.Join(m.Folder, "go.mod")
	for p := range want {
		if m.Requires(p) == "" {
			c.problem(goMod, "does not require %s", p)
		}
	}
	for _, r := range m.File.Require {
		if !want[r.Mod.Path] && (alone || !r.Indirect) {
			c.problem(goMod, "may not require %s", r.Mod.Path)
		}
	}
}

func (c *checker) goDirective(m workspace.Module) {
	if m.File.Go == nil || m.File.Go.Version != goVersion {
		c.problem(path.Join(m.Folder, "go.mod"), "needs the line go %s", goVersion)
	}
}

// goSum checks that the hashes of our own modules, which change with every edit,
// are not committed.
func (c *checker) goSum(m workspace.Module, files []string) {
	if !slices.Contains(files, "go.sum") {
		return
	}
	sum, err := os.ReadFile(filepath.Join(m.Dir, "go.sum"))
	if err != nil {
		c.problem(path.Join(m.Folder, "go.sum"), "%v", err)
	}
	for line := range strings.Lines(string(sum)) {
		if strings.HasPrefix(line, workspace.Prefix) {
			c.problem(path.Join(m.Folder, "go.sum"), "has the hash of %s; make tidy removes it", strings.Fields(line)[0])
		}
	}
}

// published checks the files that users expect in a module that they download.
func (c *checker) published(m workspace.Module, files []string) {
	want := []string{"README.md"}
	if !within(m.Folder, "examples") && !within(m.Folder, "scripts") {
		want = append(want, "LICENSE", "CHANGELOG.md")
	}
	for _, f := range want {
		if !slices.Contains(files, f) {
			c.problem(m.Folder, "has no %s", f)
		}
	}
	if !slices.Contains(files, "LICENSE") {
		return
	}
	ours, err := os.ReadFile(filepath.Join(m.Dir, "LICENSE"))
	root, rootErr := os.ReadFile(filepath.Join(c.ws.Root, "LICENSE"))
	if err != nil || rootErr != nil || !bytes.Equal(ours, root) {
		c.problem(path.Join(m.Folder, "LICENSE"), "is not the LICENSE at the root")
	}
}

package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// project is the user's module.
type project struct {
	dir string // with go.mod
	mod *modfile.File
}

// openProject reads the module in dir, or says where there is one.
func openProject(dir string) (*project, error) {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%s is not a folder", dir)
	}
	file := filepath.Join(dir, "go.mod")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noModule(dir)
	}
	if err != nil {
		return nil, err
	}
	mod, err := modfile.Parse(file, text, nil)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", file, err)
	}
	if mod.Module == nil {
		return nil, fmt.Errorf("%s names no module", file)
	}
	if err := vendored(dir); err != nil {
		return nil, err
	}
	return &project{dir, mod}, nil
}

// vendored is an error when the module, or the workspace that it is in, has a
// vendor folder, which adding a module would put out of step.
func vendored(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "vendor", "modules.txt")); err == nil {
		return fmt.Errorf("%s has vendored dependencies, which setup does not touch: move the folder vendor away, run setup again, then 'go mod vendor'", dir)
	}
	if os.Getenv("GOWORK") == "off" {
		return nil
	}
	up, err := filepath.Abs(dir)
	for err == nil {
		if _, missing := os.Stat(filepath.Join(up, "go.work")); missing == nil {
			if _, missing := os.Stat(filepath.Join(up, "vendor", "modules.txt")); missing == nil {
				return fmt.Errorf("the workspace in %s has vendored dependencies, which setup does not touch: move its folder vendor away, run setup again, then 'go work vendor'", up)
			}
			return nil
		}
		if up == filepath.Dir(up) {
			return nil
		}
		up = filepath.Dir(up)
	}
	return err
}

// noModule says where the module is instead: above, or below.
func noModule(dir string) error {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	for up := filepath.Dir(absolute); ; up = filepath.Dir(up) {
		if _, err := os.Stat(filepath.Join(up, "go.mod")); err == nil {
			return fmt.Errorf("%s is a part of the module in %s: give that path", dir, up)
		}
		if up == filepath.Dir(up) {
			break
		}
	}
	var below []string
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error { // what cannot be read has no module
		switch {
		case err != nil:
			return nil //nolint:nilerr // as said
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "vendor" || strings.HasPrefix(entry.Name(), ".")) && path != dir:
			return filepath.SkipDir
		case entry.Name() == "go.mod":
			below = append(below, filepath.Dir(path))
		}
		return nil
	})
	if len(below) > 0 {
		return fmt.Errorf("%s has no go.mod; there are modules in %s: give one of these paths", dir, strings.Join(below, ", "))
	}
	return fmt.Errorf("%s is not a Go module: it has no go.mod ('go mod init' makes one)", dir)
}

// required returns the version of a module that go.mod names, or "".
func (p *project) required(path string) string {
	for _, r := range p.mod.Require {
		if r.Mod.Path == path {
			return r.Mod.Version
		}
	}
	return ""
}

// check says why the framework cannot be set up here.
func (p *project) check(f framework) error {
	a := f.adapter()
	if v := p.required(a.Framework); v != "" {
		if semver.Compare(v, a.Floor) < 0 {
			return fmt.Errorf("go.mod has %s %s, and %s needs %s or newer: 'go get %s@latest' first", a.Framework, v, a.Folder, a.Floor, a.Framework)
		}
		return nil
	}
	// Another major, or another framework.
	base := strings.TrimSuffix(a.Framework, "/"+filepath.Base(a.Framework))
	for _, r := range p.mod.Require {
		if path := r.Mod.Path; path == base || strings.HasPrefix(path, base+"/v") || a.Folder == "ginauth" && strings.HasPrefix(path, a.Framework+"/") {
			return fmt.Errorf("go.mod has %s, and %s is for %s: there is no adapter for that major", path, a.Folder, a.Framework)
		}
	}
	for _, other := range adapters.All {
		if p.required(other.Framework) != "" {
			return fmt.Errorf("the project does not use %s but %s: run 'authkeel setup %s'", f.Name, other.Framework, strings.TrimSuffix(other.Folder, "auth"))
		}
	}
	return fmt.Errorf("go.mod does not name %s: add it first ('go get %s'), or run 'go mod tidy' if the code imports it", a.Framework, a.Framework)
}

// addAdapter has the go command add the adapter and core, and marks both as what
// the project's own code imports.
func (p *project) addAdapter(run func(args ...string) error, modules []string, version string) error {
	arguments := []string{"get"}
	for _, m := range modules {
		arguments = append(arguments, m+"@"+version)
	}
	if err := run(arguments...); err != nil {
		return err
	}
	file := filepath.Join(p.dir, "go.mod")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	mod, err := modfile.Parse(file, text, nil)
	if err != nil {
		return err
	}
	direct := make([]*modfile.Require, 0, len(mod.Require))
	for _, r := range mod.Require {
		direct = append(direct, &modfile.Require{Mod: r.Mod, Indirect: r.Indirect && !slices.Contains(modules, r.Mod.Path)})
	}
	mod.SetRequireSeparateIndirect(direct)
	mod.Cleanup()
	if text, err = mod.Format(); err != nil {
		return err
	}
	p.mod = mod
	return os.WriteFile(file, text, 0o644)
}

// goVersion is that of the go directive.
func (p *project) goVersion() string {
	if p.mod.Go == nil {
		return ""
	}
	return p.mod.Go.Version
}

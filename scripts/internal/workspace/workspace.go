// Package workspace reads the tree: which modules go.work names, what they
// require and which files they consist of.
package workspace

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// Prefix begins the path of every module of the tree.
const Prefix = "github.com/authkeel/authkeel/"

// apart lists the folders of modules that go.work leaves out. What they require
// for their own ends would raise the versions that all others are edited and
// tested with. Every other check holds for them too.
var apart = []string{"scripts/bench", "scripts/e2e/issuers"}

// Workspace is the tree below one go.work.
type Workspace struct {
	Root    string   // absolute
	Modules []Module // those apart from go.work too; a module stands after those it requires
}

// Module is one module that go.work uses.
type Module struct {
	Path   string        // module path
	Folder string        // relative to the root, with slashes
	Dir    string        // absolute
	GoMod  []byte        // go.mod as it is in the tree
	File   *modfile.File // GoMod, parsed
	Apart  bool          // go.work leaves it out
}

// Find returns the nearest folder at or above dir that holds a go.work.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "go.work")); err == nil {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("no go.work at or above %s", dir)
		}
	}
}

// Load reads go.work in root, the go.mod of every module it uses and those of
// the modules that the tree keeps apart from it.
func Load(root string) (*Workspace, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	name := filepath.Join(root, "go.work")
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	work, err := modfile.ParseWork(name, data, nil)
	if err != nil {
		return nil, err
	}
	ws := &Workspace{Root: root}
	for _, use := range work.Use {
		m, err := loadModule(root, path.Clean(filepath.ToSlash(use.Path)))
		if err != nil {
			return nil, err
		}
		ws.Modules = append(ws.Modules, m)
	}
	for _, folder := range apart {
		m, err := loadModule(root, folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another tree than this one
		}
		if err != nil {
			return nil, err
		}
		m.Apart = true
		ws.Modules = append(ws.Modules, m)
	}
	ws.sort()
	return ws, nil
}

func loadModule(root, folder string) (Module, error) {
	m := Module{Folder: folder, Dir: filepath.Join(root, filepath.FromSlash(folder))}
	name := filepath.Join(m.Dir, "go.mod")
	var err error
	if m.GoMod, err = os.ReadFile(name); err != nil {
		return Module{}, err
	}
	if m.File, err = modfile.Parse(name, m.GoMod, nil); err != nil {
		return Module{}, err
	}
	if m.File.Module == nil {
		return Module{}, fmt.Errorf("%s: no module line", name)
	}
	m.Path = m.File.Module.Mod.Path
	return m, nil
}

// sort puts requirements first, so that the first failure reported is nearest
// to its cause. Modules that do not depend on each other keep go.work's order.
func (ws *Workspace) sort() {
	var sorted []Module
	placed := make(map[string]bool)
	var place func(m Module)
	place = func(m Module) {
		if placed[m.Path] {
			return
		}
		placed[m.Path] = true
		for _, sibling := range ws.Modules {
			if m.Requires(sibling.Path) != "" {
				place(sibling)
			}
		}
		sorted = append(sorted, m)
	}
	for _, m := range ws.Modules {
		place(m)
	}
	ws.Modules = sorted
}

// Module returns the module with that path, and whether there is one.
func (ws *Workspace) Module(modpath string) (Module, bool) {
	for _, m := range ws.Modules {
		if m.Path == modpath {
			return m, true
		}
	}
	return Module{}, false
}

// Requires returns the version at which m requires modpath, or "".
func (m Module) Requires(modpath string) string {
	for _, r := range m.File.Require {
		if r.Mod.Path == modpath {
			return r.Mod.Version
		}
	}
	return ""
}

// Files lists what m consists of, relative to its folder, with slashes and
// sorted: what git tracks and what it would offer to add, without ignored
// files and without modules nested in m.
func (m Module) Files() ([]string, error) {
	files, err := Files(m.Dir)
	if err != nil {
		return nil, err
	}
	var nested []string
	for _, f := range files {
		if path.Base(f) == "go.mod" && f != "go.mod" {
			nested = append(nested, path.Dir(f)+"/")
		}
	}
	return slices.DeleteFunc(files, func(f string) bool {
		return slices.ContainsFunc(nested, func(dir string) bool { return strings.HasPrefix(f, dir) })
	}), nil
}

// HasGo tells whether m has any Go file, so that there is something to build.
func (m Module) HasGo() (bool, error) {
	files, err := m.Files()
	return slices.ContainsFunc(files, func(f string) bool { return path.Ext(f) == ".go" }), err
}

// Files lists the regular files in dir that git tracks or would offer to add,
// relative to dir, with slashes and sorted.
func Files(dir string) ([]string, error) {
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard") //nolint:noctx // answers at once
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(exit.Stderr))
		}
		return nil, fmt.Errorf("git ls-files in %s: %w", dir, err)
	}
	var files []string
	for f := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		// git also lists what was removed from the tree and not yet from the index.
		info, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(f)))
		if f != "" && err == nil && info.Mode().IsRegular() {
			files = append(files, f)
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

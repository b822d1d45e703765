// Package workspace reads the tree: its modules, their requirements and their
// files.
package workspace

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// Prefix begins the path of every module of the tree.
const Prefix = adapters.Prefix

// Workspace is the tree below the go.work at its root.
type Workspace struct {
	Root    string   // absolute
	Modules []Module // those of every go.work in the tree; a module stands after those that it requires
}

// Module is one module that a go.work of the tree uses.
type Module struct {
	Path   string        // module path
	Folder string        // relative to the root, with slashes
	Dir    string        // absolute
	GoMod  []byte        // go.mod as it is in the tree
	File   *modfile.File // GoMod, parsed
}

// Find returns the root of the tree that dir is in: the highest folder at or
// above dir with a go.work. A folder of the tree may have a go.work of its own.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	root := ""
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "go.work")); err == nil {
			root = d
		}
		if _, err := os.Stat(filepath.Join(d, ".git")); err == nil || d == filepath.Dir(d) {
			break
		}
	}
	if root == "" {
		return "", fmt.Errorf("no go.work at or above %s", dir)
	}
	return root, nil
}

// Load reads every go.work of the tree below root and the go.mod of every
// module that one of them uses.
func Load(root string) (*Workspace, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	works, err := workFiles(root)
	if err != nil {
		return nil, err
	}
	ws := &Workspace{Root: root}
	loaded := make(map[string]bool)
	for _, name := range works {
		file := filepath.Join(root, filepath.FromSlash(name))
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		work, err := modfile.ParseWork(file, data, nil)
		if err != nil {
			return nil, err
		}
		for _, use := range work.Use {
			folder := path.Join(path.Dir(name), filepath.ToSlash(use.Path))
			if loaded[folder] {
				continue
			}
			loaded[folder] = true
			m, err := loadModule(root, folder)
			if err != nil {
				return nil, err
			}
			ws.Modules = append(ws.Modules, m)
		}
	}
	ws.sort()
	return ws, nil
}

// workFiles lists the go.work files of the tree, that of the root first.
func workFiles(root string) ([]string, error) {
	files, err := Files(root)
	if err != nil {
		return nil, err
	}
	list := []string{"go.work"}
	for _, f := range files {
		if path.Base(f) == "go.work" && f != "go.work" && !InTestdata(f) {
			list = append(list, f)
		}
	}
	return list, nil
}

// InTestdata tells whether a file with that slash-separated name is test data,
// which is not part of any package or module of the tree.
func InTestdata(name string) bool { return slices.Contains(strings.Split(name, "/"), "testdata") }

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

// sort puts a module after those that it requires, so that the first failure
// reported is nearest to its cause. Modules that do not depend on each other keep go.work's order.
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

// Files lists the files of m, relative to its folder, with slashes and sorted:
// those that git tracks or would offer to add, without ignored files and without
// the files of modules nested in m.
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

package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// project is the user's module.
type project struct {
	dir  string   // that contains go.mod
	root *os.Root // the same, for everything that is read and written there
	mod  *modfile.File
}

// openProject reads the module in dir. Its error says where the module is, when it is
// not there. The caller has to close the project.
func openProject(dir string) (*project, error) {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no folder %s: give the path of the folder that holds go.mod", dir)
		}
		return nil, fmt.Errorf("%s is not a folder: give the path of the folder that holds go.mod", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	p := &project{dir: dir, root: root}
	if err := p.read(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return p, nil
}

func (p *project) close() { _ = p.root.Close() } // nothing is lost: it is only a handle on a folder

func (p *project) read() error {
	text, err := p.file("go.mod")
	if err != nil {
		return err
	}
	if text == nil {
		return noModule(p.dir)
	}
	if _, err := p.file("go.sum"); err != nil {
		return err
	}
	if p.mod, err = parseMod(text); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(p.dir, "go.mod"), err)
	}
	return vendored(p.dir)
}

// parseMod reads the text of a go.mod.
func parseMod(text []byte) (*modfile.File, error) {
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return nil, fmt.Errorf("the file is not valid: %w", err)
	}
	if mod.Module == nil {
		return nil, errors.New("the file has no module line")
	}
	return mod, nil
}

// file reads a file of the project, named with slashes. The result is nil when there
// is none. A symbolic link on the way is an error: setup reads and writes the
// project's own files and follows no link, not even one within the project.
func (p *project) file(name string) ([]byte, error) {
	for i := range name {
		if name[i] != '/' {
			continue
		}
		if err := p.noLink(name[:i]); err != nil {
			return nil, err
		}
	}
	if err := p.noLink(name); err != nil {
		return nil, err
	}
	text, err := p.root.ReadFile(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if text == nil && err == nil {
		text = []byte{}
	}
	return text, err
}

func (p *project) noLink(name string) error {
	info, err := p.root.Lstat(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		err = fmt.Errorf("%s is a symbolic link, and setup does not write through links: replace it by a file or folder of the project", filepath.Join(p.dir, filepath.FromSlash(name)))
	}
	return err
}

// write puts text into a file of the project, and makes its folder.
func (p *project) write(name string, text []byte) error {
	if err := p.root.MkdirAll(filepath.FromSlash(path.Dir(name)), 0o755); err != nil {
		return err
	}
	return p.root.WriteFile(filepath.FromSlash(name), text, 0o644)
}

// vendored is an error when the module, or the workspace that contains it, has a
// vendor folder. Adding a module would make that folder inconsistent.
func vendored(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "vendor", "modules.txt")); err == nil {
		return fmt.Errorf("%s has vendored dependencies, which setup does not change: move the folder vendor away, run setup again, then 'go mod vendor'", dir)
	}
	if os.Getenv("GOWORK") == "off" {
		return nil
	}
	up, err := filepath.Abs(dir)
	for err == nil {
		if _, missing := os.Stat(filepath.Join(up, "go.work")); missing == nil {
			if _, missing := os.Stat(filepath.Join(up, "vendor", "modules.txt")); missing == nil {
				return fmt.Errorf("the workspace in %s has vendored dependencies, which setup does not change: move its folder vendor away, run setup again, then 'go work vendor'", up)
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

// noModule says where a module is instead: above dir, or below it.
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
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error { // folders that cannot be read are left out
		switch {
		case err != nil:
			return nil //nolint:nilerr // as the comment above says
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

// required returns the version of a module that go.mod names, or an empty string.
func (p *project) required(path string) string {
	for _, r := range p.mod.Require {
		if r.Mod.Path == path {
			return r.Mod.Version
		}
	}
	return ""
}

// addAdapter adds the adapter and core with the go command, and marks both as direct
// requirements, because the generated package imports them.
func (p *project) addAdapter(run func(args ...string) error, modules []string, version string) error {
	arguments := []string{"get"}
	for _, m := range modules {
		arguments = append(arguments, m+"@"+versionFor(m, version))
	}
	if err := run(arguments...); err != nil {
		if version != "latest" {
			err = fmt.Errorf("%w\n--version %s: does this version exist? 'go list -m -versions %s' lists those that do", err, version, modules[0])
		}
		return err
	}
	text, err := p.file("go.mod")
	if err != nil {
		return err
	}
	if text, err = markDirect(text, modules); err != nil {
		return err
	}
	if p.mod, err = parseMod(text); err != nil {
		return err
	}
	return p.write("go.mod", text)
}

// versionFor is the version to ask for. A module with a major in its path, such as
// echoauth/v5, has versions of its own, so another major's version does not exist.
func versionFor(module, version string) string {
	suffix := path.Base(module)
	if len(suffix) < 2 || suffix[0] != 'v' || strings.Trim(suffix[1:], "0123456789") != "" || strings.HasPrefix(version, suffix+".") {
		return version
	}
	return "latest"
}

// markDirect removes the comment "// indirect" from the requirements of modules in
// the text of a go.mod, and keeps everything else.
func markDirect(text []byte, modules []string) ([]byte, error) {
	mod, err := parseMod(text)
	if err != nil {
		return nil, err
	}
	list := make([]*modfile.Require, 0, len(mod.Require))
	for _, r := range mod.Require {
		list = append(list, &modfile.Require{Mod: r.Mod, Indirect: r.Indirect && !slices.Contains(modules, r.Mod.Path)})
	}
	mod.SetRequireSeparateIndirect(list)
	mod.Cleanup()
	if text, err = mod.Format(); err != nil {
		return nil, err
	}
	// modfile accepts a few odd forms of blocks that it does not format back.
	_, err = parseMod(text)
	return text, err
}

// goVersion returns the version in the go directive, or an empty string.
func (p *project) goVersion() string {
	if p.mod.Go == nil {
		return ""
	}
	return p.mod.Go.Version
}

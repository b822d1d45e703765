package gosource

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// program is the source of a module, with the types of its expressions as far as they
// can be known without its dependencies.
type program struct {
	fset      *token.FileSet
	root      string // the folder of the module
	dir       string // the folder that the user named, in it
	module    string // the module's path
	folders   map[string]string
	packages  map[string]*types.Package
	files     map[string][]*ast.File // by import path
	order     []string               // import paths, sorted
	info      *types.Info
	functions map[*types.Func]*ast.FuncDecl
}

// load reads all packages of the module that contains dir. Source that does not
// parse, and source for other systems, is left out: it is not in the program.
func load(dir string) (*program, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	p := &program{
		fset: token.NewFileSet(), dir: absolute, folders: map[string]string{}, packages: map[string]*types.Package{}, files: map[string][]*ast.File{},
		functions: map[*types.Func]*ast.FuncDecl{},
		info: &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
			Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, Scopes: map[ast.Node]*types.Scope{},
		},
	}
	p.root, p.module = findModule(absolute)
	if err := filepath.WalkDir(p.root, p.visit); err != nil {
		return nil, err
	}
	for path := range p.folders {
		p.order = append(p.order, path)
	}
	slices.Sort(p.order)
	for _, path := range p.order {
		p.check(path)
	}
	for _, path := range p.order {
		for _, file := range p.files[path] {
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
					if object, ok := p.info.Defs[f.Name].(*types.Func); ok {
						p.functions[object] = f
					}
				}
			}
		}
	}
	return p, nil
}

// findModule returns the folder with the go.mod above dir, and the module's path. A
// folder outside of any module is taken for a module of its own.
func findModule(dir string) (root, module string) {
	for up := dir; ; up = filepath.Dir(up) {
		if text, err := os.ReadFile(filepath.Join(up, "go.mod")); err == nil {
			return up, modfile.ModulePath(text)
		}
		if up == filepath.Dir(up) {
			return dir, "main"
		}
	}
}

func (p *program) visit(folder string, entry fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	if !entry.IsDir() {
		return nil
	}
	name := entry.Name()
	if inside, err := filepath.Rel(folder, p.dir); folder != p.root && (err != nil || strings.HasPrefix(inside, "..")) { // not the user's folder, nor above it
		_, nested := os.Stat(filepath.Join(folder, "go.mod"))
		if name == "vendor" || name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || nested == nil {
			return filepath.SkipDir
		}
	}
	relative, err := filepath.Rel(p.root, folder)
	if err != nil {
		return err
	}
	p.folders[path.Join(p.module, filepath.ToSlash(relative))] = folder
	return nil
}

// parse reads the files of a package that belong to a build on this system.
func (p *program) parse(folder string) []*ast.File {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	var files []*ast.File
	for _, e := range entries {
		name := e.Name()
		if !e.Type().IsRegular() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if match, err := build.Default.MatchFile(folder, name); err != nil || !match {
			continue
		}
		file, err := parser.ParseFile(p.fset, filepath.Join(folder, name), nil, parser.SkipObjectResolution)
		if err != nil || len(files) > 0 && files[0].Name.Name != file.Name.Name {
			continue // it does not build, and the go command's message is better
		}
		files = append(files, file)
	}
	return files
}

// check finds the types of a package. Errors are ignored: what is missing has no type.
func (p *program) check(path string) *types.Package {
	if known, ok := p.packages[path]; ok {
		return known
	}
	p.packages[path] = nil // until it is done: imports in circles end
	files := p.parse(p.folders[path])
	p.files[path] = files
	p.packages[path] = p.typeCheck(path, files, p.info)
	return p.packages[path]
}

func (p *program) typeCheck(path string, files []*ast.File, info *types.Info) *types.Package {
	config := types.Config{Importer: importer{p}, Error: func(error) {}, FakeImportC: true, DisableUnusedImportCheck: true}
	checked, _ := config.Check(path, p.fset, files, info) // as above
	return checked
}

// importer finds the module's own packages, the declared frameworks, and an empty
// package for everything else.
type importer struct{ p *program }

func (i importer) Import(path string) (*types.Package, error) {
	p := i.p
	if known := p.packages[path]; known != nil {
		return known, nil
	}
	if _, own := p.folders[path]; own {
		if _, begun := p.packages[path]; !begun {
			return p.check(path), nil
		}
	}
	if s, ok := stubs[path]; ok {
		text, err := s.text()
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(p.fset, s.file+".txt", text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.packages[path] = p.typeCheck(path, []*ast.File{file}, nil)
		return p.packages[path], nil
	}
	empty := types.NewPackage(path, packageName(path))
	empty.MarkComplete()
	p.packages[path] = empty
	return empty, nil
}

// packageName guesses the name of a package from its import path.
func packageName(importPath string) string {
	name := path.Base(importPath)
	if len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
		name = path.Base(path.Dir(importPath))
	}
	name, _, _ = strings.Cut(name, ".v")
	name = strings.TrimSuffix(strings.TrimPrefix(name, "go-"), "-go")
	if i := strings.LastIndexByte(name, '-'); i >= 0 {
		name = name[i+1:]
	}
	return name
}

// local reports whether the package is in the folder that the user named.
func (p *program) local(importPath string) bool {
	relative, err := filepath.Rel(p.dir, p.folders[importPath])
	return err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator))
}

package gosource

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Source is the source of a project: the files of a build on this system, without
// tests, and the types in them as far as they can be known without the project's
// dependencies. The router types of the frameworks are known.
type Source struct {
	Files    *token.FileSet
	Info     *types.Info // with scopes
	Packages []Package   // sorted by path
}

// Package is a package of the project.
type Package struct {
	Path   string // import path
	Folder string
	Types  *types.Package
	Syntax []*ast.File
}

// Load reads all packages of the module that contains the folder dir. It runs nothing,
// and source that does not parse is left out.
func Load(dir string) (*Source, error) {
	p, err := load(dir)
	if err != nil {
		return nil, err
	}
	s := &Source{Files: p.fset, Info: p.info}
	for _, path := range p.order {
		if pkg := p.packages[path]; pkg != nil && len(p.files[path]) > 0 {
			s.Packages = append(s.Packages, Package{Path: path, Folder: p.folders[path], Types: pkg, Syntax: p.files[path]})
		}
	}
	return s, nil
}

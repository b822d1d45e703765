package gosource

import (
	"go/ast"
	"path/filepath"
	"slices"
)

// run walks the program: its main functions, and then what they may reach in ways
// that cannot be followed.
func (s *search) run(mains []*ast.FuncDecl) {
	var inits, all []*ast.FuncDecl
	s.each(func(_ string, f *ast.FuncDecl) {
		if f.Recv == nil && f.Name.Name == "init" {
			inits = append(inits, f)
		} else if len(mains) == 0 {
			all = append(all, f)
		}
	})
	if len(mains) > 0 {
		all = s.reachable(append(slices.Clone(mains), inits...))
	}
	for _, f := range append(inits, mains...) {
		if s.relevant[f] {
			s.enter(function{decl: f}, nil)
		}
	}
	s.literals()
	for f := s.next(all); f != nil; f = s.next(all) {
		s.enter(function{decl: f}, nil)
		s.entered[f] = true
		s.literals()
	}
}

// each calls do for every function of the program, in the order of the source.
func (s *search) each(do func(path string, f *ast.FuncDecl)) {
	for _, path := range s.order {
		for _, file := range s.files[path] {
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
					do(path, f)
				}
			}
		}
	}
}

// link finds the main functions in the user's folder, or the one of the package that
// the user named, and drops the packages that are not part of their programs. Without
// a main function, the packages in the user's folder are all that there is.
func (s *search) link(folder string, one bool) (mains []*ast.FuncDecl) {
	linked := map[string]bool{}
	s.each(func(path string, f *ast.FuncDecl) {
		if f.Recv != nil || f.Name.Name != "main" || s.packages[path] == nil || s.packages[path].Name() != "main" {
			return
		}
		if s.local(path) && (!one || filepath.Clean(s.folders[path]) == filepath.Clean(folder)) {
			mains = append(mains, f)
			s.follow(path, linked)
		}
	})
	if len(mains) == 0 {
		for _, path := range s.order {
			if s.local(path) {
				s.follow(path, linked)
			}
		}
	}
	s.order = slices.DeleteFunc(s.order, func(path string) bool { return !linked[path] })
	for f := range s.functions {
		if !linked[f.Pkg().Path()] {
			delete(s.functions, f)
		}
	}
	return mains
}

// follow adds a package and the packages of the module that it imports.
func (s *search) follow(path string, linked map[string]bool) {
	if _, own := s.folders[path]; !own || linked[path] {
		return
	}
	linked[path] = true
	if p := s.packages[path]; p != nil {
		for _, imported := range p.Imports() {
			s.follow(imported.Path(), linked)
		}
	}
}

// reachable are the functions that the program mentions, directly or not, in the order
// of the source.
func (s *search) reachable(from []*ast.FuncDecl) []*ast.FuncDecl {
	reached := map[*ast.FuncDecl]bool{}
	queue := from
	for _, start := range s.starts {
		for d := range s.mentions(start) {
			queue = append(queue, d)
		}
	}
	for len(queue) > 0 {
		d := queue[0]
		queue = queue[1:]
		if reached[d] {
			continue
		}
		reached[d] = true
		for other := range s.mentions(d) {
			queue = append(queue, other)
		}
	}
	var list []*ast.FuncDecl
	s.each(func(_ string, f *ast.FuncDecl) {
		if reached[f] {
			list = append(list, f)
		}
	})
	return list
}

// next is a function that touches routers and was not walked: one that no other such
// function mentions, if there is one, because that one would hand it its router.
func (s *search) next(all []*ast.FuncDecl) *ast.FuncDecl {
	var left []*ast.FuncDecl
	for _, f := range all {
		if s.relevant[f] && !s.entered[f] {
			left = append(left, f)
		}
	}
	mentioned := map[*ast.FuncDecl]bool{}
	for _, f := range left {
		for other := range s.mentions(f) {
			if other != f {
				mentioned[other] = true
			}
		}
	}
	for _, f := range left {
		if !mentioned[f] {
			return f
		}
	}
	if len(left) > 0 {
		return left[0]
	}
	return nil
}

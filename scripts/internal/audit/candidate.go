package audit

import (
	"go/ast"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var major = regexp.MustCompile(`^v[0-9]+$`)

// importsOf returns the imports of a file by the name that its code uses.
func importsOf(file *ast.File) map[string]string {
	imports := make(map[string]string)
	for _, spec := range file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(p)
		if major.MatchString(name) {
			name = path.Base(path.Dir(p))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imports[name] = p
	}
	return imports
}

// typeName returns the import path and name of a type that another package has.
func typeName(e ast.Expr, imports map[string]string) string {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if s, ok := e.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok && imports[x.Name] != "" {
			return imports[x.Name] + "." + s.Sel.Name
		}
	}
	return ""
}

// candidate returns the call of a function that makes a router, or nil.
func candidate(p *goPackage, file *ast.File, f *ast.FuncDecl) *target {
	imports := importsOf(file)
	t := &target{pkg: p, imports: map[string]string{}}
	var arguments []string
	for _, field := range f.Type.Params.List {
		argument := ""
		switch name := typeName(field.Type, imports); name {
		case "github.com/authkeel/authkeel/core.Authenticator":
			argument = "auth"
		case "context.Context":
			argument = "t.Context()"
		case echo4 + ".Echo", echo5 + ".Echo":
			argument, t.given, t.echo = "e", true, strings.TrimSuffix(name, ".Echo")
		default:
			return nil
		}
		for range max(1, len(field.Names)) {
			arguments = append(arguments, argument)
		}
	}
	t.describe(f, imports)
	if !t.given {
		if t.results == 0 {
			return nil
		}
		name := typeName(f.Type.Results.List[0].Type, imports)
		usesChi := slices.Contains(slices.Collect(maps.Values(imports)), "github.com/go-chi/chi/v5")
		if !routerTypes[name] && (name != "net/http.Handler" || !usesChi) {
			return nil
		}
	}
	t.uses = namesIn(f.Body)
	t.call = f.Name.Name + "(" + strings.Join(arguments, ", ") + ")"
	return t
}

// describe notes what the function returns.
func (t *target) describe(f *ast.FuncDecl, imports map[string]string) {
	if f.Type.Results == nil {
		return
	}
	for _, field := range f.Type.Results.List {
		t.results += max(1, len(field.Names))
	}
	last, ok := f.Type.Results.List[len(f.Type.Results.List)-1].Type.(*ast.Ident)
	t.fails = ok && last.Name == "error"
	switch typeName(f.Type.Results.List[0].Type, imports) {
	case echo4 + ".Echo":
		t.echo = echo4
	case echo5 + ".Echo":
		t.echo = echo5
	}
}

// namesIn returns the names that a body uses, of functions among others.
func namesIn(body ast.Node) []string {
	var names []string
	ast.Inspect(body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names = append(names, id.Name)
		}
		return true
	})
	return names
}

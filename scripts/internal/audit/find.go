package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// goPackage is what `go list` says of a package.
type goPackage struct {
	Name, ImportPath, Dir string
	GoFiles               []string
	files                 []*ast.File
}

// target is the call that makes the router.
type target struct {
	pkg     *goPackage
	call    string
	imports map[string]string // that the call needs, by name
	echo    string            // the import path of Echo, whose routes are recorded; "": another framework
	results int               // of the call
	fails   bool              // the last result is an error
	given   bool              // the Echo is an argument of the call
	uses    []string          // the names in the function
}

// routerTypes are the types that can be audited, by import path and name.
var routerTypes = map[string]bool{
	"github.com/gin-gonic/gin.Engine": true, "github.com/go-chi/chi/v5.Mux": true, "github.com/go-chi/chi/v5.Router": true,
	"github.com/gofiber/fiber/v2.App": true, "github.com/gofiber/fiber/v3.App": true,
	echo4 + ".Echo": true, echo5 + ".Echo": true,
}

const (
	echo4 = "github.com/labstack/echo/v4"
	echo5 = "github.com/labstack/echo/v5"
)

// findCall finds the call that makes the router: the one that is given, or the only
// function that returns a router and whose arguments are known.
func findCall(ctx context.Context, o *options) (*target, error) {
	pattern := "./..."
	if o.pkg != "" {
		pattern = o.pkg
	}
	packages, err := listPackages(ctx, o.project, pattern)
	if err != nil {
		return nil, err
	}
	if o.call != "" {
		return givenCall(o, packages)
	}
	var found []*target
	for _, p := range packages {
		for _, file := range p.files {
			for _, decl := range file.Decls {
				f, ok := decl.(*ast.FuncDecl)
				if !ok || f.Recv != nil || f.Type.TypeParams != nil || f.Body == nil {
					continue
				}
				if t := candidate(p, file, f); t != nil {
					found = append(found, t)
				}
			}
		}
	}
	found = outermost(found)
	switch len(found) {
	case 1:
		if t := found[0]; t.echo != "" && !o.allowHandlers && !t.given {
			return nil, ask("%s in %s returns an Echo whose routes are there already, and Echo does not let handlers be stopped then. "+
				"Move the lines that add routes to a function that takes the *echo.Echo; or add --allow-handlers, where it does no harm that handlers run with an empty request", t.call, t.pkg.ImportPath)
		}
		return found[0], nil
	case 0:
		return nil, ask("no function of the project returns a router and needs no more than a *core.Authenticator: give the call with --call, and its package with --package")
	}
	var names []string
	for _, t := range found {
		names = append(names, fmt.Sprintf("--package %s --call '%s'", t.pkg.ImportPath, t.call))
	}
	return nil, ask("several functions return a router; name one:\n  %s", strings.Join(names, "\n  "))
}

// outermost leaves out what makes a part of another one's router. A function that
// makes an Echo gives way to the one that adds its routes, which can be audited.
func outermost(found []*target) []*target {
	if slices.ContainsFunc(found, func(t *target) bool { return t.given }) {
		found = slices.DeleteFunc(found, func(t *target) bool { return t.echo != "" && !t.given })
	}
	var used []string
	for _, t := range found {
		used = append(used, t.uses...)
	}
	return slices.DeleteFunc(found, func(t *target) bool {
		name, _, _ := strings.Cut(t.call, "(")
		return slices.Contains(used, name)
	})
}

// listPackages returns the packages of a project with their syntax.
func listPackages(ctx context.Context, dir, pattern string) ([]*goPackage, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-e", "-json=Name,ImportPath,Dir,GoFiles", "--", pattern)
	cmd.Dir = dir
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list in %s: %w\n%s", dir, err, problems.String())
	}
	var packages []*goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(goPackage)
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			p.files = append(p.files, file)
		}
		if len(p.files) > 0 {
			packages = append(packages, p)
		}
	}
	if len(packages) == 0 {
		return nil, ask("%s has no Go package %s: the audit is for Go programs", dir, pattern)
	}
	return packages, nil
}

// givenCall reads the call that --call gives.
func givenCall(o *options, packages []*goPackage) (*target, error) {
	expression, err := parser.ParseExpr(o.call)
	if err != nil {
		return nil, ask("--call %s is not a Go expression: %v", o.call, err)
	}
	name := ""
	if call, ok := expression.(*ast.CallExpr); ok {
		if id, ok := call.Fun.(*ast.Ident); ok {
			name = id.Name
		}
	}
	t := &target{call: o.call, imports: map[string]string{}, results: 1}
	var at []*goPackage
	for _, p := range packages {
		if f, file := p.function(name); f != nil {
			at = append(at, p)
			t.results = 0
			t.describe(f, importsOf(file))
		}
	}
	switch {
	case len(at) == 1:
		t.pkg = at[0]
	case len(packages) == 1:
		t.pkg = packages[0]
	case len(at) > 1:
		return nil, ask("several packages have a function %s: name one with --package", name)
	default:
		return nil, ask("name the package in which %s is to be called with --package", o.call)
	}
	t.needs(expression)
	return t, nil
}

// function returns a function of the package and its file, or nil.
func (p *goPackage) function(name string) (*ast.FuncDecl, *ast.File) {
	for _, file := range p.files {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == name {
				return f, file
			}
		}
	}
	return nil, nil
}

// needs finds the imports for the names in an expression, among those of the
// package, and whether it takes the Echo that is audited.
func (t *target) needs(expression ast.Expr) {
	known := make(map[string]string)
	for _, file := range t.pkg.files {
		for name, p := range importsOf(file) {
			known[name] = p
			if p == echo4 || p == echo5 {
				known["e"] = p
			}
		}
	}
	ast.Inspect(expression, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name != "e" && known[x.Name] != "" {
				t.imports[x.Name] = known[x.Name]
			}
		case *ast.CallExpr:
			for _, a := range n.Args {
				if id, ok := a.(*ast.Ident); ok && id.Name == "e" {
					t.echo, t.given = known["e"], true
				}
			}
		}
		return true
	})
}

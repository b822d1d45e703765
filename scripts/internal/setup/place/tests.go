package place

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strings"
)

const testPath = corePath + "/authtest"

// testFiles finds the tests of the project that call a function which gets a parameter.
func (p *plan) testFiles(g *Guide) []File {
	if len(p.widened) == 0 {
		return nil
	}
	var files []File
	for _, pkg := range p.Packages {
		entries, err := os.ReadDir(pkg.Folder)
		if err != nil {
			continue // the project was read a moment ago; what is gone now has no tests
		}
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			file, err := parser.ParseFile(p.Files, filepath.Join(pkg.Folder, e.Name()), nil, parser.SkipObjectResolution)
			if err != nil {
				continue // the go command's message is better
			}
			if changes := p.testCalls(g, file, pkg.Path); len(changes) > 0 {
				files = append(files, p.edits(file, changes))
			}
		}
	}
	return files
}

// testCalls gives an authenticator to the calls in one file of tests.
func (p *plan) testCalls(g *Guide, file *ast.File, in string) []change {
	var changes []change
	names := map[string]string{} // import paths
	for _, spec := range file.Imports {
		name := path.Base(imported(spec))
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = imported(spec)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		for _, fr := range p.widened {
			if !p.isCallOf(fr, c, file, in, names) {
				continue
			}
			index, _, _ := newParameter(fr.typ.Params, "")
			t := testingName(file, c.Pos())
			argument := p.made("t")
			if taken, ok := names["authtest"]; t == "" || ok && taken != testPath || len(c.Args) < index || c.Ellipsis.IsValid() || fr.node.(*ast.FuncDecl).Recv != nil {
				g.Notes = append(g.Notes, fmt.Sprintf("%s calls %s, which gets the authenticator: hand it %s, of %s", p.at(c.Pos()), fr.name(), argument, testPath))
				continue
			}
			argument = p.made(t)
			change := change{file: file, where: "change", pos: c.Lparen + 1, text: argument}
			if names["authtest"] == "" {
				change.imports = [][2]string{{"authtest", testPath}}
			}
			switch {
			case len(c.Args) > index:
				change.pos, change.text = c.Args[index].Pos(), argument+", "
			case index > 0:
				change.pos, change.text = c.Args[index-1].End(), ", "+argument
			}
			changes = append(changes, change)
		}
		return true
	})
	return changes
}

// made is the expression that makes an authenticator in a test.
func (p *plan) made(t string) string {
	if p.want.Clerk {
		return "authtest.NewClerkAuthenticator(" + t + ", authtest.NewClerk(" + t + "))"
	}
	return "authtest.NewAuthenticator(" + t + ", authtest.NewIssuer(" + t + "))"
}

// isCallOf reports whether a call in a test of the package in is one of the function.
// Methods are told by their name.
func (p *plan) isCallOf(fr frame, c *ast.CallExpr, file *ast.File, in string, names map[string]string) bool {
	method := fr.node.(*ast.FuncDecl).Recv != nil
	switch e := c.Fun.(type) {
	case *ast.Ident:
		return !method && e.Name == fr.name() && in == fr.pkg.Path && file.Name.Name == fr.pkg.Types.Name()
	case *ast.SelectorExpr:
		id, ok := e.X.(*ast.Ident)
		if e.Sel.Name != fr.name() {
			return false
		}
		if method {
			return in == fr.pkg.Path
		}
		return ok && names[id.Name] == fr.pkg.Path
	}
	return false
}

// testingName is the name of the innermost parameter of a type of package testing
// around a position, or empty.
func testingName(file *ast.File, pos token.Pos) string {
	name := ""
	for _, n := range enclosing(file, pos, pos+1) {
		var list *ast.FieldList
		switch n := n.(type) {
		case *ast.FuncDecl:
			list = n.Type.Params
		case *ast.FuncLit:
			list = n.Type.Params
		default:
			continue
		}
		for _, field := range list.List {
			text := strings.TrimPrefix(exprText(field.Type), "*")
			if (text == "testing.T" || text == "testing.B" || text == "testing.TB" || text == "testing.F") && len(field.Names) == 1 && field.Names[0].Name != "_" {
				name = field.Names[0].Name
			}
		}
	}
	return name
}

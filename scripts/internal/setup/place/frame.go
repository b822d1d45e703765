package place

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"github.com/authkeel/authkeel/scripts/internal/check/gosource"
)

// frame is a function of the project: a declaration or a literal.
type frame struct {
	pkg  gosource.Package
	file *ast.File
	node ast.Node
	typ  *ast.FuncType
	body *ast.BlockStmt
	fn   *types.Func // nil for a literal
}

func (fr frame) name() string {
	if fr.fn == nil {
		return ""
	}
	return fr.fn.Name()
}

// home is the function in which a node is. Literals that register the routes of a
// group belong to the function around them. nested is true in one whose group has a
// path.
func (f *finder) home(pkg gosource.Package, file *ast.File, n ast.Node) (fr frame, nested bool) {
	path := enclosing(file, n.Pos(), n.End())
	for i, n := range slices.Backward(path) {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if fn, ok := f.Info.Defs[n.Name].(*types.Func); ok && n.Body != nil {
				return frame{pkg, file, n, n.Type, n.Body, fn}, nested
			}
			return frame{}, nested
		case *ast.FuncLit:
			around, ok := path[max(i-1, 0)].(*ast.CallExpr)
			if !ok || !slices.Contains(around.Args, ast.Expr(n)) || !f.onRouter(around) {
				return frame{pkg, file, n, n.Type, n.Body, nil}, nested
			}
			nested = nested || len(around.Args) > 1
		}
	}
	return frame{}, nested
}

// onRouter reports whether a call is one of a router's method.
func (f *finder) onRouter(c *ast.CallExpr) bool {
	s, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	return ok && f.extent(s.X) != none && registering.MatchString(s.Sel.Name)
}

// statement is the statement of the function's body that contains a position.
func (fr frame) statement(pos token.Pos) ast.Stmt {
	for _, s := range fr.body.List {
		if s.Pos() <= pos && pos < s.End() {
			return s
		}
	}
	return nil
}

// assigned is the variable or field to which the result of a call is assigned, in a
// statement of its own; nil when it is used otherwise.
func assigned(file *ast.File, c *ast.CallExpr) ast.Expr {
	path := enclosing(file, c.Pos(), c.End())
	for i := len(path) - 1; i > 1; i-- {
		if path[i] != ast.Node(c) {
			continue
		}
		a, ok := path[i-1].(*ast.AssignStmt)
		if !ok || len(a.Lhs) != 1 || len(a.Rhs) != 1 || !inBlock(path[i-2]) {
			return nil
		}
		if id, ok := a.Lhs[0].(*ast.Ident); ok && id.Name == "_" {
			return nil
		}
		return a.Lhs[0]
	}
	return nil
}

func inBlock(n ast.Node) bool {
	switch n.(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

// bare is the place of a router that gets no route in the function that makes it.
func (f *finder) bare(c creation) (spot, bool) {
	left := assigned(c.in.file, c.expr)
	if left == nil {
		return spot{}, false
	}
	text, passed := types.ExprString(left), false
	for _, s := range c.in.body.List {
		if s.Pos() <= c.expr.Pos() && c.expr.End() <= s.End() {
			passed = true
			continue
		}
		if passed && mentions(s, text) && !configures(s, text) {
			return spot{frame: c.in, use: left, first: s.Pos()}, true
		}
	}
	return spot{}, false
}

// mentions reports whether an expression with this text is in a statement.
func mentions(s ast.Stmt, text string) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok && types.ExprString(e) == text {
			found = true
		}
		return !found
	})
	return found
}

// configures reports whether a statement calls a method of the router that adds no
// route, such as Use, or sets a field of it.
func configures(s ast.Stmt, text string) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		if c, ok := s.X.(*ast.CallExpr); ok {
			if selector, ok := c.Fun.(*ast.SelectorExpr); ok {
				switch selector.Sel.Name {
				case "Use", "Pre", "NoRoute", "NoMethod", "NotFound", "MethodNotAllowed", "SetTrustedProxies", "SetHTMLTemplate", "LoadHTMLGlob", "LoadHTMLFiles", "SetFuncMap":
					return types.ExprString(selector.X) == text
				}
			}
		}
	case *ast.AssignStmt:
		for _, left := range s.Lhs {
			if selector, ok := left.(*ast.SelectorExpr); ok && types.ExprString(selector.X) == text {
				return true
			}
		}
	}
	return false
}

func itoa(n int) string { return strconv.Itoa(n) }

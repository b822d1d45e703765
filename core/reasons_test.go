package core

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/internal/jws"
)

// TestReasonsAreClosed: the list, the code and the page have the same reasons.
func TestReasonsAreClosed(t *testing.T) {
	page, err := os.ReadFile("REASONS.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[string]bool)
	for _, r := range Reasons() {
		if listed[r.Code] {
			t.Errorf("%s is listed twice", r.Code)
		}
		listed[r.Code] = true
		row := "| `" + r.Code + "` | " + r.Meaning + " | " + r.Remedy + " |"
		if !strings.Contains(string(page), row) {
			t.Errorf("REASONS.md has no row %s", row)
		}
	}
	if rows := strings.Count(string(page), "\n| `"); rows != len(listed) {
		t.Errorf("REASONS.md has %d rows for %d reasons", rows, len(listed))
	}
	used := reasonsInCode(t)
	for _, e := range []*jws.Error{jws.ErrSegments, jws.ErrEncrypted, jws.ErrBase64, jws.ErrSyntax, jws.ErrNotObject, jws.ErrTrailing, jws.ErrDuplicate,
		jws.ErrDepth, jws.ErrEncoding, jws.ErrNumber, jws.ErrKeyID, jws.ErrCritical, jws.ErrAlgorithm, jws.ErrType, jws.ErrClaimType} {
		used[e.Reason] = true
	}
	for code := range used {
		if !listed[code] {
			t.Errorf("%s is used and not listed", code)
		}
	}
	for code := range listed {
		if !used[code] {
			t.Errorf("%s is listed and nowhere used", code)
		}
	}
}

// reasonsInCode finds the values of Reason in composite literals, and the first
// arguments of unavailable.
func reasonsInCode(t *testing.T) map[string]bool {
	t.Helper()
	used := make(map[string]bool)
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if code, err := strconv.Unquote(lit.Value); err == nil {
				used[code] = true
			}
		}
	}
	packages, err := parser.ParseDir(token.NewFileSet(), ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0) //nolint:staticcheck // one folder without build tags
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(packages["core"], func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if name, ok := n.Key.(*ast.Ident); ok && name.Name == "Reason" {
				add(n.Value)
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "unavailable" {
				add(n.Args[0])
			}
		}
		return true
	})
	return used
}

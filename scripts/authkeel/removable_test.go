package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// removable is a check in the source of an example.
type removable struct {
	label string // file, line and column
	path  string // of the route or group that the check is mounted on; "": it is not in the statement

	from, to int // in the file
}

// adapterPath is the import path of an adapter.
var adapterPath = regexp.MustCompile(`^github\.com/authkeel/authkeel/(?:gin|echo|fiber|chi)auth(?:/v[0-9]+)?$`)

// changedPackage is a package whose checks can be removed when it runs.
type changedPackage struct {
	checks []removable
	files  map[string]string // what stands for a file of the package, by its name
}

// makeRemovable puts a function around each check in a copy of the code of a package:
// around the calls that make middleware, and around the uses of variables that hold it.
func makeRemovable(t *testing.T, pkg string) changedPackage {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(pkg, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	changed, dir := changedPackage{files: make(map[string]string)}, t.TempDir()
	put := func(name, text string) {
		t.Helper()
		place := filepath.Join(dir, name)
		if err := os.WriteFile(place, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		changed.files[filepath.Join(pkg, name)] = place
	}
	for _, file := range names {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, set := readFile(t, file), token.NewFileSet()
		syntax, err := parser.ParseFile(set, filepath.Base(file), text, 0)
		if err != nil {
			t.Fatal(err)
		}
		checks := findChecks(set, syntax)
		if len(checks) == 0 {
			continue
		}
		slices.SortFunc(checks, func(a, b removable) int { return cmp.Compare(b.from, a.from) })
		for _, c := range checks { // from the end, so that places stay right
			text = text[:c.from] + fmt.Sprintf("authkeelRemovable(%q, ", c.label) + text[c.from:c.to] + ")" + text[c.to:]
		}
		put(filepath.Base(file), text)
		put("authkeel_removable.go", "package "+syntax.Name.Name+removableHelper)
		changed.checks = append(changed.checks, checks...)
	}
	return changed
}

// findChecks returns the checks of a file.
func findChecks(set *token.FileSet, file *ast.File) []removable {
	adapters := make(map[string]bool) // by the name that the file has for them
	for _, spec := range file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !adapterPath.MatchString(p) {
			continue
		}
		name := path.Base(p)
		if strings.HasPrefix(name, "v") {
			name = path.Base(path.Dir(p))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		adapters[name] = true
	}
	var checks []removable
	shadows := shadowsIn(file)
	var stack []ast.Node
	made := make(map[string]bool) // variables of the function that hold middleware
	defined := make(map[*ast.Ident]bool)
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		stack = append(stack, n)
		if isCheckCall(n, adapters) && !watchesOnly(n.(*ast.CallExpr), shadows) {
			checks = append(checks, newRemovable(set, n, stack))
			if assign, ok := stack[len(stack)-2].(*ast.AssignStmt); ok && len(assign.Lhs) == 1 {
				if id, ok := assign.Lhs[0].(*ast.Ident); ok {
					made[id.Name], defined[id] = true, true
				}
			}
		}
		if _, ok := n.(*ast.FuncDecl); ok {
			clear(made)
		}
		if id, ok := n.(*ast.Ident); ok && made[id.Name] && !defined[id] {
			checks = append(checks, newRemovable(set, n, stack))
		}
		return true
	})
	return checks
}

// isCheckCall reports whether n makes middleware that checks something.
func isCheckCall(n ast.Node, adapters map[string]bool) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := f.X.(*ast.Ident)
	return ok && adapters[x.Name] && (strings.HasPrefix(f.Sel.Name, "Require") || f.Sel.Name == "OptionalAuth")
}

// shadowsIn returns the variables of a file that hold an Authenticator of core.Shadow or
// core.ShadowFunc.
func shadowsIn(file *ast.File) map[string]bool {
	shadows := make(map[string]bool)
	ast.Inspect(file, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 {
			return true
		}
		call, ok := assign.Rhs[0].(*ast.CallExpr)
		if !ok {
			return true
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if name, isName := assign.Lhs[0].(*ast.Ident); ok && isName && (f.Sel.Name == "Shadow" || f.Sel.Name == "ShadowFunc") {
			shadows[name.Name] = true
		}
		return true
	})
	return shadows
}

// watchesOnly reports whether middleware has a shadow, which lets every request go on:
// the audit calls its routes public, and would say the same without it.
func watchesOnly(check *ast.CallExpr, shadows map[string]bool) bool {
	if len(check.Args) == 0 {
		return false
	}
	name, ok := check.Args[0].(*ast.Ident)
	return ok && shadows[name.Name]
}

func newRemovable(set *token.FileSet, n ast.Node, stack []ast.Node) removable {
	at := set.Position(n.Pos())
	return removable{label: at.String(), path: pathIn(stack), from: at.Offset, to: set.Position(n.End()).Offset}
}

// pathIn returns the path in the statement around a check.
func pathIn(stack []ast.Node) (found string) {
	for _, n := range slices.Backward(stack) {
		statement, ok := n.(ast.Stmt)
		if !ok {
			continue
		}
		ast.Inspect(statement, func(n ast.Node) bool {
			if _, inner := n.(*ast.FuncLit); inner {
				return false
			}
			if s, ok := n.(*ast.BasicLit); ok && s.Kind == token.STRING && found == "" {
				if text, err := strconv.Unquote(s.Value); err == nil && strings.HasPrefix(text, "/") && text != "/" {
					found = text
				}
			}
			return true
		})
		break
	}
	return found
}

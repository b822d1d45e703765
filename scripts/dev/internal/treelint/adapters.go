package treelint

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// maxAdapterLines is the limit on lines of code: a longer adapter does more than
// translate.
const maxAdapterLines = 150

// adapters checks that the adapters are small, export the same functions and make no decision.
func (c *checker) adapters(sources []source) {
	exported := make(map[string][]string) // by adapter
	lines := make(map[string]int)
	for _, s := range sources {
		a, ok := adapters.In(s.module.Folder)
		if !ok || s.isTest {
			continue
		}
		lines[a.Folder] += codeLines(s.text)
		exported[a.Folder] = append(exported[a.Folder], exportedFuncs(s.syntax)...)
		c.decisions(s, a)
	}
	for folder, n := range lines {
		if n > maxAdapterLines {
			c.problem(folder, "has %d lines of code; an adapter has at most %d", n, maxAdapterLines)
		}
	}
	c.sameNames(exported)
}

// sameNames checks that every adapter exports the same functions.
func (c *checker) sameNames(exported map[string][]string) {
	for one, names := range exported {
		for other, theirs := range exported {
			a, _ := adapters.In(other)
			for _, name := range theirs {
				if !slices.Contains(a.Extra, name) && !slices.Contains(names, name) {
					c.problem(one, "has no function %s, which %s has; adapters use the same words", name, other)
				}
			}
		}
	}
}

func exportedFuncs(f *ast.File) []string {
	var names []string
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.IsExported() {
			names = append(names, fn.Name.Name)
		}
	}
	return names
}

// codeLines counts the lines that hold more than white space and comments.
func codeLines(text []byte) int {
	fset := token.NewFileSet()
	file := fset.AddFile("", fset.Base(), len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, 0)
	lines := make(map[int]bool)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return len(lines)
		}
		if tok == token.SEMICOLON && lit == "\n" {
			continue
		}
		first := file.Line(pos)
		for i := range 1 + strings.Count(lit, "\n") { // a raw string may have several lines
			lines[first+i] = true
		}
	}
}

// decisions reports what only core decides about: status codes, header names and
// claim names.
func (c *checker) decisions(s source, a adapters.Adapter) {
	packages := packageNames(s.syntax)
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if !ok {
				return true
			}
			pkg, ok := packages[x.Name]
			name := n.Sel.Name
			if ok && name != contentTypeConstant && (constant.MatchString(name) || within(pkg, a.Framework) && frameworkError.MatchString(name)) {
				c.problemAt(s, n, "names %s.%s; core chooses statuses and headers", x.Name, name)
			}
		case *ast.BasicLit:
			c.literal(s, n)
		}
		return true
	})
}

var (
	constant       = regexp.MustCompile(`^(Status|Header|MIME)[A-Z]`)
	frameworkError = regexp.MustCompile(`^Err[A-Z]`)                                // each stands for one status
	headerShape    = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*(-[A-Z][A-Za-z0-9]*)+$`) // Retry-After
)

// contentType is the one header that an adapter may name, because some
// frameworks have no other way to set the type of a body. Its value is core's.
const (
	contentType         = "Content-Type"
	contentTypeConstant = "HeaderContentType" // Echo, Fiber
)

// words are the string literals, in lower case, that an adapter may not have.
var words = map[string]string{
	"authorization": "header name", "www-authenticate": "header name", "proxy-authorization": "header name",
	"cookie": "header name", "set-cookie": "header name", "origin": "header name", "host": "header name",
	"forwarded": "header name", "x-forwarded-for": "header name", "sec-fetch-site": "header name",
	"sec-websocket-protocol": "header name", "cache-control": "header name",
	"retry-after": "header name", "ratelimit": "header name", "ratelimit-policy": "header name",
	"dpop": "header name", "dpop-nonce": "header name", "vary": "header name", "upgrade": "header name",
	"bearer": "header value", "application/json": "header value", "no-store": "header value",
	"iss": "claim name", "sub": "claim name", "aud": "claim name", "exp": "claim name", "nbf": "claim name",
	"iat": "claim name", "jti": "claim name", "azp": "claim name", "sid": "claim name", "act": "claim name",
	"cnf": "claim name", "client_id": "claim name", "scope": "claim name", "scp": "claim name",
	"role": "claim name", "roles": "claim name", "permissions": "claim name", "org_id": "claim name",
	"org_role": "claim name", "org_slug": "claim name", "org_permissions": "claim name",
}

func (c *checker) literal(s source, lit *ast.BasicLit) {
	switch lit.Kind {
	case token.INT:
		if n, err := strconv.ParseInt(lit.Value, 0, 64); err == nil && n >= 100 && n <= 599 {
			c.problemAt(s, lit, "has the status code %s; core chooses statuses", lit.Value)
		}
	case token.STRING:
		text, err := strconv.Unquote(lit.Value)
		if err != nil {
			return
		}
		word := strings.ToLower(text)
		if i := strings.IndexAny(word, " ;,"); i >= 0 { // Bearer realm="api"
			word = word[:i]
		}
		kind := words[word]
		if kind == "" && headerShape.MatchString(text) && !strings.EqualFold(text, contentType) {
			kind = "header name"
		}
		if kind != "" {
			c.problemAt(s, lit, "has the %s %s; only core knows header and claim names", kind, lit.Value)
		}
	}
}

// packageNames maps the names that a file uses for its imports to their paths.
func packageNames(f *ast.File) map[string]string {
	names := make(map[string]string)
	for _, spec := range f.Imports {
		p := imported(spec)
		name := path.Base(p)
		if version.MatchString(name) {
			name = path.Base(path.Dir(p))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = p
	}
	return names
}

var version = regexp.MustCompile(`^v[0-9]+$`)

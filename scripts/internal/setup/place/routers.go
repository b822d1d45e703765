package place

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"

	"github.com/authkeel/authkeel/scripts/internal/check/gosource"
)

// How much of a router a type is.
type extent int

const (
	none  extent = iota
	part         // a group, which has a path already
	maybe        // the whole router, or a group
	whole
)

var extents = map[string]map[string]extent{
	"gin":   {"Engine": whole, "IRouter": maybe, "IRoutes": maybe, "RouterGroup": part},
	"echo":  {"Echo": whole, "Group": part},
	"fiber": {"App": whole, "Router": maybe, "Group": part},
	"chi":   {"Mux": whole, "Router": maybe},
}

// makers are the functions that make a router.
var makers = []string{"New", "Default", "NewRouter", "NewMux"}

// registering are the methods that add a route, beside Group, Route and Mount.
var registering = regexp.MustCompile(`^(?i:get|post|put|patch|delete|head|options|any|all|match|add|handle|handlefunc|method|methodfunc|static|staticfs|staticfile|file|connect|trace)$|^(Group|Route|Mount|Host)$`)

// extent says how much of a router of the wanted framework an expression is.
func (f *finder) extent(e ast.Expr) extent {
	t := f.Info.TypeOf(e)
	if t == nil {
		return none
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != f.want.Module {
		return none
	}
	return extents[f.want.Framework][named.Obj().Name()]
}

// spot is a place where middleware can be mounted.
type spot struct {
	frame frame
	group *ast.CallExpr // the call that makes the group; nil: there is none
	path  string        // of the group
	use   ast.Expr      // the router
	first token.Pos     // where its first route is registered
	score int
}

// The score of a group that is worth protecting, and of one that is worth a word.
const (
	leastUseful = 70
	leastOpen   = 30
)

var (
	apiPath     = regexp.MustCompile(`(?i)(^|/)(api|v[0-9]+)(/|$)`)
	publicWord  = regexp.MustCompile(`(?i)public|swagger|docs|health|static|assets|login|sign-?in|sign-?up|webhook|metrics|ping|debug|oauth|anonymous|guest|(^|/)auth`)
	privateWord = regexp.MustCompile(`(?i)private|protected|secure|authori[sz]ed`)
)

// look notes what a call means for the routers of the project.
func (f *finder) look(pkg gosource.Package, file *ast.File, c *ast.CallExpr) {
	selector, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok {
		return
	}
	name := selector.Sel.Name
	if id, ok := selector.X.(*ast.Ident); ok {
		if p, ok := f.Info.Uses[id].(*types.PkgName); ok {
			if p.Imported().Path() == f.want.Module && slices.Contains(makers, name) {
				if home, _ := f.home(pkg, file, c); home.node != nil {
					f.made = append(f.made, creation{c, home})
				}
			}
			return
		}
	}
	size := f.extent(selector.X)
	if size == none || !registering.MatchString(name) {
		return
	}
	home, nested := f.home(pkg, file, c)
	if home.node == nil || nested || f.fromGroup(selector.X) {
		return
	}
	s := spot{frame: home, use: selector.X, first: c.Pos(), score: f.worth(home, size)}
	if path, ok := f.literal(c, 0); ok {
		f.paths = append(f.paths, path)
	}
	switch {
	case name == "Mount" || name == "Group" && f.want.Framework != "chi" || name == "Route":
		f.mountedFunctions(c)
		s.group = c
		s.path, _ = f.literal(c, 0)
		s.score += pathWorth(s.path)
		if s.path == "" && assigned(file, c) == nil {
			s.score -= 15 // such as one for a folder of files
		}
		if name == "Mount" {
			s.score -= 5
		}
		f.groups = append(f.groups, s)
		fallthrough
	default:
		s.group, s.path = nil, ""
		f.flat = append(f.flat, s)
	}
}

// mountedFunctions notes whose routers are mounted by the call.
func (f *finder) mountedFunctions(c *ast.CallExpr) {
	for _, a := range c.Args {
		ast.Inspect(a, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if fn, ok := f.Info.Uses[id].(*types.Func); ok {
					f.inMount[fn.Origin()] = true
				}
			}
			_, literal := n.(*ast.FuncLit)
			return !literal
		})
	}
}

// literal is the text of an argument, if it is known.
func (f *finder) literal(c *ast.CallExpr, i int) (string, bool) {
	if i >= len(c.Args) {
		return "", false
	}
	if v := f.Info.Types[c.Args[i]].Value; v != nil {
		if s, err := strconv.Unquote(v.ExactString()); err == nil {
			return s, true
		}
	}
	return types.ExprString(c.Args[i]), false
}

// worth says how likely it is that the routes of a router are the API's own.
func (f *finder) worth(home frame, size extent) int {
	score := 100
	switch size {
	case whole:
		score += 20
	case part:
		score -= 40
	}
	words := home.name() + " " + f.name(f.Files.Position(home.node.Pos()).Filename)
	if publicWord.MatchString(words) {
		score -= 60
	}
	if privateWord.MatchString(words) {
		score += 25
	}
	return score
}

// fromGroup reports whether a variable or field holds a group that was made before.
func (f *finder) fromGroup(e ast.Expr) bool {
	o := f.object(e)
	return o != nil && slices.ContainsFunc(f.groups, func(s spot) bool { return f.object(assigned(s.frame.file, s.group)) == o })
}

// object is the variable or field that an expression means, or nil.
func (f *finder) object(e ast.Expr) types.Object {
	switch e := e.(type) {
	case *ast.Ident:
		return f.Info.ObjectOf(e)
	case *ast.SelectorExpr:
		return f.Info.ObjectOf(e.Sel)
	}
	return nil
}

func pathWorth(path string) int {
	score := 0
	if apiPath.MatchString(path) {
		score += 30
	}
	if publicWord.MatchString(path) {
		score -= 60
	}
	if privateWord.MatchString(path) {
		score += 25
	}
	if path == "" || path == "/" {
		score -= 20
	}
	for _, c := range path {
		if c == ':' || c == '{' {
			return score - 50
		}
	}
	return score
}

// rank sorts the places by their scores, the highest first. Places with the same score
// keep the order that they have in the source.
func (f *finder) rank() {
	for _, list := range [][]spot{f.groups, f.flat} {
		for i := range list {
			if f.inMount[list[i].frame.fn] {
				list[i].score -= 60
			}
		}
		slices.SortStableFunc(list, func(a, b spot) int { return cmp.Compare(b.score, a.score) })
	}
}

// spots are the places to try, in order.
func (f *finder) spots() []spot {
	var list []spot
	for _, s := range f.groups {
		if s.score >= leastUseful {
			list = append(list, s)
		}
	}
	for _, s := range f.flat {
		if s.score >= leastUseful {
			list = append(list, s)
		}
	}
	for _, c := range f.made {
		if s, ok := f.bare(c); ok {
			list = append(list, s)
		}
	}
	return list
}

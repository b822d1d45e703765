package authroutes

import (
	"cmp"
	"net/http"
	"slices"
)

// usual are the methods that every framework registers for a route for all.
var usual = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// Fold sorts the routes and leaves out what says nothing more: a route for every
// method becomes one for ANY, and HEAD goes where GET asks for the same.
func Fold(routes []Route) []Route {
	byPath := make(map[string][]Route)
	var paths []string
	for _, r := range routes {
		if byPath[r.Path] == nil {
			paths = append(paths, r.Path)
		}
		byPath[r.Path] = append(byPath[r.Path], r)
	}
	var folded []Route
	for _, path := range paths {
		folded = append(folded, foldPath(byPath[path])...)
	}
	sortRoutes(folded)
	return folded
}

// foldPath folds the routes of one path.
func foldPath(routes []Route) []Route {
	get := -1
	asGET := make(map[string]bool) // methods that ask for what GET asks for
	for i, r := range routes {
		if r.Method == http.MethodGet {
			get = i
		}
	}
	if get < 0 {
		return routes
	}
	same := func(r Route) bool { return r.Access == routes[get].Access && r.Problem == routes[get].Problem }
	for _, r := range routes {
		asGET[r.Method] = same(r)
	}
	all := !slices.ContainsFunc(usual, func(m string) bool { return !asGET[m] })
	var folded []Route
	for i, r := range routes {
		switch special := r.Method == Any || r.Method == Use || r.Method == NotFound; {
		case special:
		case all && i == get:
			r.Method = Any
		case all && same(r), r.Method == http.MethodHead && same(r):
			continue
		}
		folded = append(folded, r)
	}
	return folded
}

// sortRoutes sorts by path, then method.
func sortRoutes(routes []Route) {
	slices.SortStableFunc(routes, func(a, b Route) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
}

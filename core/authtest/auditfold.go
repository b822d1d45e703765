package authtest

import (
	"net/http"
	"slices"

	"github.com/authkeel/authkeel/core/authtest/internal/routetable"
)

// usual are the methods that every framework registers for a route for all.
var usual = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// fold sorts the routes and leaves out what says nothing more: a route for every
// method becomes one for ANY, and HEAD goes where GET asks for the same.
func fold(routes []Route) []Route {
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
	alike := make(map[string]bool) // methods that ask for what GET asks for
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
		alike[r.Method] = same(r)
	}
	all := !slices.ContainsFunc(usual, func(m string) bool { return !alike[m] })
	var folded []Route
	for i, r := range routes {
		switch special := r.Method == routetable.Any || r.Method == routetable.Use || r.Method == routetable.NotFound; {
		case special:
		case all && i == get:
			r.Method = routetable.Any
		case all && same(r), r.Method == http.MethodHead && same(r):
			continue
		}
		folded = append(folded, r)
	}
	return folded
}

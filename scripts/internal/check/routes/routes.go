// Package routes says which routes of an API are checked: those of flags, of an
// OpenAPI document, or those that the project's own source registers.
package routes

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Access is what a route is meant to do with callers who show no token.
type Access int

// The ways a route is meant to be.
const (
	Protected Access = iota // refuses them
	Public                  // answers them
	Unknown                 // source does not say: protected unless its name is a usual public one
)

// Route is one to try.
type Route struct {
	Method string
	Path   string // with parameters filled in
	Access Access
	Named  bool   // by the user: it may be called with a valid token whatever its method
	Bearer bool   // a bearer token is what it asks for
	From   string // where it was found
}

func (r Route) String() string { return r.Method + " " + r.Path }

// Safe reports whether the method changes nothing (RFC 9110 section 9.2.1).
func (r Route) Safe() bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
}

// MayTry reports whether the route may be called with a valid token.
func (r Route) MayTry() bool { return r.Safe() || r.Named }

// Parse reads METHOD:/path, or a path alone, which is GET.
func Parse(text string) (Route, error) {
	method, path, ok := strings.Cut(text, ":")
	if strings.HasPrefix(text, "/") {
		method, path, ok = http.MethodGet, text, true
	}
	method = strings.ToUpper(strings.TrimSpace(method))
	path = strings.TrimSpace(path)
	if !ok || !isMethod(method) || !strings.HasPrefix(path, "/") || strings.ContainsAny(path, " #") {
		return Route{}, fmt.Errorf("%q is not METHOD:/path, such as GET:/api/me", text)
	}
	return Route{Method: method, Path: Fill(path), Named: true, Bearer: true, From: "the command line"}, nil
}

func isMethod(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// Fill puts 1 in the place of parameters: {id}, {id:[0-9]+}, {rest...}, :id, *rest.
func Fill(path string) string {
	path, query, hasQuery := strings.Cut(path, "?")
	segments := strings.Split(path, "/")
	for i, s := range segments {
		switch {
		case s == "{$}":
			segments[i] = ""
		case strings.HasPrefix(s, ":") && len(s) > 1, strings.HasPrefix(s, "*"), strings.HasPrefix(s, "+"):
			segments[i] = "1"
		default:
			for {
				before, rest, ok := strings.Cut(s, "{")
				_, after, closed := strings.Cut(rest, "}")
				if !ok || !closed {
					break
				}
				s = before + "1" + after
			}
			segments[i] = s
		}
	}
	if path = strings.Join(segments, "/"); hasQuery {
		path += "?" + query
	}
	return path
}

// usual are the last segments of paths that are open to anybody in most APIs.
var usual = []string{"", "health", "healthz", "livez", "readyz", "ready", "live", "liveness", "readiness", "ping", "version",
	"status", "metrics", "favicon.ico", "robots.txt", "login", "signin", "sign-in", "signup", "sign-up", "register", "logout",
	"callback", "docs", "swagger", "openapi.json", "openapi.yaml", "playground", "webhook", "webhooks"}

// UsuallyPublic reports whether a route by its name is one that asks for no token.
func (r Route) UsuallyPublic() bool {
	path, _, _ := strings.Cut(r.Path, "?")
	segments := strings.Split(strings.ToLower(strings.Trim(path, "/")), "/")
	first, last := segments[0], segments[len(segments)-1]
	switch first {
	case "static", "assets", "public", ".well-known", "swagger", "docs", "webhooks", "webhook":
		return true
	}
	return slices.Contains(usual, last) && (len(segments) > 1 || last != "" || r.Path == "/")
}

// Unique drops routes that are in the list already; the first stays.
func Unique(list []Route) []Route {
	var out []Route
	for _, r := range list {
		if !slices.ContainsFunc(out, func(o Route) bool { return o.Method == r.Method && o.Path == r.Path }) {
			out = append(out, r)
		}
	}
	return out
}

// Package routes says which routes of an API are checked: those of flags, of an
// OpenAPI document, or those that the project's own source registers.
package routes

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Access is what a route is meant to do with callers who send no token.
type Access int

// The kinds of access.
const (
	Protected Access = iota // the route must reject them
	Public                  // the route must answer them
	Unknown                 // not known: it must reject them, unless its path is a usual public one
)

// Route is a route to check.
type Route struct {
	Method   string
	Path     string // with values in the place of parameters
	Template string // the same with its parameters, where that is known
	Host     string // of the Host header, for a route of one host; usually empty
	Access   Access
	Named    bool   // by the user: it may be called with a valid token whatever its method
	Bearer   bool   // it asks for a bearer token
	From     string // where it was found
	Guess    string // what had to be guessed of its path; empty when nothing
}

// Missed is a registration, an operation or a reference that could not be followed, so
// that the routes behind it are not checked.
type Missed struct {
	From string // where it stands
	What string
	Why  string
}

// List is what one source of routes found: an OpenAPI document, the project's source,
// or a table that the application itself wrote.
type List struct {
	Routes []Route
	Missed []Missed
}

func (r Route) String() string {
	if r.Host != "" {
		return r.Method + " " + r.Path + " (host " + r.Host + ")"
	}
	return r.Method + " " + r.Path
}

// Flag is the route as the value of --route or --public-route.
func (r Route) Flag() string { return r.Method + ":" + r.Path }

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
	method, path = strings.ToUpper(strings.TrimSpace(method)), strings.TrimSpace(path)
	if !ok || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, " #\\") {
		return Route{}, fmt.Errorf("%q is not METHOD:/path, such as GET:/api/me", text)
	}
	if !slices.Contains(methods, method) {
		return Route{}, fmt.Errorf("%q: there is no HTTP method %s; use %s", text, method, strings.Join(methods, ", "))
	}
	return Route{Method: method, Path: Fill(path), Template: path, Named: true, Bearer: true, From: "the command line"}, nil
}

// methods are those of RFC 9110 section 9 and RFC 5789 that an API answers.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

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

// usual are whole paths that most APIs answer without a token.
var usual = []string{"/", "/health", "/healthz", "/livez", "/readyz", "/ready", "/live", "/liveness", "/readiness", "/ping", "/version",
	"/status", "/metrics", "/favicon.ico", "/robots.txt", "/login", "/signin", "/sign-in", "/signup", "/sign-up", "/register", "/logout",
	"/callback", "/docs", "/swagger", "/openapi.json", "/openapi.yaml", "/playground", "/webhook", "/webhooks"}

// usualFolders are those below which everything is usually public: files, the pages of
// a documentation, and the well-known URIs of RFC 8615. Only a wildcard, or a path
// without parameters, counts.
var usualFolders = regexp.MustCompile(`^/(static|assets|public|\.well-known|swagger|docs)/`)

var (
	wildcard  = regexp.MustCompile(`/(\*[^/]*|\{[^{}/]*\.\.\.\}|\+\d*)$`)
	parameter = regexp.MustCompile(`[:{*+]`)
)

// Wildcard reports whether the path ends in a wildcard, so that what is called is only
// one of many addresses.
func (r Route) Wildcard() bool { return wildcard.MatchString(r.Template) }

// UsuallyPublic reports whether most APIs answer this route without a token, to judge
// by its whole path. A path with a parameter in it is never one: what is below it are
// the API's own objects.
func (r Route) UsuallyPublic() bool {
	template := r.Template
	if template == "" {
		template = r.Path
	}
	template, _, _ = strings.Cut(strings.ToLower(template), "?")
	rest := wildcard.ReplaceAllString(template, "/")
	if parameter.MatchString(rest) {
		return false
	}
	if usualFolders.MatchString(rest) {
		return true
	}
	if len(rest) > 1 {
		rest = strings.TrimSuffix(rest, "/")
	}
	return rest == strings.TrimSuffix(template, "/") && slices.Contains(usual, rest) || template == "/"
}

// Unique drops routes that are in the list already; the first one stays.
func Unique(list []Route) []Route {
	type key struct{ method, path, host string }
	seen := map[key]bool{}
	var out []Route
	for _, r := range list {
		k := key{r.Method, r.Path, r.Host}
		if !seen[k] {
			seen[k] = true
			out = append(out, r)
		}
	}
	return out
}

// Package authroutes reads, writes and compares auth.routes, the file that says what
// each route of a program asks of its callers. Tests of an application use
// authtest.Audit, which does all of that; this package is for tools.
//
// The file has a line for each route: the method, the path and the access, such as
//
//	GET     /api/me  token
//	DELETE  /api/users/:id  token, role "admin"
//
// A path with white space or quotes is quoted as in Go. Lines that begin with # are
// comments.
package authroutes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// FileName is the usual name of the file.
const FileName = "auth.routes"

// Route is a route of a program and what it asks of a caller.
type Route struct {
	Method string `json:"method"` // "ANY" stands for all methods; "USE" is Fiber's, "404" Echo's RouteNotFound
	Path   string `json:"path"`   // as the framework has it, after the host where it has one

	// Access is what the route asks for:
	//
	//	public                        everybody may call it
	//	optional                      everybody, and a token that is there must be good
	//	token                         a token
	//	token, role "admin"           a token, and this right
	//	token, policy                 a token, and a policy that does not say what it wants
	//	refused 403 before the handler
	//	answered 200 before the handler
	//	shadowed by /users/:id        the request comes to another route
	Access string `json:"access"`

	// Problem says what is wrong: with the way in which the route is protected, or
	// with the audit. "": nothing. It is not in the file.
	Problem string `json:"problem,omitempty"`
}

// The first word of Access where a handler answers.
const (
	Public   = "public"
	Optional = "optional"
	Token    = "token"
)

// Methods that are no methods of HTTP.
const (
	Any      = "ANY" // every method
	Use      = "USE" // every method, and every path below: Fiber's
	NotFound = "404" // paths that no route has: Echo's
)

// String returns the route as a line of the file.
func (r Route) String() string { return r.key() + "  " + r.Access }

// Name returns the method and the path.
func (r Route) Name() string { return r.Method + " " + r.Path }

// Open reports whether the route answers a request without a token.
func (r Route) Open() bool { return r.Access == Public || r.Access == Optional }

func (r Route) key() string {
	path := r.Path
	if strings.ContainsAny(path, " \t\"") || path != strings.ToValidUTF8(path, "") || strings.ContainsFunc(path, notPrinted) {
		path = strconv.Quote(path)
	}
	return fmt.Sprintf("%-7s %s", r.Method, path)
}

func notPrinted(c rune) bool { return !strconv.IsPrint(c) }

// Line is a route in the file.
type Line struct {
	Route
	Number   int      // of the line, from 1
	Comments []string // the lines above it
}

// Parse reads the file. Its error begins with the number of the line.
func Parse(text string) ([]Line, error) {
	var lines []Line
	var comments []string
	seen := make(map[string]int)
	text = strings.TrimPrefix(text, "\ufeff")
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "", strings.Contains(header, line+"\n"): // which is written again
			continue
		case strings.HasPrefix(line, "#"):
			comments = append(comments, line)
			continue
		}
		r, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", i+1, err)
		}
		if first, again := seen[r.key()]; again {
			return nil, fmt.Errorf("%d: %s is on line %d already", i+1, r.Name(), first)
		}
		seen[r.key()] = i + 1
		lines = append(lines, Line{r, i + 1, comments})
		comments = nil
	}
	return lines, nil
}

func parse(line string) (Route, error) {
	method, rest := cutSpace(line)
	path, access := cutSpace(rest)
	if strings.HasPrefix(rest, `"`) {
		quoted, err := strconv.QuotedPrefix(rest)
		if err == nil {
			access = strings.TrimSpace(rest[len(quoted):])
			path, err = strconv.Unquote(quoted)
		}
		if err != nil {
			return Route{}, fmt.Errorf("the path in %q is not quoted well", line)
		}
	}
	if path == "" || access == "" {
		return Route{}, fmt.Errorf("%q is not a method, a path and what the route asks for, such as: GET /me  token", line)
	}
	return Route{Method: method, Path: path, Access: access}, nil
}

// cutSpace cuts text at its first white space.
func cutSpace(text string) (before, after string) {
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		return text[:i], strings.TrimSpace(text[i:])
	}
	return text, ""
}

const header = `# What each route asks for. The test that calls authtest.Audit compares this file with the program.
# A route that is "public" answers everybody: review every change. AUTHKEEL_UPDATE=1 go test ./... writes the file anew.
`

// Format returns the text of the file. Comments of lines stay with their routes.
func Format(routes []Route, lines []Line) string {
	comments := make(map[string][]string)
	for _, line := range lines {
		comments[line.key()] = line.Comments
	}
	var b strings.Builder
	b.WriteString(header)
	for _, r := range routes {
		for _, comment := range comments[r.key()] {
			b.WriteString(comment + "\n")
		}
		b.WriteString(r.String() + "\n")
	}
	return b.String()
}

// Kind is how a route differs from the file.
type Kind string

// The kinds of difference.
const (
	New     Kind = "new"     // it is not in the file
	Changed Kind = "changed" // it asks for something else
	Gone    Kind = "gone"    // it is in the file and not in the program
)

// Difference is a route that is not as the file says.
type Difference struct {
	Kind  Kind   `json:"kind"`
	Route Route  `json:"route"`
	Was   string `json:"was,omitempty"`  // its access in the file
	Line  int    `json:"line,omitempty"` // of the file; 0: none
}

// Compare returns the differences, those that leave a route open first.
func Compare(lines []Line, routes []Route) []Difference {
	var open, other []Difference
	before := make(map[string]Line)
	for _, line := range lines {
		before[line.key()] = line
	}
	for _, r := range routes {
		line, known := before[r.key()]
		delete(before, r.key())
		d := Difference{Kind: New, Route: r, Was: line.Access, Line: line.Number}
		switch {
		case known && line.Access == r.Access:
			continue
		case known:
			d.Kind = Changed
		}
		if r.Open() {
			open = append(open, d)
		} else {
			other = append(other, d)
		}
	}
	for _, line := range lines {
		if _, gone := before[line.key()]; gone {
			other = append(other, Difference{Kind: Gone, Route: line.Route, Was: line.Access, Line: line.Number})
		}
	}
	return slices.Concat(open, other)
}

// Explain says in words what differs, and which line of the file to change.
func (d Difference) Explain(file string) string {
	switch {
	case d.Kind == New && d.Route.Open():
		return fmt.Sprintf("%s is a new route that is %s. Protect it, or, if everybody may call it, add this line to %s:\n\t%s", d.Route.Name(), d.Route.Access, file, d.Route)
	case d.Kind == New:
		return fmt.Sprintf("%s is a new route. If it asks for the right thing, add this line to %s:\n\t%s", d.Route.Name(), file, d.Route)
	case d.Kind == Gone:
		return fmt.Sprintf("%s is gone. If that is meant, delete line %d of %s", d.Route.Name(), d.Line, file)
	}
	return fmt.Sprintf("%s asked for %q and now asks for %q. If that is meant, line %d of %s becomes:\n\t%s", d.Route.Name(), d.Was, d.Route.Access, d.Line, file, d.Route)
}

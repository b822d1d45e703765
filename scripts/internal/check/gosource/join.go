package gosource

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// joined is the path of a group with a path in it, as the framework joins them.
func (s *search) joined(k kind, prefix, p text) text {
	return text{join(k, prefix.s, p.s), prefix.plus(p).unknown}
}

// join joins paths as each framework does: gin's joinPaths, which keeps a slash at the
// end; Echo's plain concatenation; Fiber's getGroupPath; chi's Mount and Route.
func join(k kind, prefix, p string) string {
	switch k {
	case gin:
		if p == "" {
			return rooted(prefix)
		}
		joined := path.Join("/", prefix, p)
		if strings.HasSuffix(p, "/") && !strings.HasSuffix(joined, "/") {
			joined += "/"
		}
		return joined
	case echo:
		return prefix + p
	case fiber, chi:
		if p == "" || p == "/" && prefix != "" {
			return prefix
		}
		return strings.TrimSuffix(prefix, "/") + rooted(p)
	}
	return prefix + p
}

func rooted(p string) string {
	if !strings.HasPrefix(p, "/") {
		return "/" + p
	}
	return p
}

// joinClean is path.Join, which drops a slash at the end.
func joinClean(parts []string) string { return path.Join(parts...) }

var (
	// Gin's and Echo's parameters, ":id" up to the next slash, and "*rest".
	colon = regexp.MustCompile(`:[^/]+|\*[^/]*`)
	// Fiber's: ":id", ":id?", ":id<int>", "*" and "+".
	fiberParameter = regexp.MustCompile(`:([A-Za-z0-9_]+)(<[^>/]*>)?\??|[*+]\d*`)
	// net/http's and chi's: "{id}", "{id:[0-9]+}", "{rest...}", "*". Braces in a
	// regular expression of chi may be nested.
	braces = regexp.MustCompile(`\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}|\*`)
)

// fill puts values in the place of the parameters of a path. guess names a parameter
// for which no value is known that its regular expression accepts.
func fill(k kind, p string) (filled, guess string) {
	matching := func(expression, parameter string) string {
		value, ok := matching(expression)
		if !ok {
			guess = parameter
		}
		return value
	}
	switch k {
	case gin, echo:
		return colon.ReplaceAllString(p, "1"), ""
	case fiber:
		filled = fiberParameter.ReplaceAllStringFunc(p, func(parameter string) string {
			_, constraint, _ := strings.Cut(parameter, "<")
			switch {
			case strings.HasPrefix(constraint, "guid"):
				return uuid
			case strings.HasPrefix(constraint, "alpha"):
				return "a"
			case strings.HasPrefix(constraint, "bool"):
				return "true"
			case strings.HasPrefix(constraint, "regex("):
				return matching(strings.TrimSuffix(strings.TrimPrefix(constraint, "regex("), ")>"), parameter)
			}
			return "1"
		})
		return filled, guess
	}
	filled = braces.ReplaceAllStringFunc(p, func(parameter string) string {
		name, _, constrained := strings.Cut(strings.Trim(parameter, "{}"), ":")
		switch {
		case name == "$":
			return ""
		case constrained:
			return matching(strings.TrimSuffix(parameter[1+len(name)+1:], "}"), parameter)
		}
		return "1"
	})
	return filled, guess
}

const uuid = "00000000-0000-4000-8000-000000000001"

// candidates are values that the regular expressions of path parameters commonly take.
var candidates = []string{"1", "a", "a-b", "ab", "abc", "abcd", "abcdef", "12", "123", "1234", "12345", "2025", "2025-01-02", uuid, "A", "AB", "ABC", "true", "en", "en-US", "a.b", "a.txt", "a@example.com",
	"000000000001", "0123456789abcdef01234567", "0123456789abcdef0123456789abcdef", "user_1", "v1", "1.0"}

// matching is a value that a regular expression accepts. ok is false when none of the
// candidates is one.
func matching(expression string) (value string, ok bool) {
	re, err := regexp.Compile(`^(?:` + expression + `)$`)
	if err != nil {
		return "1", false
	}
	if i := slices.IndexFunc(candidates, re.MatchString); i >= 0 {
		return candidates[i], true
	}
	return "1", false
}

// Fill puts values in the place of the parameters of a path whose framework is not
// known. guess names a parameter for which no value is known that its regular
// expression accepts.
func Fill(p string) (filled, guess string) {
	if strings.ContainsAny(p, "{") {
		return fill(chi, p)
	}
	if fiberOnly.MatchString(p) {
		return fill(fiber, p)
	}
	return fill(gin, p)
}

// fiberOnly matches what only Fiber has: constraints, optional parameters and "+".
var fiberOnly = regexp.MustCompile(`:[A-Za-z0-9_]+(<|\?)|/\+`)

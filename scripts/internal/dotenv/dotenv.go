// Package dotenv reads .env files: the settings that they make, and the settings
// that they only mention in a comment.
package dotenv

import (
	"regexp"
	"strings"
)

// Setting is one assignment in a .env file.
type Setting struct {
	Name  string
	Value string // without quotes; empty for a commented setting
	// Commented reports that the line is a comment, such as "# NAME=value", and
	// sets nothing.
	Commented bool
}

// assignment is the beginning of a line that sets a variable, or that would set one
// if it were not a comment.
var assignment = regexp.MustCompile(`^[ \t]*(#[ \t]*)?(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*`)

// Name returns the variable that a line sets, or mentions in a comment. It is empty
// for every other line.
func Name(line string) string {
	if m := assignment.FindStringSubmatch(line); m != nil {
		return m[2]
	}
	return ""
}

// Parse reads a file in the common form: NAME=value, with "export " before it or
// not. A value in single quotes is taken as it stands. In double quotes, \n, \t,
// \" and \\ are replaced, and the value may go over several lines. An unquoted
// value ends at " #" or at the end of the line. Lines that are neither an
// assignment nor a comment are ignored, as most readers of such files do.
func Parse(text string) []Setting {
	text = strings.TrimPrefix(strings.ReplaceAll(text, "\r\n", "\n"), "\ufeff")
	var list []Setting
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		m := assignment.FindStringSubmatch(line)
		if m == nil {
			text = rest
			continue
		}
		s := Setting{Name: m[2], Commented: m[1] != ""}
		if s.Commented {
			list, text = append(list, s), rest
			continue
		}
		s.Value, text = value(text[len(m[0]):])
		list = append(list, s)
	}
	return list
}

// Values returns the settings of a file that are in force: of several with one name
// the last.
func Values(text string) map[string]string {
	values := map[string]string{}
	for _, s := range Parse(text) {
		if !s.Commented {
			values[s.Name] = s.Value
		}
	}
	return values
}

// value reads the value that text begins with, and returns what follows its line.
func value(text string) (value, rest string) {
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		if value, rest, ok := quoted(text[1:], text[0]); ok {
			_, rest, _ = strings.Cut(rest, "\n")
			return value, rest
		}
	}
	line, rest, _ := strings.Cut(text, "\n")
	if strings.HasPrefix(line, "#") {
		line = ""
	}
	for _, comment := range []string{" #", "\t#"} {
		line, _, _ = strings.Cut(line, comment)
	}
	return strings.TrimSpace(line), rest
}

var escapes = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\"`, `"`, `\\`, `\`)

// quoted reads up to the closing quote. ok is false when there is none.
func quoted(text string, quote byte) (value, rest string, ok bool) {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] == quote && quote == '"':
			return escapes.Replace(text[:i]), text[i+1:], true
		case text[i] == quote:
			return text[:i], text[i+1:], true
		}
	}
	return "", "", false
}

package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// step is one file that is to be there.
type step struct {
	name string // in the project, with slashes
	text []byte
	verb string // "write", "add to", or "" when it is as it should be
}

// conflict is a file that is there with other content.
type conflict struct {
	name string
	diff string
}

// plan works out what to write without writing anything.
func plan(p *project, c choice) (steps []step, conflicts []conflict, err error) {
	for _, name := range []string{"auth.go", "auth_test.go"} {
		text, err := c.goFile(name)
		if err != nil {
			return nil, nil, err
		}
		s := step{name: c.Package + "/" + name, text: text, verb: "write"}
		old, err := os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(s.name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, nil, err
		case bytes.Equal(bytes.ReplaceAll(old, []byte("\r\n"), []byte("\n")), text): // git may have changed the line ends
			s.verb = ""
		default:
			conflicts = append(conflicts, conflict{s.name, diff(string(old), string(text))})
		}
		steps = append(steps, s)
	}
	if others, err := foreign(filepath.Join(p.dir, c.Package)); err != nil {
		return nil, nil, err
	} else if len(others) > 0 && steps[0].verb == "write" {
		conflicts = append(conflicts, conflict{name: c.Package, diff: "  the folder has Go files of yours: " + strings.Join(others, ", ") + "\n"})
	}
	example, err := c.envExample()
	if err != nil {
		return nil, nil, err
	}
	env, err := p.adding(".env.example", example, variableOf)
	if err != nil {
		return nil, nil, err
	}
	ignore, err := p.adding(".gitignore", "# Secrets of this machine\n.env\n.env.local\n", patternOf)
	if err != nil {
		return nil, nil, err
	}
	return append(steps, env, ignore), conflicts, nil
}

// foreign lists Go files in a folder that setup does not write.
func foreign(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && e.Name() != "auth.go" && e.Name() != "auth_test.go" {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// setting is a line of an environment file that sets a variable, or would if it
// were not a comment.
var setting = regexp.MustCompile(`^\s*(?:#\s*)?(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=`)

// variableOf is the variable of such a line, "" for any other.
func variableOf(line string) string {
	if m := setting.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}

// patternOf is the pattern in a line of .gitignore, "" for a comment.
func patternOf(line string) string {
	if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
		return ""
	}
	return line
}

// adding is a step for a file of lines: those that are missing are added at its
// end, with the comments before them, and no line of the user's changes. key says
// when two lines are the same; it is "" for comments.
func (p *project) adding(name, wanted string, key func(string) string) (step, error) {
	old, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return step{}, err
	}
	var have []string
	for line := range strings.Lines(string(old)) {
		have = append(have, key(line))
	}
	var missing, comments strings.Builder
	for line := range strings.Lines(wanted) {
		k := key(line)
		if k == "" {
			comments.WriteString(line)
			continue
		}
		if !slices.Contains(have, k) {
			missing.WriteString(comments.String() + line)
		}
		comments.Reset()
	}
	s := step{name: name, verb: "write", text: []byte(missing.String())}
	switch {
	case missing.Len() == 0:
		s.verb, s.text = "", old
	case len(old) > 0:
		s.verb = "add to"
		if !bytes.HasSuffix(old, []byte("\n")) {
			old = append(old, '\n')
		}
		s.text = append(append(old, '\n'), missing.String()...)
	}
	return s, nil
}

// diff shows lines that differ, old with -, new with +, without the ends that the
// two have in common.
func diff(old, text string) string {
	a, b := strings.Split(old, "\n"), strings.Split(text, "\n")
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	var out strings.Builder
	fmt.Fprintf(&out, "  from line %d:\n", start+1)
	show := func(mark string, lines []string) {
		const most = 12
		for i, line := range lines {
			if i == most {
				fmt.Fprintf(&out, "  %s … and %d lines more\n", mark, len(lines)-most)
				break
			}
			fmt.Fprintf(&out, "  %s %s\n", mark, line)
		}
	}
	show("-", a[start:len(a)-end])
	show("+", b[start:len(b)-end])
	return out.String()
}

// apply writes what the plan has.
func apply(p *project, steps []step) error {
	for _, s := range steps {
		if s.verb == "" {
			continue
		}
		file := filepath.Join(p.dir, filepath.FromSlash(s.name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, s.text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

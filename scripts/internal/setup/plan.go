package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/dotenv"
)

// step is one file that setup wants to exist.
type step struct {
	name string // in the project, with slashes
	text []byte
	verb string // "write", "add to", or empty when nothing has to be done
}

// conflict is a file that exists with other content.
type conflict struct {
	name string
	diff string
}

// plan finds out what has to be written, without writing anything.
func plan(p *project, c choice) (steps []step, conflicts []conflict, err error) {
	for _, name := range c.goFiles() {
		text, err := c.goFile(name)
		if err != nil {
			return nil, nil, err
		}
		s := step{name: c.Package + "/" + name, text: text, verb: "write"}
		old, err := p.file(s.name)
		switch {
		case err != nil:
			return nil, nil, err
		case old == nil:
		case bytes.Equal(bytes.ReplaceAll(old, []byte("\r\n"), []byte("\n")), text): // Git may have changed the line endings
			s.verb = ""
		default:
			conflicts = append(conflicts, conflict{s.name, diff(string(old), string(text))})
		}
		steps = append(steps, s)
	}
	if others, err := p.otherGoFiles(c.Package); err != nil {
		return nil, nil, err
	} else if len(others) > 0 && steps[0].verb == "write" {
		conflicts = append(conflicts, conflict{name: c.Package, diff: "  the folder contains other Go files: " + strings.Join(others, ", ") + "\n"})
	}
	example, err := c.envExample()
	if err != nil {
		return nil, nil, err
	}
	env, err := p.adding(".env.example", example, dotenv.Name)
	if err != nil {
		return nil, nil, err
	}
	ignore, err := p.adding(".gitignore", "# Secrets of this machine.\n.env\n.env.local\n", patternOf)
	if err != nil {
		return nil, nil, err
	}
	return append(steps, env, ignore), conflicts, nil
}

// otherGoFiles lists the Go files in a folder that setup does not write.
func (p *project) otherGoFiles(folder string) ([]string, error) {
	entries, err := fs.ReadDir(p.root.FS(), folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	ours := choice{Webhooks: true, Backend: true}.goFiles()
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !slices.Contains(ours, e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// patternOf returns the pattern in a line of .gitignore. It is empty for a comment.
func patternOf(line string) string {
	if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
		return ""
	}
	return line
}

// adding returns the step for a file of lines. Lines of wanted that the file lacks are
// added at its end, with the comments before them; no existing line changes. Two
// lines are the same when key returns the same text for both; it returns an empty
// text for comments.
func (p *project) adding(name, wanted string, key func(string) string) (step, error) {
	old, err := p.file(name)
	if err != nil {
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

// diff shows the lines that differ, old ones with - and new ones with +. Equal lines
// at the beginning and at the end are left out.
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
				fmt.Fprintf(&out, "  %s … and %d more lines\n", mark, len(lines)-most)
				break
			}
			fmt.Fprintf(&out, "  %s %s\n", mark, line)
		}
	}
	show("-", a[start:len(a)-end])
	show("+", b[start:len(b)-end])
	return out.String()
}

// apply writes the files of the plan.
func apply(p *project, steps []step) error {
	for _, s := range steps {
		if s.verb == "" {
			continue
		}
		if err := p.write(s.name, s.text); err != nil {
			return err
		}
	}
	return nil
}

package place

import (
	"cmp"
	"go/ast"
	"go/token"
	"os"
	"slices"
	"strings"
)

// text is the source of a file, by lines.
type text struct{ lines []string }

// textOf reads the source of a file again, as it is on disk; nil when it cannot be read.
func (f *finder) textOf(file *ast.File) *text {
	if known, ok := f.texts[file]; ok {
		return known
	}
	f.texts[file] = nil
	if b, err := os.ReadFile(f.Files.Position(file.FileStart).Filename); err == nil {
		f.texts[file] = &text{strings.Split(string(b), "\n")}
	}
	return f.texts[file]
}

// split returns what a position's line has before and after it.
func (f *finder) split(file *ast.File, pos token.Pos) (before, after string, ok bool) {
	t := f.textOf(file)
	p := f.Files.PositionFor(pos, false)
	if t == nil || p.Line > len(t.lines) || p.Column-1 > len(t.lines[p.Line-1]) {
		return "", "", false
	}
	line := t.lines[p.Line-1]
	return line[:p.Column-1], line[p.Column-1:], true
}

// startsLine reports whether nothing but white space is before a position in its line.
func (f *finder) startsLine(file *ast.File, pos token.Pos) bool {
	before, _, ok := f.split(file, pos)
	return ok && strings.TrimSpace(before) == ""
}

// endsLine reports whether nothing but a comment follows a position in its line.
func (f *finder) endsLine(file *ast.File, pos token.Pos) bool {
	_, after, ok := f.split(file, pos)
	after = strings.TrimSpace(after)
	return ok && (after == "" || strings.HasPrefix(after, "//"))
}

// guide writes the changes as edits of lines, the file with the router first.
func (p *plan) guide() *Guide {
	g := &Guide{Notes: p.notes}
	byFile := map[*ast.File][]change{}
	var order []*ast.File
	for _, c := range slices.Backward(p.changes) { // the router's is the last
		if byFile[c.file] == nil {
			order = append(order, c.file)
		}
		byFile[c.file] = append(byFile[c.file], c)
	}
	for _, file := range order {
		slices.Reverse(byFile[file])
		g.Files = append(g.Files, p.edits(file, byFile[file]))
	}
	g.Files = append(g.Files, p.testFiles(g)...)
	return g
}

// edits writes the changes of one file.
func (p *plan) edits(file *ast.File, changes []change) File {
	out := File{Name: p.name(p.Files.Position(file.FileStart).Filename)}
	byLine := map[int][]change{}
	seen := map[string]bool{}
	for _, c := range changes {
		for _, i := range c.imports {
			if line := importLine(i[0], i[1]); !seen[line] {
				seen[line] = true
				out.Imports = append(out.Imports, line)
			}
		}
		line := p.Files.PositionFor(c.pos, false).Line
		byLine[line] = append(byLine[line], c)
	}
	slices.SortFunc(out.Imports, func(a, b string) int { // the standard library first
		dotted := func(s string) int { return min(1, strings.Count(s, ".")) }
		return cmp.Or(cmp.Compare(dotted(a), dotted(b)), cmp.Compare(a, b))
	})
	source := p.textOf(file)
	if source == nil {
		return out
	}
	lines := source.lines
	for line, list := range byLine {
		old := strings.TrimRight(lines[line-1], "\r")
		anchor := strings.TrimSpace(old)
		indent := old[:len(old)-len(strings.TrimLeft(old, " \t"))]
		added := map[string]string{}
		for _, c := range list {
			added[c.where] += indented(c.text, indent)
		}
		for _, where := range []string{"before", "after"} {
			if added[where] != "" {
				out.Edits = append(out.Edits, Edit{where, line, anchor, added[where]})
			}
		}
		changed := old
		slices.SortStableFunc(list, func(a, b change) int { return cmp.Compare(b.pos, a.pos) }) // so that columns stay right
		for _, c := range list {
			if c.where == "change" {
				at := p.Files.PositionFor(c.pos, false).Column - 1
				changed = changed[:at] + c.text + changed[at:]
			}
		}
		if changed != old {
			out.Edits = append(out.Edits, Edit{"change", line, anchor, changed + "\n"})
		}
	}
	rank := map[string]int{"before": 0, "change": 1, "after": 2}
	slices.SortStableFunc(out.Edits, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(rank[a.Where], rank[b.Where]))
	})
	return out
}

// indented puts white space before each line that is not empty.
func indented(text, indent string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			b.WriteString(indent)
		}
		b.WriteString(line)
	}
	return b.String()
}

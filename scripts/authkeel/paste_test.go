package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What setup prints above the lines of an edit.
var editLine = regexp.MustCompile("^  (before|after|change) line ([0-9]+), which is `(.*)`, (?:add|to):$")

// pasteLines does in the project in dir what setup printed: it adds the imports and the
// lines to the files that are named, and changes no other character.
func pasteLines(dir, printed string) error {
	printed, _, ended := strings.Cut(printed, "\nThen\n")
	for _, list := range []string{"\nBesides:", "\nOther groups", "\nRouters that"} {
		printed, _, _ = strings.Cut(printed, list)
	}
	sections := strings.Split(printed, "\nIn ")
	if len(sections) == 1 || !ended {
		return fmt.Errorf("there is nothing to paste in\n%s", printed)
	}
	for _, section := range sections[1:] {
		name, text, _ := strings.Cut(section, "\n")
		file := filepath.Join(dir, filepath.FromSlash(name))
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		pasted, err := pasteInto(string(source), text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(file, []byte(pasted), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// pasteInto does the edits of one file.
func pasteInto(source, text string) (string, error) {
	lines := strings.SplitAfter(source, "\n")
	var imports, block *strings.Builder
	before, after := map[int]*strings.Builder{}, map[int]*strings.Builder{}
	changed := map[int]*strings.Builder{}
	for line := range strings.Lines(text) {
		m := editLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		switch {
		case line == "  add to the imports:\n":
			imports = new(strings.Builder)
			block = imports
		case m != nil:
			n, err := strconv.Atoi(m[2])
			if err != nil || n > len(lines) || strings.TrimSpace(lines[n-1]) != m[3] {
				return "", fmt.Errorf("line %s is not `%s`", m[2], m[3])
			}
			block = new(strings.Builder)
			map[string]map[int]*strings.Builder{"before": before, "after": after, "change": changed}[m[1]][n] = block
		case strings.TrimSpace(line) == "":
		case block == nil:
			return "", fmt.Errorf("it is not said where %q goes", line)
		default:
			block.WriteString(line)
		}
	}
	for n := range lines {
		l := lines[n]
		if c := changed[n+1]; c != nil {
			l = c.String()
		}
		if b := before[n+1]; b != nil {
			l = b.String() + l
		}
		if a := after[n+1]; a != nil {
			l += a.String()
		}
		lines[n] = l
	}
	if imports != nil {
		at := slices.Index(lines, "import (\n")
		if at >= 0 {
			lines[at] += imports.String()
		} else {
			at = slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "package ") })
			lines[at] += "\nimport (\n" + imports.String() + ")\n"
		}
	}
	return strings.Join(lines, ""), nil
}

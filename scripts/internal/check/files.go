package check

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxGrep is the size in bytes of the largest source file that is searched.
const maxGrep = 1 << 20

// sourceFiles lists the endings of files that say what a project uses.
var sourceFiles = []string{".go", ".mod", ".ts", ".js", ".mjs", ".py", ".rb", ".java", ".kt", ".php", ".cs", ".rs", ".json", ".example", ".env"}

// grep reports whether the pattern is in a source file below dir.
func grep(dir string, pattern *regexp.Regexp) (bool, error) {
	found := false
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != dir && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "vendor") {
				return filepath.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || !slices.ContainsFunc(sourceFiles, func(end string) bool { return strings.HasSuffix(name, end) }) {
			return nil
		}
		if info, err := entry.Info(); err != nil || info.Size() > maxGrep {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if pattern.Match(text) {
			found = true
			return filepath.SkipAll
		}
		return nil
	})
	return found, err
}

func sortedList(names []string) string {
	slices.Sort(names)
	return strings.Join(names, ", ")
}

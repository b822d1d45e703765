package setup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// snapshot is how a project was before setup changed it.
type snapshot struct {
	dir     string
	files   map[string][]byte // nil where there was none
	folders []string          // that were not there
}

// remember takes a snapshot of the files, which are named with slashes.
func remember(dir string, names ...string) (snapshot, error) {
	s := snapshot{dir: dir, files: make(map[string][]byte)}
	for _, name := range names {
		file := s.path(name)
		text, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s, err
		}
		s.files[name] = text
		folder := filepath.Dir(file)
		if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) && !slices.Contains(s.folders, folder) {
			s.folders = append(s.folders, folder)
		}
	}
	return s, nil
}

// restore writes the files as they were; what was not there goes.
func (s snapshot) restore() error {
	var problems error
	for name, text := range s.files {
		if text != nil {
			problems = errors.Join(problems, os.WriteFile(s.path(name), text, 0o644))
		} else if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = errors.Join(problems, err)
		}
	}
	for _, folder := range s.folders {
		if err := os.Remove(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = errors.Join(problems, err)
		}
	}
	return problems
}

func (s snapshot) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

package setup

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
)

// snapshot is the state of a project before setup changes it.
type snapshot struct {
	project *project
	files   map[string][]byte // nil for a file that did not exist
	folders []string          // folders that did not exist
}

// remember takes a snapshot of the files, which are named with slashes.
func remember(p *project, names ...string) (snapshot, error) {
	s := snapshot{project: p, files: make(map[string][]byte)}
	for _, name := range names {
		text, err := p.file(name)
		if err != nil {
			return s, err
		}
		s.files[name] = text
		folder := path.Dir(name)
		if _, err := p.root.Stat(filepath.FromSlash(folder)); errors.Is(err, fs.ErrNotExist) && !slices.Contains(s.folders, folder) {
			s.folders = append(s.folders, folder)
		}
	}
	return s, nil
}

// restore writes the files back as they were, and removes what did not exist.
func (s snapshot) restore() error {
	var problems error
	remove := func(name string) {
		if err := s.project.root.Remove(filepath.FromSlash(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = errors.Join(problems, err)
		}
	}
	for name, text := range s.files {
		if text != nil {
			problems = errors.Join(problems, s.project.write(name, text))
		} else {
			remove(name)
		}
	}
	for _, folder := range s.folders {
		remove(folder)
	}
	return problems
}

// Package testrepo makes small trees for the tests of the build tools.
package testrepo

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// New makes a git work tree of files, given by their slash-separated path. A file
// without content is left out.
func New(t *testing.T, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	Git(t, root, "init", "-q")
	for name, text := range files {
		if text != "" {
			Write(t, root, name, text)
		}
	}
	return root
}

// Write writes one file of the tree.
func Write(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Git runs a git command in the tree.
func Git(t *testing.T, root string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", args, err, out)
	}
}

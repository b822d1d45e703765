package setup

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// TestLinks: nothing is written through a symbolic link, wherever it leads.
func TestLinks(t *testing.T) {
	const mod = "module example.com/app\n\ngo 1.25.0\n\nrequire github.com/gin-gonic/gin v1.10.1\n"
	for name, row := range map[string]struct{ link, target string }{
		"a file that leads outside":        {".env.example", "../outside/.bashrc"},
		"a file that does not exist yet":   {".gitignore", "../outside/.profile"},
		"a folder that leads outside":      {"auth", "../outside/gopkg"},
		"a file within the project":        {".env.example", "settings"},
		"a folder within the project":      {"auth", "other"},
		"an absolute path":                 {".gitignore", "/outside/absolute"},
		"go.mod, which the go tool writes": {"go.mod", "../outside/go.mod"},
		"go.sum, which the go tool writes": {"go.sum", "../outside/go.sum"},
	} {
		t.Run(name, func(t *testing.T) {
			top := t.TempDir()
			dir, outside := filepath.Join(top, "app"), filepath.Join(top, "outside")
			for _, folder := range []string{dir, filepath.Join(outside, "gopkg"), filepath.Join(dir, "other")} {
				if err := os.MkdirAll(folder, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			write(t, dir, "go.mod", mod)
			write(t, dir, "settings", "mine\n")
			write(t, outside, ".bashrc", "mine\n")
			write(t, outside, "go.mod", mod)
			if err := os.RemoveAll(filepath.Join(dir, row.link)); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(row.target, filepath.Join(dir, row.link)); err != nil {
				t.Fatal(err)
			}
			before := tree(t, top)
			var said bytes.Buffer
			code := Command().Run(t.Context(), cli.IO{In: strings.NewReader(""), Out: &said, Err: &said}, []string{"gin", dir})
			if code != cli.ExitFailed || !strings.Contains(said.String(), row.link+" is a symbolic link") {
				t.Errorf("got %d %s", code, said.String())
			}
			if after := tree(t, top); after != before {
				t.Errorf("got\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// tree is every file below dir with its content.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		out.WriteString(path + " " + entry.Type().String())
		if entry.Type().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			out.Write(text)
		}
		out.WriteString("\n")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

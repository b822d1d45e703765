package treelint

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/dev/internal/isolation"
	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
)

// TestSecurityTable compares the threat table of SECURITY.md with the tests in the
// tree: every row names a test, and every test that is named exists.
func TestSecurityTable(t *testing.T) {
	root := os.Getenv(isolation.TreeVar) // in an isolated copy the tree is elsewhere
	if root == "" {
		var err error
		if root, err = workspace.Find("."); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests, err := testText(root)
	if err != nil {
		t.Fatal(err)
	}
	problems := securityTable(string(text), tests)
	for _, p := range problems {
		t.Error(p)
	}
}

func TestSecurityTableFails(t *testing.T) {
	const head = "| threat | what | test |\n|---|---|---|\n"
	tests := "func TestReal(t *testing.T) {\n t.Run(\"07_kid\", nil)\n}\nfunc FuzzReal(f *testing.F) {\n"
	for name, tt := range map[string]struct{ text, want string }{
		"good":            {head + "| a | b | `TestReal`, `TestReal/07`, `FuzzReal` |\n", ""},
		"no table":        {"nothing\n", "no threat table"},
		"no test":         {head + "| a | b | many |\n", "names no test"},
		"unknown test":    {head + "| a | b | `TestOther` |\n", "TestOther does not exist"},
		"unknown subtest": {head + "| a | b | `TestReal/08` |\n", "TestReal/08 does not exist"},
	} {
		got := strings.Join(securityTable(tt.text, tests), "\n")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

var namedTest = regexp.MustCompile("`((?:Test|Fuzz)\\w+)(?:/(\\w+))?`")

// securityTable returns the problems of the table in text. tests is the text of
// all test files.
func securityTable(text, tests string) []string {
	_, table, ok := strings.Cut(text, "| threat |")
	if !ok {
		return []string{"SECURITY.md has no threat table"}
	}
	var problems []string
	for i, row := range strings.Split(table, "\n")[2:] {
		if !strings.HasPrefix(row, "|") {
			break
		}
		named := namedTest.FindAllStringSubmatch(row, -1)
		if named == nil {
			problems = append(problems, fmt.Sprintf("SECURITY.md: threat %d names no test: %.60s", i+1, row))
		}
		for _, n := range named {
			if !strings.Contains(tests, "func "+n[1]+"(") || n[2] != "" && !strings.Contains(tests, `"`+n[2]+"_") {
				problems = append(problems, "SECURITY.md: "+strings.Trim(n[0], "`")+" does not exist")
			}
		}
	}
	return problems
}

func testText(root string) (string, error) {
	var all strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == ".build" {
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return err
		}
		if strings.HasSuffix(path, "_test.go") {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			all.Write(text)
		}
		return nil
	})
	return all.String(), err
}

package modproxy

import (
	"archive/zip"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	modzip "golang.org/x/mod/zip"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/authkeel/authkeel/scripts/dev/internal/testrepo"
	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
)

const ours = workspace.Prefix

func tree() map[string]string {
	return map[string]string{
		".gitignore":            "*.test\n",
		"go.work":               "use ./core\nuse ./core/nested\nuse ./app\nuse ./app/v5\n",
		"core/go.mod":           "module " + ours + "core\n\ngo 1.25.0\n",
		"core/core.go":          "package core\n",
		"core/LICENSE":          "licence\n",
		"core/core.test":        "a test binary\n",
		"core/nested/go.mod":    "module " + ours + "core/nested\n",
		"core/nested/nested.go": "package nested\n",
		"app/go.mod":            "module " + ours + "app\n\nrequire " + ours + "core v0.2.0\n",
		"app/internal/x/x.go":   "package x\n",
		"app/v5/go.mod":         "module " + ours + "app/v5\n",
		"app/v5/app.go":         "package app\n",
	}
}

func write(t *testing.T, root string) (dir, digest string) {
	t.Helper()
	ws, err := workspace.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if digest, err = Write(dir, ws, Release); err != nil {
		t.Fatal(err)
	}
	return dir, digest
}

func read(t *testing.T, elem ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestLayout(t *testing.T) {
	root := testrepo.New(t, tree())
	dir, _ := write(t, root)
	at := func(folder string) string { return filepath.Join(dir, filepath.FromSlash(ours+folder), "@v") }

	for folder, want := range map[string]string{
		"core":        "v0.1.0\nv0.2.0\n", // app requires v0.2.0
		"core/nested": "v0.1.0\n",
		"app":         "v0.1.0\n",
		"app/v5":      "v5.0.0-alpha.1\n",
	} {
		if got := read(t, at(folder), "list"); got != want {
			t.Errorf("%s: got versions %q, want %q", folder, got, want)
		}
	}
	major := filepath.Join(at("app/v5"), "v5.0.0-alpha.1.zip")
	if got, want := zipNames(t, major), []string{ours + "app/v5@v5.0.0-alpha.1/app.go", ours + "app/v5@v5.0.0-alpha.1/go.mod"}; !slices.Equal(got, want) {
		t.Errorf("app/v5: got %q, want %q", got, want)
	}
	for _, version := range []string{"v0.1.0", "v0.2.0"} {
		var info struct {
			Version string
			Time    time.Time
		}
		if err := json.Unmarshal([]byte(read(t, at("core"), version+".info")), &info); err != nil || info.Version != version || info.Time.IsZero() {
			t.Errorf("%s.info: got %+v, %v", version, info, err)
		}
		if got, want := read(t, at("core"), version+".mod"), tree()["core/go.mod"]; got != want {
			t.Errorf("%s.mod: got %q, want %q", version, got, want)
		}
		prefix := ours + "core@" + version + "/"
		if got, want := zipNames(t, filepath.Join(at("core"), version+".zip")), []string{prefix + "LICENSE", prefix + "core.go", prefix + "go.mod"}; !slices.Equal(got, want) {
			t.Errorf("%s.zip: got %q, want %q", version, got, want)
		}
	}
}

// TestCanonical compares our zip with the one that the go command would make
// of the same folder.
func TestCanonical(t *testing.T) {
	files := tree()
	delete(files, "core/core.test")
	root := testrepo.New(t, files)
	dir, _ := write(t, root)
	canonical, err := os.Create(filepath.Join(t.TempDir(), "core.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer canonical.Close()
	if err := modzip.CreateFromDir(canonical, module.Version{Path: ours + "core", Version: "v0.1.0"}, filepath.Join(root, "core")); err != nil {
		t.Fatal(err)
	}
	want, err := dirhash.HashZip(canonical.Name(), dirhash.DefaultHash)
	if err != nil {
		t.Fatal(err)
	}
	got, err := dirhash.HashZip(filepath.Join(dir, filepath.FromSlash(ours+"core/@v/v0.1.0.zip")), dirhash.DefaultHash)
	if err != nil || got != want {
		t.Errorf("got hash %s, %v, want %s", got, err, want)
	}
}

func TestSameTreeSameBytes(t *testing.T) {
	root := testrepo.New(t, tree())
	one, digest := write(t, root)
	if err := os.Chtimes(filepath.Join(root, "core", "core.go"), time.Time{}, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	two, again := write(t, root)
	if digest != again {
		t.Errorf("got digests %s and %s for the same tree", digest, again)
	}
	err := filepath.WalkDir(one, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(one, name)
		if got, want := read(t, two, rel), read(t, name); got != want {
			t.Errorf("%s differs between two runs", rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	testrepo.Write(t, root, "core/core.go", "package core // edited\n")
	if _, edited := write(t, root); edited == digest {
		t.Error("got the same digest after an edit")
	}
}

func TestWriteRejectsInvalidModules(t *testing.T) {
	files := tree()
	files["core/CORE.go"] = "package core\n"
	ws, err := workspace.Load(testrepo.New(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.TempDir(), ws, Release); err == nil {
		t.Error("got no error for two names that differ in case alone")
	}
	if _, err := Write(t.TempDir(), ws, func(string) string { return "0.1.0" }); err == nil {
		t.Error("got no error for a version without v")
	}
}

func zipNames(t *testing.T, name string) []string {
	t.Helper()
	r, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
	}
	return names
}

package isolation

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/dev/internal/testrepo"
	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
)

func TestCheckGoVersions(t *testing.T) {
	root := newTree(t, false)
	test := func(versions []string, folders ...string) (string, error) {
		ws, err := workspace.Load(root)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err = CheckGoVersions(t.Context(), ws, Options{GoVersions: versions, Folders: folders, Out: &out})
		return out.String(), err
	}
	here := strings.TrimPrefix(runtime.Version(), "go")
	out, err := test([]string{here})
	if err != nil {
		t.Fatalf("got %v\n%s", err, out)
	}
	for _, want := range []string{"core with Go " + here, "ginauth with Go " + here, "go version go" + here} {
		if !strings.Contains(out, want) {
			t.Errorf("got no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "examples") {
		t.Errorf("got an example, which is not for users, in\n%s", out)
	}

	// The made-up proxy serves no Go release, so another one cannot be had.
	if out, err := test([]string{"1.99.0"}, "core"); err == nil || !strings.Contains(err.Error(), "core with Go 1.99.0") {
		t.Errorf("got %v, want an error about the release\n%s", err, out)
	}
	testrepo.Write(t, root, "core/core.go", "package core\n\nfunc Decide() bool { return false }\n")
	if out, err := test([]string{here}, "core"); err == nil || !strings.Contains(err.Error(), "go test") {
		t.Errorf("got %v, want a failed test\n%s", err, out)
	}
	if _, err := test(nil, "nothing"); err == nil {
		t.Error("got no error for a module that does not exist")
	}
}

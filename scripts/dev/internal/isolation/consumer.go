package isolation

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"

	"github.com/authkeel/authkeel/scripts/dev/internal/modproxy"
	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// The programs are text files, because this module does not require the
// frameworks.
//
//go:embed consumer
var programs embed.FS

// consumer does what a new user of one adapter does: it makes an empty module,
// runs go get once and builds one program.
func (r *run) consumer(ctx context.Context, m workspace.Module, a adapters.Adapter) {
	what := a.Folder + " in an empty module"
	r.say("%s", what)
	dir := filepath.Join(r.scratch, "consumer", filepath.FromSlash(a.Folder))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		r.fail(what, err)
		return
	}
	program, err := fs.ReadFile(r.Programs, path.Join("consumer", a.Folder, "main.go.txt"))
	if err != nil {
		r.fail(what, err)
		return
	}
	if !r.goCommand(ctx, what, dir, "mod", "init", "example.test/consumer") ||
		!r.goCommand(ctx, what, dir, "get", m.Path+"@"+modproxy.Release(m.Path)) {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), program, 0o644); err != nil {
		r.fail(what, err)
		return
	}
	r.goCommand(ctx, what, dir, "vet", ".")
	r.goCommand(ctx, what, dir, "build", "-o", os.DevNull, ".")
	out, err := r.output(ctx, dir, "list", "-m", "-f", "{{.Path}}", "all")
	if err != nil {
		r.fail(what, err)
		return
	}
	list := strings.Fields(out)
	if err := checkModules(list, a); err != nil {
		r.fail(what, err)
	}
	r.say("%s: %d modules in go list -m all", what, len(list))
}

// checkModules returns an error if the module list of a program that uses only
// the adapter a has another module of ours or another framework in it. Another
// major version of a framework that has an adapter of its own counts as another
// framework.
func checkModules(list []string, a adapters.Adapter) error {
	var errs []error
	has := make(map[string]bool)
	for _, p := range list {
		has[p] = true
		if strings.HasPrefix(p, workspace.Prefix) && p != a.Path() && p != workspace.Prefix+"core" {
			errs = append(errs, fmt.Errorf("its users also download %s", p))
		}
		if isOtherFramework(p, a) {
			errs = append(errs, fmt.Errorf("its users also download another framework: %s", p))
		}
	}
	for _, p := range []string{workspace.Prefix + "core", a.Path(), a.Framework} {
		if !has[p] {
			errs = append(errs, fmt.Errorf("%s is not in the module list of its users", p))
		}
	}
	return errors.Join(errs...)
}

// isOtherFramework tells whether modpath is any major version of a framework,
// other than the one that a is for.
func isOtherFramework(modpath string, a adapters.Adapter) bool {
	if modpath == a.Framework {
		return false
	}
	for _, other := range adapters.All {
		if unversioned(modpath) == unversioned(other.Framework) {
			return true
		}
	}
	return false
}

func unversioned(modpath string) string {
	prefix, _, _ := module.SplitPathVersion(modpath)
	return prefix
}

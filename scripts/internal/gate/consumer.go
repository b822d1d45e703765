package gate

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

	"github.com/authkeel/authkeel/scripts/internal/adapters"
	"github.com/authkeel/authkeel/scripts/internal/workspace"
)

// The programs are not Go files of this module, which must not require the
// frameworks.
//
//go:embed consumer
var programs embed.FS

// consumer does what a user of one adapter does first: an empty module, one
// go get, one program.
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
		!r.goCommand(ctx, what, dir, "get", m.Path+"@"+Version) {
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

// checkModules says what is wrong with the module list of a program that uses
// the adapter a alone.
func checkModules(list []string, a adapters.Adapter) error {
	var errs []error
	has := make(map[string]bool)
	for _, p := range list {
		has[p] = true
		if strings.HasPrefix(p, workspace.Prefix) && p != a.Path() && p != workspace.Prefix+"core" {
			errs = append(errs, fmt.Errorf("its users download %s as well", p))
		}
		if other := frameworkOf(p); other != "" && other != unversioned(a.Framework) {
			errs = append(errs, fmt.Errorf("its users download another framework as well: %s", p))
		}
	}
	for _, p := range []string{workspace.Prefix + "core", a.Path(), a.Framework} {
		if !has[p] {
			errs = append(errs, fmt.Errorf("%s is not in the module list of its users", p))
		}
	}
	return errors.Join(errs...)
}

// frameworkOf returns the framework that modpath is some major version of.
func frameworkOf(modpath string) string {
	for _, a := range adapters.All {
		if f := unversioned(a.Framework); unversioned(modpath) == f {
			return f
		}
	}
	return ""
}

func unversioned(modpath string) string {
	prefix, _, _ := module.SplitPathVersion(modpath)
	return prefix
}

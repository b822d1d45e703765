package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
	"github.com/authkeel/authkeel/scripts/internal/workspace"
)

// Options says how Isolate runs.
type Options struct {
	Programs fs.FS     // consumer/<adapter>/main.go.txt; default: those of this package
	Race     bool      // test with the race detector
	Folders  []string  // the modules to look at; none means all
	Out      io.Writer // gets what is run and what it prints
}

// run is one run of Isolate.
type run struct {
	Options
	env     *Env
	scratch string
	errs    []error
}

// Isolate builds, vets and tests every module alone, adapters also with the
// newest release of their framework, and then installs each adapter in an
// empty module as its users do. It goes on after a failure and returns all of
// them.
func Isolate(ctx context.Context, ws *workspace.Workspace, o Options) error {
	if o.Programs == nil {
		o.Programs = programs
	}
	env, err := Prepare(ctx, ws)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "authkeel-isolate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	r := &run{Options: o, env: env, scratch: scratch}
	for _, folder := range o.Folders {
		if _, ok := ws.Module(workspace.Prefix + folder); !ok {
			return fmt.Errorf("%s is not a module of the tree", folder)
		}
	}
	for _, m := range ws.Modules {
		if len(o.Folders) > 0 && !slices.Contains(o.Folders, m.Folder) {
			continue
		}
		hasGo, err := m.HasGo()
		if err != nil {
			return err
		}
		if !hasGo {
			r.say("%s: no Go file, nothing to build", m.Folder)
			continue
		}
		builds := r.module(ctx, m)
		if a, ok := adapters.In(m.Folder); ok && builds {
			r.newest(ctx, m, a)
			r.consumer(ctx, m, a)
		}
	}
	return errors.Join(r.errs...)
}

// module checks m as it is committed and tells whether it builds; where it does
// not, nothing else that fails says anything new.
func (r *run) module(ctx context.Context, m workspace.Module) (builds bool) {
	r.say("%s: alone", m.Folder)
	dir, err := r.copy(m, "alone")
	if err != nil {
		r.fail(m.Folder, err)
		return false
	}
	if !r.tidy(ctx, m, dir) || !r.goCommand(ctx, m.Folder, dir, "build", "./...") {
		return false
	}
	if a, ok := adapters.In(m.Folder); ok {
		if v, err := r.selected(ctx, dir, a.Framework); err != nil {
			r.fail(m.Folder, err)
		} else if v != a.Floor {
			r.fail(m.Folder, fmt.Errorf("is built with %s %s; its floor is %s, so something it requires asks for more", a.Framework, v, a.Floor))
		}
	}
	r.check(ctx, m.Folder, dir)
	return true
}

// newest checks m with the newest release of its framework.
func (r *run) newest(ctx context.Context, m workspace.Module, a adapters.Adapter) {
	r.say("%s: with %s %s", m.Folder, a.Framework, a.Newest)
	dir, err := r.copy(m, "newest")
	if err != nil {
		r.fail(m.Folder, err)
		return
	}
	if r.goCommand(ctx, m.Folder, dir, "get", a.Framework+"@"+a.Newest) {
		r.check(ctx, m.Folder+" with "+a.Framework+" "+a.Newest, dir)
	}
}

func (r *run) check(ctx context.Context, what, dir string) {
	r.goCommand(ctx, what, dir, "vet", "./...")
	test := []string{"test", "./..."}
	if r.Race {
		test = []string{"test", "-race", "./..."}
	}
	r.goCommand(ctx, what, dir, test...)
}

// tidy fails m when its committed go.mod or go.sum are not what go mod tidy
// makes of them. It leaves the copy in dir tidy, so that one mistake is
// reported once, and tells whether it could.
func (r *run) tidy(ctx context.Context, m workspace.Module, dir string) bool {
	committed, err := readIfAny(filepath.Join(dir, "go.sum"))
	if err != nil {
		r.fail(m.Folder, err)
		return false
	}
	if !r.goCommand(ctx, m.Folder, dir, "mod", "tidy") {
		return false
	}
	goMod, modErr := os.ReadFile(filepath.Join(dir, "go.mod"))
	sum, sumErr := readIfAny(filepath.Join(dir, "go.sum"))
	if err := errors.Join(modErr, sumErr); err != nil {
		r.fail(m.Folder, err)
		return false
	}
	if !bytes.Equal(goMod, m.GoMod) {
		r.fail(m.Folder, fmt.Errorf("go.mod is not tidy: run make tidy; it would become\n%s", goMod))
	}
	if missing := missingSums(committed, sum); len(missing) > 0 {
		r.fail(m.Folder, fmt.Errorf("go.sum is not tidy: run make tidy; it lacks\n%s", strings.Join(missing, "\n")))
	}
	return true
}

// readIfAny reads a file that need not be there.
func readIfAny(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// selected is the version of modpath that the module in dir is built with.
func (r *run) selected(ctx context.Context, dir, modpath string) (string, error) {
	out, err := r.output(ctx, dir, "list", "-m", "-f", "{{.Version}}", modpath)
	return strings.TrimSpace(out), err
}

// copy puts the files of m in the scratch folder.
func (r *run) copy(m workspace.Module, purpose string) (string, error) {
	files, err := m.Files()
	if err != nil {
		return "", err
	}
	dst := filepath.Join(r.scratch, purpose, filepath.FromSlash(m.Folder))
	for _, name := range files {
		from, to := filepath.Join(m.Dir, filepath.FromSlash(name)), filepath.Join(dst, filepath.FromSlash(name))
		info, err := os.Stat(from)
		if err != nil {
			return "", err
		}
		data, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(to, data, info.Mode().Perm()); err != nil {
			return "", err
		}
	}
	return dst, nil
}

// goCommand runs a go command in dir and tells whether it succeeded.
func (r *run) goCommand(ctx context.Context, what, dir string, args ...string) bool {
	cmd := r.env.Command(ctx, dir, args...)
	cmd.Stdout, cmd.Stderr = r.Out, r.Out
	if err := cmd.Run(); err != nil {
		r.fail(what, fmt.Errorf("go %s: %w", strings.Join(args, " "), err))
		return false
	}
	return true
}

func (r *run) output(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := r.env.Command(ctx, dir, args...)
	cmd.Stderr = r.Out
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}

func (r *run) say(format string, args ...any) {
	fmt.Fprintf(r.Out, "== "+format+"\n", args...)
}

func (r *run) fail(what string, err error) {
	err = fmt.Errorf("%s: %w", what, err)
	fmt.Fprintln(r.Out, "FAILED", err)
	r.errs = append(r.errs, err)
}

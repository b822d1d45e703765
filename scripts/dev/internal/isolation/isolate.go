package isolation

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

	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// Options says how [Isolate] and [CheckGoVersions] run.
type Options struct {
	GoVersions []string  // for CheckGoVersions, such as "1.26.0"; default: the go line of the module and NewestGo
	Programs   fs.FS     // for Isolate: consumer/<folder of the adapter>/main.go.txt; default: those of this package
	Race       bool      // test with the race detector
	Folders    []string  // of the modules to build; none means all
	Out        io.Writer // receives the names of the steps and the output of the commands
}

// run is one run of Isolate.
type run struct {
	Options
	env      *Env
	extraEnv []string // for the go command, after those of env
	scratch  string
	errs     []error
}

// Isolate builds, vets and tests every module alone, adapters also with the
// newest release of their framework, and then installs each adapter in an
// empty module as its users do. The modules in scripts and examples are tested only
// when Folders names them: vet compiles their tests too, which shows that their
// go.mod is whole, and `make test` runs them, which takes many minutes. Isolate
// continues after a failure and returns all of them.
func Isolate(ctx context.Context, ws *workspace.Workspace, o Options) error {
	if o.Programs == nil {
		o.Programs = programs
	}
	r, err := newRun(ctx, ws, o)
	if err != nil {
		return err
	}
	defer r.close()
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

// newRun prepares the proxy and a scratch folder, which close removes.
func newRun(ctx context.Context, ws *workspace.Workspace, o Options) (*run, error) {
	for _, folder := range o.Folders {
		if _, ok := ws.Module(workspace.Prefix + folder); !ok {
			return nil, fmt.Errorf("%s is not a module of the tree", folder)
		}
	}
	env, err := Prepare(ctx, ws)
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "authkeel-isolate-")
	if err != nil {
		return nil, err
	}
	return &run{Options: o, env: env, scratch: scratch}, nil
}

func (r *run) close() { os.RemoveAll(r.scratch) }

// module checks m as it is committed and tells whether it builds. If it does
// not, every other check would only report the same again.
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
	top, _, _ := strings.Cut(m.Folder, "/")
	if (top == "scripts" || top == "examples") && len(r.Folders) == 0 {
		r.goCommand(ctx, m.Folder, dir, "vet", "./...")
	} else {
		r.check(ctx, m.Folder, dir)
	}
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

// tidy reports a failure when go mod tidy would change the committed go.mod or
// go.sum of m. The copy in dir is tidy afterwards, so that one mistake is
// reported once. The result is false if the go command failed.
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

// readIfAny reads a file; a file that does not exist is empty.
func readIfAny(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// selected returns the version of modpath that the module in dir is built with.
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
	cmd.Env = append(cmd.Env, r.extraEnv...)
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

package gate

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/workspace"
)

// PrepareApart is [Prepare] for running commands in the folder of one module
// outside the workspace, siblings coming from the proxy. The go command works
// on a copy of go.mod and go.sum in .build, since the hashes of siblings, which
// it needs and adds, are not committed.
func PrepareApart(ctx context.Context, ws *workspace.Workspace, folder string) (*Env, error) {
	m, ok := ws.Module(workspace.Prefix + folder)
	if !ok {
		return nil, fmt.Errorf("%s is not a module of the tree", folder)
	}
	env, err := Prepare(ctx, ws)
	if err != nil {
		return nil, err
	}
	sum, err := readIfAny(filepath.Join(m.Dir, "go.sum"))
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(ws.Root, ".build", "apart", filepath.FromSlash(folder))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	goMod := filepath.Join(dir, "go.mod")
	if err := os.WriteFile(goMod, m.GoMod, 0o644); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.sum"), withoutOwn(sum), 0o644); err != nil {
		return nil, err
	}
	// Of the settings of Prepare only -mod=mod has to go: it would let any later
	// command change the copy, and there is room for one flag without a space.
	vars := slices.DeleteFunc(slices.Clone(env.vars), func(v string) bool { return strings.HasPrefix(v, "GOFLAGS=") })
	apart := &Env{root: env.root, vars: append(vars, "GOWORK=off", "GOFLAGS=-modfile="+goMod)}
	cmd := apart.command(ctx, m.Dir, "list", "-mod=mod", "-deps", "-test", "./...") // adds the hashes
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: go list: %w", folder, err)
	}
	return apart, nil
}

// Command is a go command in dir with these settings.
func (e *Env) Command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	return e.command(ctx, dir, args...)
}

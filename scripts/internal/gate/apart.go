package gate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/workspace"
)

// PrepareApart is [Prepare] for running commands in the folder of one module,
// siblings coming from the proxy. The module is alone in a workspace of its
// own, in .build: there the go command puts the hashes of siblings, which it
// needs and which are not committed. Unlike GOFLAGS=-mod=mod, and unlike
// -modfile, that leaves the tree as it is and serves linters too.
func PrepareApart(ctx context.Context, ws *workspace.Workspace, folder string) (*Env, error) {
	m, ok := ws.Module(workspace.Prefix + folder)
	if !ok {
		return nil, fmt.Errorf("%s is not a module of the tree", folder)
	}
	if m.File.Go == nil {
		return nil, fmt.Errorf("%s: its go.mod has no go line", folder)
	}
	env, err := Prepare(ctx, ws)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(ws.Root, ".build", "apart", filepath.FromSlash(folder))
	if err := os.RemoveAll(dir); err != nil { // old hashes
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	work := filepath.Join(dir, "go.work")
	text := "go " + m.File.Go.Version + "\n\nuse " + strconv.Quote(m.Dir) + "\n"
	if err := os.WriteFile(work, []byte(text), 0o644); err != nil {
		return nil, err
	}
	vars := slices.DeleteFunc(slices.Clone(env.vars), func(v string) bool { return strings.HasPrefix(v, "GOFLAGS=") })
	return &Env{root: env.root, vars: append(vars, "GOFLAGS=", "GOWORK="+work)}, nil
}

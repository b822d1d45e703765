package isolation

import (
	"context"
	"errors"
	"slices"

	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// NewestGo is the newest release of Go. To look for a newer one, ask for the
// next number: `GOTOOLCHAIN=go1.27.5 go version`.
const NewestGo = "1.27.4"

// CheckGoVersions tests core and the adapters, each alone, with the lowest Go
// release that their go.mod admits and with [NewestGo]. The go command downloads
// both as modules. It continues after a failure and returns all of them.
func CheckGoVersions(ctx context.Context, ws *workspace.Workspace, o Options) error {
	r, err := newRun(ctx, ws, o)
	if err != nil {
		return err
	}
	defer r.close()
	for _, m := range ws.Modules {
		if _, isAdapter := adapters.In(m.Folder); !isAdapter && m.Folder != "core" {
			continue
		}
		if len(o.Folders) > 0 && !slices.Contains(o.Folders, m.Folder) {
			continue
		}
		if m.File.Go == nil {
			r.fail(m.Folder, errors.New("its go.mod has no go line"))
			continue
		}
		versions := o.GoVersions
		if len(versions) == 0 {
			versions = []string{m.File.Go.Version, NewestGo}
		}
		for _, version := range versions {
			what := m.Folder + " with Go " + version
			r.say("%s", what)
			dir, err := r.copy(m, "go"+version)
			if err != nil {
				r.fail(what, err)
				continue
			}
			r.extraEnv = []string{"GOTOOLCHAIN=go" + version}
			test := []string{"test", "./..."}
			if r.Race {
				test = []string{"test", "-race", "./..."}
			}
			if version == NewestGo {
				// What needs a newer Go than the lowest, such as ML-DSA.
				test = slices.Insert(test, 1, "-tags=authkeel_mldsa")
			}
			if r.goCommand(ctx, what, dir, "version") {
				r.goCommand(ctx, what, dir, test...)
			}
		}
	}
	return errors.Join(r.errs...)
}

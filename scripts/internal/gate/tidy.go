package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/authkeel/authkeel/scripts/internal/workspace"
)

// Tidy runs go mod tidy in every module of the tree and takes the lines of our
// own modules out of go.sum again. Requirements come first, so that a module
// is tidied against what its siblings have just become.
func Tidy(ctx context.Context, root string, out io.Writer) error {
	ws, err := workspace.Load(root)
	if err != nil {
		return err
	}
	for _, m := range ws.Modules {
		hasGo, err := m.HasGo()
		if err != nil {
			return err
		}
		if !hasGo {
			// It would lose the requirements that its code is going to need.
			fmt.Fprintf(out, "%s: no Go file, left as it is\n", m.Folder)
			continue
		}
		if err := tidyModule(ctx, root, m, out); err != nil {
			return fmt.Errorf("%s: %w", m.Folder, err)
		}
	}
	return nil
}

func tidyModule(ctx context.Context, root string, m workspace.Module, out io.Writer) error {
	ws, err := workspace.Load(root) // siblings may just have changed
	if err != nil {
		return err
	}
	env, err := Prepare(ctx, ws)
	if err != nil {
		return err
	}
	sum := filepath.Join(m.Dir, "go.sum")
	// An old hash of a sibling would stop tidy before it could replace it.
	if err := dropOwnSums(sum); err != nil {
		return err
	}
	cmd := env.Command(ctx, m.Dir, "mod", "tidy")
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return errors.Join(fmt.Errorf("go mod tidy: %w", err), dropOwnSums(sum))
	}
	return dropOwnSums(sum)
}

// dropOwnSums rewrites the go.sum called name without our own modules; one
// that would be empty is removed.
func dropOwnSums(name string) error {
	data, err := readIfAny(name)
	if err != nil {
		return err
	}
	kept := withoutOwn(data)
	if len(kept) == len(data) {
		return nil
	}
	if len(kept) == 0 {
		return os.Remove(name)
	}
	return os.WriteFile(name, kept, 0o644)
}

package isolation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
)

// Tidy runs go mod tidy in every module of the tree and removes the lines of our
// own modules from go.sum afterwards. A module comes after those that it
// requires, so that it sees their new go.mod.
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
			// Tidying would remove the requirements that its code is going to need.
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
	ws, err := workspace.Load(root) // the last module may have changed
	if err != nil {
		return err
	}
	env, err := Prepare(ctx, ws)
	if err != nil {
		return err
	}
	sum := filepath.Join(m.Dir, "go.sum")
	// go mod tidy stops at an old hash of one of our modules.
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

// dropOwnSums removes our own modules from the go.sum called name, and the file
// itself when nothing is left.
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

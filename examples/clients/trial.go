package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/examples/clients/notes"
)

// kind is a row of the table.
type kind struct {
	name    string
	command string            // the kind's name for authkeel client; default: name
	flags   []string          // of authkeel client, beside kind and output path
	imports map[string]string // for the browser, by name, below the package's node_modules; nil: not in a browser
	files   map[string]string // of the user's, put into the package, by name, from js
	// generates is whether the package has a script of that name.
	generates bool
}

var kinds = []kind{
	{
		name:      "rest",
		flags:     []string{"--spec", "examples/clients/openapi.yaml"},
		imports:   map[string]string{"openapi-fetch": "openapi-fetch/dist/index.mjs"},
		generates: true,
	},
	{
		name:      "axios",
		flags:     []string{"--spec", "examples/clients/openapi.yaml"},
		imports:   map[string]string{"axios": "axios/dist/esm/axios.js"},
		generates: true,
	},
	{
		name:      "graphql",
		flags:     []string{"--schema", "examples/clients/graph/schema.graphqls"},
		files:     map[string]string{"src/operations.graphql": "graphql.graphql"},
		generates: true,
	},
	{
		name:  "trpc",
		flags: []string{"--router", "examples/trpc/notes/router.ts"},
	},
	{
		name:      "trpc-rest",
		command:   "trpc",
		flags:     []string{"--spec", "examples/clients/openapi.yaml"},
		generates: true,
	},
}

func kindNames() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

//go:embed js
var js embed.FS

// trial is one run of the table.
type trial struct {
	kinds      []kind
	frameworks []string
	browser    bool
	chromium   string
	work       string // folder of everything that is made
	root       string // of the tree
	mu         sync.Mutex
	out        io.Writer
}

func (t *trial) run(ctx context.Context) error {
	begun := time.Now()
	if err := t.prepare(ctx); err != nil {
		return err
	}
	if t.work == "" {
		var err error
		if t.work, err = os.MkdirTemp("", "authkeel-clients-"); err != nil {
			return err
		}
		defer os.RemoveAll(t.work)
	}
	work, err := filepath.Abs(t.work)
	if err != nil {
		return err
	}
	t.work = work
	if err := os.CopyFS(t.work, js); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := t.tools(ctx); err != nil {
		return err
	}
	if err := t.makeAll(ctx); err != nil {
		return err
	}
	if err := t.front(ctx); err != nil {
		return fmt.Errorf("a front end: %w", err)
	}
	page, err := servePages(t)
	if err != nil {
		return err
	}
	world, err := notes.Start(page.origin)
	if err != nil {
		return errors.Join(err, page.close())
	}
	page.world = world
	err = t.table(ctx, world, page)
	fmt.Fprintf(t.out, "%.0f s\n", time.Since(begun).Seconds())
	return errors.Join(err, page.close(), world.Close())
}

// table tries every kind on every framework.
func (t *trial) table(ctx context.Context, world *notes.World, page *pages) error {
	failures := 0
	for _, k := range t.kinds {
		for _, framework := range t.frameworks {
			text, err := t.command(ctx, "js", "node", "node.mjs", k.name, filepath.Join(t.work, k.name), world.APIs[framework], world.Control, world.Elsewhere, framework)
			failures += t.report(k.name, framework, "node", text, err)
			if t.browser && k.imports != nil {
				text, err := t.command(ctx, "tools", "node", "browser.mjs", t.chromium, page.address(k, framework))
				failures += t.report(k.name, framework, "browser", text, err)
			}
		}
	}
	if failures > 0 {
		return fmt.Errorf("%d cases failed", failures)
	}
	return nil
}

// report prints a line of the table and what is wrong with it, and returns how
// many cases that is.
func (t *trial) report(kind, framework, where, text string, err error) int {
	var results []struct{ Name, Error string }
	if err == nil {
		err = json.Unmarshal([]byte(text), &results)
	}
	if err == nil && len(results) == 0 {
		err = errors.New("no case was tried")
	}
	if err != nil {
		fmt.Fprintf(t.out, "%-9s %-6s %-8s FAILED: %v\n", kind, framework, where, err)
		return 1
	}
	failures := 0
	for _, r := range results {
		if r.Error != "" {
			failures++
			fmt.Fprintf(t.out, "%-9s %-6s %-8s FAILED: %s\n    %s\n", kind, framework, where, r.Name, strings.ReplaceAll(r.Error, "\n", "\n    "))
		}
	}
	fmt.Fprintf(t.out, "%-9s %-6s %-8s %d of %d cases passed\n", kind, framework, where, len(results)-failures, len(results))
	return failures
}

// command runs a program in a folder of the work folder and returns what it
// prints. Everything of npm's is in the work folder too, so that each run
// begins with an empty cache.
func (t *trial) command(ctx context.Context, folder, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = filepath.Join(t.work, folder)
	if filepath.IsAbs(folder) {
		cmd.Dir = folder
	}
	cmd.Env = append(os.Environ(), "npm_config_cache="+filepath.Join(t.work, "npm-cache"), "npm_config_update_notifier=false",
		"npm_config_audit=false", "npm_config_fund=false", "npm_config_loglevel=error")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args, " "), err, text, complaints.String())
	}
	return string(text), nil
}

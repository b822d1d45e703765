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

	"github.com/authkeel/authkeel/scripts/e2e/notes"
)

// kind is one kind of client and how it is generated and built.
type kind struct {
	name    string
	command string            // the kind's name for authkeel client; default: name
	flags   []string          // of authkeel client, beside kind and output path
	imports map[string]string // what the browser loads: file below the package's node_modules, by module name; nil: the kind is not tested in a browser
	files   map[string]string // files that the user of the package would write: file in js, by name in the package
	// generates says that the package has a script called generate.
	generates bool
}

var kinds = []kind{
	{
		name:      "rest",
		flags:     []string{"--spec", "scripts/e2e/openapi.yaml"},
		imports:   map[string]string{"openapi-fetch": "openapi-fetch/dist/index.mjs"},
		generates: true,
	},
	{
		name:      "axios",
		flags:     []string{"--spec", "scripts/e2e/openapi.yaml"},
		imports:   map[string]string{"axios": "axios/dist/esm/axios.js"},
		generates: true,
	},
	{
		name:      "graphql",
		flags:     []string{"--schema", "scripts/e2e/graph/schema.graphqls"},
		files:     map[string]string{"src/operations.graphql": "graphql.graphql"},
		generates: true,
	},
	{
		name:  "trpc",
		flags: []string{"--router", "scripts/e2e/trpcnotes/router.ts"},
	},
	{
		name:    "trpc-rest",
		command: "trpc",
		flags:   []string{"--spec", "scripts/e2e/openapi.yaml"},
		imports: map[string]string{
			"openapi-fetch": "openapi-fetch/dist/index.mjs", "@trpc/client": "@trpc/client/dist/index.mjs", "@trpc/server": "@trpc/server/dist/index.mjs",
			"@trpc/server/observable": "@trpc/server/dist/observable/index.mjs", "@trpc/server/rpc": "@trpc/server/dist/rpc.mjs",
			"@trpc/server/unstable-core-do-not-import": "@trpc/server/dist/unstable-core-do-not-import.mjs",
		},
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

// suite is one run: the kinds of client and the frameworks to test, and where.
type suite struct {
	kinds      []kind
	frameworks []string
	signsIn    bool // authkeel issuer is tested too
	web        bool // and examples/web
	browser    bool
	chromium   string
	work       string // the folder with everything that is generated
	root       string // the root of the tree
	mu         sync.Mutex
	out        io.Writer
}

func (t *suite) run(ctx context.Context) error {
	begun := time.Now()
	if err := t.prepare(ctx); err != nil {
		return err
	}
	if t.work == "" {
		var err error
		if t.work, err = os.MkdirTemp("", "authkeel-e2e-"); err != nil {
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
	if err := t.generateAll(ctx); err != nil {
		return err
	}
	if len(t.kinds) > 0 {
		if err := t.existingFrontend(ctx); err != nil {
			return fmt.Errorf("existing front end: %w", err)
		}
	}
	page, err := servePages(t)
	if err != nil {
		return err
	}
	fixture, err := notes.Start(page.origin)
	if err != nil {
		return errors.Join(err, page.close())
	}
	page.fixture = fixture
	err = t.runAll(ctx, fixture, page)
	fmt.Fprintf(t.out, "%.0f s\n", time.Since(begun).Seconds())
	return errors.Join(err, page.close(), fixture.Close())
}

// runAll tests every kind of client against the API on every framework.
func (t *suite) runAll(ctx context.Context, fixture *notes.Fixture, page *pages) error {
	failures := 0
	if t.signsIn {
		failed, err := t.signIn(ctx, page)
		if err != nil {
			return err
		}
		failures += failed
	}
	if t.web && t.browser {
		failed, err := t.webPage(ctx)
		if err != nil {
			return err
		}
		failures += failed
	}
	for _, k := range t.kinds {
		for _, framework := range t.frameworks {
			text, err := t.command(ctx, "js", "node", "node.mjs", k.name, filepath.Join(t.work, k.name), fixture.APIs[framework], fixture.Hooks, fixture.Elsewhere, framework)
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

// report prints one line for each failed case and a line that counts the passed
// ones. It returns how many cases failed.
func (t *suite) report(kind, framework, where, text string, err error) int {
	var results []struct{ Name, Error string }
	if err == nil {
		err = json.Unmarshal([]byte(text), &results)
	}
	if err == nil && len(results) == 0 {
		err = errors.New("no case ran")
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

// command runs a program in a folder below the work folder, or in an absolute
// one, and returns its standard output. npm's cache is in the work folder too,
// so that each run begins with an empty cache.
func (t *suite) command(ctx context.Context, folder, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = filepath.Join(t.work, folder)
	if filepath.IsAbs(folder) {
		cmd.Dir = folder
	}
	cmd.Env = t.environment()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args, " "), err, text, stderr.String())
	}
	return string(text), nil
}

func (t *suite) environment() []string {
	return append(os.Environ(), "npm_config_cache="+filepath.Join(t.work, "npm-cache"), "npm_config_update_notifier=false",
		"npm_config_audit=false", "npm_config_fund=false", "npm_config_loglevel=error")
}

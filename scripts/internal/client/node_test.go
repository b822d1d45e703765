package client

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// nodePackages is what the clients are made of and what compiles them.
var nodePackages = []string{
	"typescript", "openapi-fetch", "openapi-typescript-helpers", "axios", "@trpc/client", "@trpc/server",
	"@apollo/client", "@graphql-typed-document-node/core", "graphql", "graphql-ws", "rxjs",
}

// installed is a folder with these packages, made once for all tests.
var installed struct {
	once   sync.Once
	folder string
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if installed.folder != "" {
		if err := os.RemoveAll(installed.folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// nodeFolder installs the packages. It needs Node.js 20 or later and npm.
func nodeFolder(t *testing.T) string {
	t.Helper()
	installed.once.Do(func() {
		if installed.folder, installed.err = os.MkdirTemp("", "authkeel-node-"); installed.err != nil {
			return
		}
		dependencies := map[string]string{}
		for _, name := range nodePackages {
			dependencies[name] = versions[name]
		}
		manifest, err := json.Marshal(map[string]any{"private": true, "type": "module", "dependencies": dependencies})
		if err == nil {
			err = os.WriteFile(filepath.Join(installed.folder, "package.json"), manifest, 0o600)
		}
		if err == nil {
			npm := exec.Command("npm", "install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")
			npm.Dir = installed.folder
			if out, failed := npm.CombinedOutput(); failed != nil {
				err = fmt.Errorf("npm install: %w\n%s", failed, out)
			}
		}
		installed.err = err
	})
	if installed.err != nil {
		t.Fatalf("these tests run the clients on Node.js: %v", installed.err)
	}
	return installed.folder
}

// compiled writes the sources into a folder of its own, as JavaScript, and
// returns the folder.
func compiled(t *testing.T, files []File) string {
	t.Helper()
	folder, err := os.MkdirTemp(nodeFolder(t), "client-")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, File{Path: "tsconfig.json", Text: templateText("tsconfig.json")})
	for _, f := range files {
		put(t, filepath.Join(folder, filepath.FromSlash(f.Path)), f.Text)
	}
	runNode(t, folder, "transpile.mjs", folder)
	return folder
}

// stubs stand for what the tools generate.
var stubs = map[string]File{
	"graphql": {Path: "gql/graphql.ts", Text: "export type Query = { status: string };\n"},
	"trpc/router": {Path: "router.ts", Text: "import type { TRPCBuiltRouter, TRPCDefaultErrorShape } from '@trpc/server';\n" +
		"export type AppRouter = TRPCBuiltRouter<{ ctx: object; meta: object; errorShape: TRPCDefaultErrorShape; transformer: false }, {}>;\n"},
}

// kindClient is the client of a kind. Sources in changed take the place of the
// template's.
func kindClient(t *testing.T, kind string, changed ...File) string {
	t.Helper()
	entries, err := templates.ReadDir("template/common")
	if err != nil {
		t.Fatal(err)
	}
	var files []File
	for _, entry := range entries {
		files = append(files, File{Path: entry.Name(), Text: templateText("common/" + entry.Name())})
	}
	if parent, _, sub := strings.Cut(kind, "/"); sub {
		files = append(files, kindSources(parent)...)
	}
	files = append(files, kindSources(kind)...)
	if kind == "rest" || kind == "trpc/spec" {
		files = append(files, kindSources("fetch")...)
	}
	if stub, ok := stubs[kind]; ok {
		files = append(files, stub)
	}
	return compiled(t, append(files, changed...))
}

// runNode runs a script of testdata/node in the folder of the packages, with the
// compiled client as its first argument.
func runNode(t *testing.T, folder, script string, args ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(here, "testdata", "node", script))
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(folder, script)
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{copied}, args...)...)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", path.Base(script), err, out)
	}
	return string(out)
}

// here is the package's folder: some tests change the working directory.
var here = func() string {
	folder, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return folder
}()

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// webName is what -kinds calls the test of the page in examples/web.
const webName = "web"

// webPage builds the page in examples/web, serves it as its README says, and goes
// through it in Chromium, with screenshots. It returns how many cases failed.
func (t *suite) webPage(ctx context.Context) (failures int, err error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return 0, err
	}
	origin := "http://" + addr
	backend, err := t.startBlog(ctx, origin)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, backend.close()) }()
	if err := t.clientIsCurrent(ctx); err != nil {
		return 0, err
	}
	program := filepath.Join(t.work, "web-page")
	if _, err := t.command(ctx, t.root, "go", "build", "-o", program, "./examples/web"); err != nil {
		return 0, err
	}
	page, err := startProgram(ctx, t.root, t.environment(), "the page is at ", program, "-addr", addr, "-issuer", backend.issuer.URL(), "-api", backend.address)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, page.stop()) }()
	if err := t.devServer(ctx, origin); err != nil {
		return 0, err
	}
	pictures := filepath.Join(t.work, "screenshots")
	if err := os.MkdirAll(pictures, 0o777); err != nil {
		return 0, err
	}
	text, err := t.command(ctx, "tools", "node", "web-browser.mjs", t.chromium, origin, backend.issuer.URL(), backend.address, backend.hooks, pictures)
	return t.report(webName, "chi", "browser", text, err), nil
}

// devServer starts what "npm run dev" starts, and asks it for the page, for a source
// file, and for the settings, which it has from the page's server.
func (t *suite) devServer(ctx context.Context, origin string) error {
	addr, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	// In CI, Vite would write its "Local:" in colors, with an escape before the colon.
	environment := append(t.environment(), "SETTINGS_FROM="+origin, "CI=true", "NO_COLOR=1")
	server, err := startProgram(ctx, filepath.Join(t.root, "examples", "web", "page"), environment,
		"Local:", "node", filepath.Join("node_modules", "vite", "bin", "vite.js"), "--port", port)
	if err != nil {
		return err
	}
	defer func() { _ = server.stop() }() // Vite ends with status 130 after an interrupt
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for path, want := range map[string]string{"/": "/src/main.tsx", "/src/main.tsx": "createRoot", "/settings.json": `"clientId"`} {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+path, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			return err
		}
		if !strings.Contains(string(text), want) {
			return fmt.Errorf("the server of \"npm run dev\" answered %s with %s and %q, want %s in it", path, response.Status, text, want)
		}
	}
	return nil
}

// clientIsCurrent compares the client that is committed with the page with the one that
// the generator writes now.
func (t *suite) clientIsCurrent(ctx context.Context) error {
	if err := t.write("blog-client/package.json", `{ "private": true, "type": "module" }`); err != nil {
		return err
	}
	fresh := os.DirFS(filepath.Join(t.work, "blog-client", "src"))
	generator, file := filepath.Join(t.root, "scripts", "generate-api-client.sh"), filepath.Join(t.work, "blog-client", "src", "blog.ts")
	if _, err := t.command(ctx, t.root, generator, "rest", file, "--spec", "examples/blog/rest/openapi.json"); err != nil {
		return err
	}
	committed := os.DirFS(filepath.Join(t.root, "examples", "web", "page", "src", "client"))
	names, err := fs.Glob(committed, "*")
	if err != nil {
		return err
	}
	written, err := fs.Glob(fresh, "*")
	if err != nil || !slices.Equal(names, written) {
		return fmt.Errorf("examples/web/page/src/client has the files %q, want %q: run \"npm run generate\" in examples/web/page", names, written)
	}
	for _, name := range names {
		got, gotErr := fs.ReadFile(committed, name)
		want, wantErr := fs.ReadFile(fresh, name)
		if err := errors.Join(gotErr, wantErr); err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("examples/web/page/src/client/%s is old: run \"npm run generate\" in examples/web/page", name)
		}
	}
	return nil
}

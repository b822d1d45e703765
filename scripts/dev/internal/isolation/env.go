// Package isolation builds and tests every module of the tree as its users get
// it: alone, from a module proxy, outside the workspace and without the source
// of the other modules beside it.
package isolation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/authkeel/authkeel/scripts/dev/internal/modproxy"
	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
)

// TreeVar names the environment variable with the root of the tree. Tests that
// read the whole tree need it when they run in an isolated copy of one module.
const TreeVar = "AUTHKEEL_TREE"

// Env holds the settings with which the go command takes the modules of the tree
// from the proxy.
type Env struct {
	root string
	vars []string
}

// Prepare brings the proxy in .build/proxy up to date with the tree and
// returns the settings to use it with. Third-party modules come from the
// module cache of the shell or, if it lacks them, from its GOPROXY; they are
// unpacked in .build/modcache. The modules of the tree never enter the shell's
// cache, because the content of a version there never changes.
func Prepare(ctx context.Context, ws *workspace.Workspace) (*Env, error) {
	build := filepath.Join(ws.Root, ".build")
	proxy, cache := filepath.Join(build, "proxy"), filepath.Join(build, "modcache")
	if err := refresh(ws, build, proxy, cache); err != nil {
		return nil, fmt.Errorf("making the module proxy: %w", err)
	}
	shell, err := shellEnv(ctx)
	if err != nil {
		return nil, err
	}
	own := strings.TrimSuffix(workspace.Prefix, "/")
	noSum := own
	if shell.GONOSUMDB != "" {
		noSum = shell.GONOSUMDB + "," + own
	}
	// The go command indexes the packages of a module in the cache by its folder
	// alone. The content of ours changes, so the index would be out of date.
	debug := "goindex=0"
	if v := os.Getenv("GODEBUG"); v != "" {
		debug = v + "," + debug
	}
	return &Env{root: ws.Root, vars: []string{
		"GOPROXY=" + strings.Join([]string{fileURL(proxy), fileURL(filepath.Join(shell.GOMODCACHE, "cache", "download")), shell.GOPROXY}, ","),
		"GONOSUMDB=" + noSum,
		"GONOPROXY=none", // a GOPRIVATE that covers our path would bypass the proxy
		"GOFLAGS=-mod=mod",
		"GOMODCACHE=" + cache,
		"GODEBUG=" + debug,
	}}, nil
}

// String returns the settings on one line, as arguments for env(1). They do not
// include GOWORK=off, which the caller sets to leave the workspace.
func (e *Env) String() string { return strings.Join(e.vars, " ") }

// Command is a go command in dir with these settings, outside the workspace. With
// -trimpath it does not compile again what another check has compiled from another
// module cache.
func (e *Env) Command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GOWORK=off", TreeVar+"="+e.root)
	cmd.Env = append(cmd.Env, e.vars...)
	cmd.Env = append(cmd.Env, "GOFLAGS=-mod=mod -trimpath")
	return cmd
}

// refresh rewrites the proxy. When its content changed, it removes the modules of
// the tree from the private cache, because their versions are the same.
func refresh(ws *workspace.Workspace, build, proxy, cache string) error {
	if err := os.MkdirAll(build, 0o755); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(build, "proxy-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	digest, err := modproxy.Write(fresh, ws, modproxy.Release)
	if err != nil {
		return err
	}
	stamp := "tree.sha256"
	if last, err := os.ReadFile(filepath.Join(proxy, stamp)); err == nil && string(last) == digest {
		return nil
	}
	if err := os.WriteFile(filepath.Join(fresh, stamp), []byte(digest), 0o644); err != nil {
		return err
	}
	own := filepath.FromSlash(workspace.Prefix)
	for _, dir := range []string{filepath.Join(cache, own), filepath.Join(cache, "cache", "download", own), proxy} {
		if err := Remove(dir); err != nil {
			return err
		}
	}
	return os.Rename(fresh, proxy)
}

// Remove removes dir even if it is a module cache, whose folders are read-only.
func Remove(dir string) error {
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(name, 0o755)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.RemoveAll(dir)
}

type goEnv struct{ GOPROXY, GOMODCACHE, GONOSUMDB string }

func shellEnv(ctx context.Context) (goEnv, error) {
	var e goEnv
	out, err := exec.CommandContext(ctx, "go", "env", "-json", "GOPROXY", "GOMODCACHE", "GONOSUMDB").Output()
	if err != nil {
		return e, fmt.Errorf("go env: %w", err)
	}
	if err := json.Unmarshal(out, &e); err != nil {
		return e, fmt.Errorf("go env: %w", err)
	}
	return e, nil
}

func fileURL(path string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}

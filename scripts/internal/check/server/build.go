package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrAsk is wrapped by errors that a flag resolves.
var ErrAsk = errors.New("a flag is missing")

// inModule reports whether there is a go.mod in dir or above it.
func inModule(dir string) bool {
	dir, err := filepath.Abs(dir)
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false
		}
		dir = parent
	}
	return false
}

// mainPackage finds the program of the Go project in dir: the root package if it is one,
// else the only program below cmd, else the only program in the module.
func mainPackage(ctx context.Context, dir string) (string, error) {
	list := exec.CommandContext(ctx, "go", "list", "-f", `{{if eq .Name "main"}}{{.Dir}}{{end}}`, "./...")
	list.Dir = dir
	var stderr strings.Builder
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w\n%s", err, stderr.String())
	}
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	if root, err = filepath.Abs(root); err != nil {
		return "", err
	}
	var all, commands []string
	for line := range strings.Lines(string(out)) {
		p, err := filepath.Rel(root, strings.TrimSpace(line))
		if err != nil {
			return "", err
		}
		p = filepath.ToSlash(p)
		if p == "." {
			return ".", nil
		}
		all = append(all, "./"+p)
		if strings.HasPrefix(p, "cmd/") {
			commands = append(commands, "./"+p)
		}
	}
	switch {
	case len(commands) == 1:
		return commands[0], nil
	case len(all) == 1:
		return all[0], nil
	case len(all) == 0:
		return "", fmt.Errorf("%w: the module has no program (package main); give the command that starts the server with --start", ErrAsk)
	}
	return "", fmt.Errorf("%w: the module has several programs; name the server with --package: %s", ErrAsk, strings.Join(all, ", "))
}

// build compiles the package pkg of the module in dir.
func build(ctx context.Context, dir, pkg, binary string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, pkg)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", pkg, err, out)
	}
	return nil
}

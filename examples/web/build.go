package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// build builds the page with npm and returns the folder of the build.
func build(ctx context.Context, stdout io.Writer) (string, error) {
	if _, err := exec.LookPath("npm"); err != nil {
		return "", fmt.Errorf("the page is built with npm: install Node.js 20.19 or later with npm: %w", err)
	}
	folder := filepath.FromSlash(page)
	if !installed(folder) {
		fmt.Fprintln(stdout, "npm installs the libraries of the page, which takes a moment")
		if err := npm(ctx, folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
			return "", err
		}
	}
	if err := npm(ctx, folder, "run", "build"); err != nil {
		return "", err
	}
	return filepath.Join(folder, "dist"), nil
}

// installed says whether npm has installed what package-lock.json asks for.
func installed(folder string) bool {
	wanted, wantedErr := os.Stat(filepath.Join(folder, "package-lock.json"))
	found, foundErr := os.Stat(filepath.Join(folder, "node_modules", ".package-lock.json"))
	return wantedErr == nil && foundErr == nil && !found.ModTime().Before(wanted.ModTime())
}

func npm(ctx context.Context, folder string, args ...string) error {
	cmd := exec.CommandContext(ctx, "npm", args...)
	cmd.Dir = folder
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm %s: %w\n%s", strings.Join(args, " "), err, output)
	}
	return nil
}

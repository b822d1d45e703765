package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// treeProxy returns the settings with which the go command takes the modules of
// the tree from the tree. Tests that run at once share them, because making the
// proxy replaces the last one.
func treeProxy(t *testing.T) []string {
	t.Helper()
	settings, err := proxySettings()
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

// proxySettings asks the command that prints them, which is in a module that this
// one does not require.
var proxySettings = sync.OnceValues(func() ([]string, error) {
	cmd := exec.CommandContext(context.Background(), "go", "run", "./scripts/dev", "proxy-env")
	cmd.Dir = treeRoot()
	// An isolated copy is tested outside the workspace; this command runs in it.
	cmd.Env = append(cmd.Environ(), "GOWORK=", "GOFLAGS=-trimpath")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w", cmd, err)
	}
	return strings.Fields(string(out)), nil
})

// treeRoot returns the root of the tree.
func treeRoot() string {
	if root := os.Getenv("AUTHKEEL_TREE"); root != "" { // set where this module is tested in an isolated copy
		return root
	}
	return filepath.Join("..", "..")
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// treeProxy returns the settings with which the go command takes the modules of
// the tree from the tree. The command that prints them is in a module that this
// one does not require.
func treeProxy(t *testing.T) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "run", "./scripts/dev", "proxy-env")
	cmd.Dir = treeRoot()
	// An isolated copy is tested outside the workspace; this command runs in it.
	cmd.Env = append(cmd.Environ(), "GOWORK=", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	return strings.Fields(string(out))
}

// treeRoot returns the root of the tree.
func treeRoot() string {
	if root := os.Getenv("AUTHKEEL_TREE"); root != "" { // set where this module is tested in an isolated copy
		return root
	}
	return filepath.Join("..", "..")
}

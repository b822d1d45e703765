package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Versions of everything that comes from npm, exact. A client is made of these
// and was tested with these.
var versions = map[string]string{
	"@apollo/client":                    "4.3.8",
	"@graphql-codegen/cli":              "7.4.3",
	"@graphql-codegen/client-preset":    "6.2.0",
	"@graphql-typed-document-node/core": "3.2.0",
	"@trpc/client":                      "11.25.2",
	"@trpc/server":                      "11.25.2",
	"graphql":                           "16.15.0", // 17 needs Node.js 22
	"graphql-ws":                        "6.4.2",
	"rxjs":                              "7.8.2",
	"axios":                             "1.21.1",
	"openapi-fetch":                     "0.17.0",
	"openapi-typescript":                "7.13.0",
	"openapi-typescript-helpers":        "0.1.0",
	"swagger2openapi":                   "7.0.8",
	"typescript":                        "5.9.3", // 7 crashes openapi-typescript
}

// Tools runs the programs that a kind needs.
type Tools interface {
	// Run runs the command of one of the npm packages, each at its version, in
	// a folder of its own.
	Run(ctx context.Context, packages []string, command string, args ...string) error
}

// npm runs programs that npx keeps in npm's cache.
type npm struct {
	paths map[string]string // the PATH with the programs, by the packages that they are from
}

// Run runs the program itself: a start of npx takes longer than most of them.
func (n *npm) Run(ctx context.Context, packages []string, command string, args ...string) error {
	empty, err := os.MkdirTemp("", "authkeel-npx-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(empty)
	key := strings.Join(packages, " ")
	if n.paths[key] == "" {
		path, err := pathOf(ctx, empty, packages)
		if err != nil {
			return err
		}
		if n.paths == nil {
			n.paths = map[string]string{}
		}
		n.paths[key] = path
	}
	for _, folder := range filepath.SplitList(n.paths[key]) {
		if program, err := exec.LookPath(filepath.Join(folder, command)); err == nil && filepath.IsAbs(program) {
			_, err = runIn(ctx, empty, n.paths[key], program, args...)
			return err
		}
	}
	return fmt.Errorf("%s has no program %s", key, command)
}

// pathOf has npx install the packages and returns the PATH that it gives to their
// programs.
func pathOf(ctx context.Context, empty string, packages []string) (string, error) {
	npx, err := exec.LookPath("npx")
	if err != nil {
		return "", errors.New("npx is not on the PATH. The types are generated with " + strings.Join(packages, " and ") +
			", which run on Node.js 20 or later: install it with npm (nodejs.org, or your system's packages), and repeat the command")
	}
	line := []string{"--yes"}
	for _, p := range packages {
		line = append(line, "--package="+p+"@"+versions[p])
	}
	said, err := runIn(ctx, empty, os.Getenv("PATH"), npx, append(line, "--", "node", "-p", "process.env.PATH")...)
	return strings.TrimSpace(said), err
}

// runIn runs a program in an empty folder, so that no package.json or settings of the
// user's are in the way, and returns what it says.
func runIn(ctx context.Context, empty, path, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = empty
	cmd.Env = append(os.Environ(), "PATH="+path, "npm_config_loglevel=error", "npm_config_update_notifier=false", "NO_COLOR=1")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", filepath.Base(program), err, withoutStack(said.String()))
	}
	return said.String(), nil
}

// withoutStack leaves out what Node.js says of the tool's own code.
func withoutStack(said string) string {
	var kept []string
	for line := range strings.Lines(said) {
		if text := strings.TrimSpace(line); !strings.HasPrefix(text, "at ") && !strings.HasPrefix(text, "Node.js v") && !strings.HasPrefix(text, "node:internal") {
			kept = append(kept, line)
		}
	}
	return strings.TrimSpace(strings.Join(kept, ""))
}

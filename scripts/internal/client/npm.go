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

type npm struct{}

// Run uses npx, which keeps what it downloads in npm's cache.
func (npm) Run(ctx context.Context, packages []string, command string, args ...string) error {
	npx, err := exec.LookPath("npx")
	if err != nil {
		return errors.New("npx is not on the PATH. The types are generated with " + strings.Join(packages, " and ") +
			", which run on Node.js 20 or later: install it with npm (nodejs.org, or your system's packages), and repeat the command")
	}
	folder, err := os.MkdirTemp("", "authkeel-npx-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	line := []string{"--yes"}
	for _, p := range packages {
		line = append(line, "--package="+p+"@"+versions[p])
	}
	line = append(append(line, "--", command), args...)
	cmd := exec.CommandContext(ctx, npx, line...)
	cmd.Dir = folder // no package.json or settings of the user's are in the way
	cmd.Env = append(os.Environ(), "npm_config_loglevel=error", "npm_config_update_notifier=false", "NO_COLOR=1")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s (%s): %w\n%s", command, filepath.Base(npx), err, withoutStack(said.String()))
	}
	return nil
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

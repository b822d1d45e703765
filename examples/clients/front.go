package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

const frontSettings = `{
  "compilerOptions": {
    "target": "ES2022", "module": "ESNext", "moduleResolution": "bundler", "lib": ["ES2022", "DOM", "DOM.Iterable"],
    "types": [], "strict": true, "isolatedModules": true, "noEmit": true
  },
  "include": ["src"]
}
`

// front writes a client into a front end that is there, from a Swagger 2.0
// document, and type-checks both together.
func (t *trial) front(ctx context.Context) error {
	for name, text := range map[string]string{
		"front/package.json":  `{ "private": true, "type": "module" }`,
		"front/tsconfig.json": frontSettings,
	} {
		if err := t.write(name, text); err != nil {
			return err
		}
	}
	program, err := js.ReadFile("js/front.ts")
	if err != nil {
		return err
	}
	if err := t.write("front/src/front.ts", string(program)); err != nil {
		return err
	}
	api := filepath.Join(t.work, "front", "src", "api.ts")
	said, err := t.command(ctx, t.root, filepath.Join(t.root, "scripts", "generate-api-client.sh"), "rest", api, "--spec", "examples/clients/js/swagger.json")
	if err != nil {
		return err
	}
	for _, part := range []string{"converted to OpenAPI 3.0", "npm install --save-exact openapi-fetch@"} {
		if !strings.Contains(said, part) {
			return fmt.Errorf("got the output %q, want %q in it", said, part)
		}
	}
	if _, err := t.command(ctx, "front", "npm", "install", "--save-exact", "openapi-fetch@0.17.0"); err != nil {
		return err
	}
	if _, err := t.command(ctx, ".", "node", filepath.Join(t.work, "tools", "node_modules", "typescript7", "bin", "tsc"), "--project", "front"); err != nil {
		return err
	}
	fmt.Fprintln(t.out, "rest      type-checks beside a front end, from Swagger 2.0")
	return nil
}

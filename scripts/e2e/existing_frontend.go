package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

const frontendSettings = `{
  "compilerOptions": {
    "target": "ES2022", "module": "ESNext", "moduleResolution": "bundler", "lib": ["ES2022", "DOM", "DOM.Iterable"],
    "types": [], "strict": true, "isolatedModules": true, "noEmit": true
  },
  "include": ["src"]
}
`

// existingFrontend writes a client into a front end that exists already, from a
// Swagger 2.0 document, and type-checks both together.
func (t *suite) existingFrontend(ctx context.Context) error {
	for name, text := range map[string]string{
		"front/package.json":  `{ "private": true, "type": "module" }`,
		"front/tsconfig.json": frontendSettings,
	} {
		if err := t.write(name, text); err != nil {
			return err
		}
	}
	program, err := js.ReadFile("js/existing_frontend.ts")
	if err != nil {
		return err
	}
	if err := t.write("front/src/front.ts", string(program)); err != nil {
		return err
	}
	api := filepath.Join(t.work, "front", "src", "api.ts")
	output, err := t.command(ctx, t.root, filepath.Join(t.root, "scripts", "generate-api-client.sh"), "rest", api, "--spec", "scripts/e2e/js/swagger.json")
	if err != nil {
		return err
	}
	for _, part := range []string{"converted to OpenAPI 3.0", "npm install --save-exact openapi-fetch@"} {
		if !strings.Contains(output, part) {
			return fmt.Errorf("got the output %q, want %q in it", output, part)
		}
	}
	if _, err := t.command(ctx, "front", "npm", "install", "--save-exact", "openapi-fetch@0.17.0"); err != nil {
		return err
	}
	if _, err := t.command(ctx, ".", "node", filepath.Join(t.work, "tools", "node_modules", "typescript7", "bin", "tsc"), "--project", "front"); err != nil {
		return err
	}
	fmt.Fprintln(t.out, "rest      type-checks beside an existing front end, from Swagger 2.0")
	return nil
}

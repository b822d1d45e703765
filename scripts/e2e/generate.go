package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// prepare checks that the programs it needs are installed, before minutes are
// spent.
func (t *suite) prepare(ctx context.Context) error {
	text, err := exec.CommandContext(ctx, "go", "env", "GOWORK").Output()
	work := strings.TrimSpace(string(text))
	if err != nil || work == "" || work == "off" {
		return errors.Join(err, errors.New("this runs in the workspace of authkeel's tree: the generator comes from there"))
	}
	t.root = filepath.Dir(work)
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%w: install Node.js 20 or later with npm", err)
		}
	}
	if t.browser {
		if t.chromium, err = exec.LookPath(t.chromium); err != nil {
			return fmt.Errorf("%w: install Chromium, or say -browser=false", err)
		}
	}
	return nil
}

const toolsJSON = `{
  "private": true,
  "dependencies": {
    "oidc-client-ts": "3.5.0",
    "openid-client": "6.9.0",
    "playwright-core": "1.65.1",
    "typescript7": "npm:typescript@7.0.2",
    "ws": "8.23.0"
  }
}
`

// tools installs the test tools, which are not part of any client.
func (t *suite) tools(ctx context.Context) error {
	if err := t.write("tools/package.json", toolsJSON); err != nil {
		return err
	}
	for _, name := range []string{"browser.mjs", "contrast.mjs", "signin-browser.mjs", "signin-node.mjs",
		"web-browser.mjs", "web-harness.mjs", "web-looks.mjs", "web-outages.mjs", "web-people.mjs"} { // beside the libraries that they import
		script, err := js.ReadFile("js/" + name)
		if err != nil {
			return err
		}
		if err := t.write("tools/"+name, string(script)); err != nil {
			return err
		}
	}
	_, err := t.command(ctx, "tools", "npm", "install", "--ignore-scripts")
	return err
}

// generateAll generates the clients one after the other, since npx does not expect
// another npx, and builds two at a time.
func (t *suite) generateAll(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var builds sync.WaitGroup
	slots := make(chan struct{}, 2)
	for _, k := range t.kinds {
		if err := t.generate(ctx, k); err != nil {
			cancel(fmt.Errorf("%s: %w", k.name, err))
			break
		}
		builds.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := t.build(ctx, k); err != nil {
				cancel(fmt.Errorf("%s: %w", k.name, err))
			}
		})
	}
	builds.Wait()
	return context.Cause(ctx)
}

// generate runs authkeel client for k and adds the files that its user would
// write.
func (t *suite) generate(ctx context.Context, k kind) error {
	args := append([]string{cmp.Or(k.command, k.name), filepath.Join(t.work, k.name)}, k.flags...)
	if _, err := t.command(ctx, t.root, filepath.Join(t.root, "scripts", "generate-api-client.sh"), args...); err != nil {
		return err
	}
	for name, from := range k.files {
		text, err := js.ReadFile("js/" + from)
		if err != nil {
			return err
		}
		if err := t.write(k.name+"/"+name, string(text)); err != nil {
			return err
		}
	}
	return nil
}

// build installs the dependencies of a client, builds it with the TypeScript
// that they include, and type-checks it and a program that uses it.
func (t *suite) build(ctx context.Context, k kind) error {
	if _, err := t.command(ctx, k.name, "npm", "install"); err != nil {
		return err
	}
	if k.generates {
		for _, script := range []string{"generate", "build"} {
			if _, err := t.command(ctx, k.name, "npm", "run", script); err != nil {
				return err
			}
		}
	}
	use, err := js.ReadFile("js/" + k.name + ".types.ts")
	if err != nil {
		return err
	}
	if err := t.write("use-"+k.name+"/use.ts", string(use)); err != nil {
		return err
	}
	if err := t.write("use-"+k.name+"/package.json", `{ "private": true, "type": "module" }`); err != nil {
		return err
	}
	settings := fmt.Sprintf(`{ "extends": "../%s/tsconfig.json", "compilerOptions": { "rootDir": "..", "noEmit": true }, "include": ["."] }`, k.name)
	if err := t.write("use-"+k.name+"/tsconfig.json", settings); err != nil {
		return err
	}
	ours := k.name + "/node_modules/typescript"
	for _, compiler := range []string{ours, "tools/node_modules/typescript7"} {
		tsc := filepath.Join(t.work, filepath.FromSlash(compiler), "bin", "tsc")
		version, err := t.command(ctx, ".", "node", tsc, "--version")
		if err != nil {
			return err
		}
		projects := []string{"use-" + k.name}
		if compiler != ours {
			projects = append(projects, k.name) // the build has checked it with ours
		}
		for _, project := range projects {
			if _, err := t.command(ctx, ".", "node", tsc, "--noEmit", "--project", project); err != nil {
				return fmt.Errorf("TypeScript %s: %w", strings.TrimSpace(version), err)
			}
		}
		t.say("%-9s type-checks with TypeScript %s\n", k.name, strings.TrimPrefix(strings.TrimSpace(version), "Version "))
	}
	return nil
}

// say prints a line. It is safe for two builds at once.
func (t *suite) say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.out, format, args...)
}

func (t *suite) write(name, text string) error {
	file := filepath.Join(t.work, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o666)
}

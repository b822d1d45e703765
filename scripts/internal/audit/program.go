package audit

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"go/format"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// The names of the imports are unlike those of any package of the project.
var testTemplate = template.Must(template.New("test").Parse(`// Written by 'authkeel audit', and removed by it. Delete this file if you see it.
package {{.Package}}

import (
	authkeelJSON "encoding/json"
	authkeelOS "os"
	authkeelTesting "testing"

	authkeelTest "github.com/authkeel/authkeel/core/authtest"
{{- range .Imports}}
	{{.}}
{{- end}}
)

func {{.Name}}(t *authkeelTesting.T) {
	auth := authkeelTest.NewAuthenticator(t, authkeelTest.NewIssuer(t))
	_ = auth
{{- if .Echo}}
	e := authkeelEcho.New()
	authkeelTest.RecordRoutes(t, e)
{{- end}}
	{{.Call}}
	var options []authkeelTest.AuditOption
{{- if .AllowHandlers}}
	options = append(options, authkeelTest.AllowHandlers())
{{- end}}
	text, err := authkeelJSON.Marshal(authkeelTest.Routes(t, {{.Router}}, options...))
	if err == nil {
		err = authkeelOS.WriteFile(authkeelOS.Getenv("AUTHKEEL_AUDIT_RESULT"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
`))

// source writes the test.
func (t *target) source(name string, allowHandlers bool) ([]byte, error) {
	var imports []string
	for _, short := range slices.Sorted(maps.Keys(t.imports)) {
		imports = append(imports, fmt.Sprintf("%s %q", short, t.imports[short]))
	}
	recorded := t.echo != "" && t.given
	if recorded {
		imports = append(imports, fmt.Sprintf("authkeelEcho %q", t.echo))
	}
	call, router := t.statement()
	if recorded {
		router = "e"
	}
	var b bytes.Buffer
	err := testTemplate.Execute(&b, map[string]any{
		"Package": t.pkg.Name, "Imports": imports, "Name": name, "Echo": recorded, "Call": call, "Router": router, "AllowHandlers": allowHandlers,
	})
	if err != nil {
		return nil, err
	}
	text, err := format.Source(b.Bytes())
	if err != nil {
		return nil, ask("--call %s does not fit into a program: %v", t.call, err)
	}
	return text, nil
}

// statement returns the call as a statement, and the expression for the router.
func (t *target) statement() (statement, router string) {
	if t.results == 0 {
		return t.call, "nil"
	}
	if t.results == 1 && t.fails {
		return "if failed := " + t.call + "; failed != nil {\nt.Fatal(failed)\n}", "nil"
	}
	names := slices.Repeat([]string{"_"}, t.results)
	names[0] = "router"
	if t.fails {
		names[len(names)-1] = "failed"
	}
	statement = strings.Join(names, ", ") + " := " + t.call
	if t.fails {
		statement += "\nif failed != nil {\nt.Fatal(failed)\n}"
	}
	if t.given {
		statement += "\n_ = router"
	}
	return statement, "router"
}

// run writes the test into the package of the router, runs it and removes it.
func (t *target) run(ctx context.Context, o *options) (list []authroutes.Route, err error) {
	id := strings.ToLower(rand.Text()[:12])
	name := "TestAuthkeelAudit" + id
	text, err := t.source(name, o.allowHandlers)
	if err != nil {
		return nil, err
	}
	result, err := os.CreateTemp("", "authkeel-audit-*.json")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, result.Close(), os.Remove(result.Name())) }()
	remove, err := t.put(o.project, "authkeel_audit_"+id+"_test.go", text)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()

	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-run", "^"+name+"$", ".")
	cmd.Dir = t.pkg.Dir
	cmd.Env = append(cmd.Environ(), "AUTHKEEL_AUDIT_RESULT="+result.Name(), "GIN_MODE=release")
	cmd.WaitDelay = 5 * time.Second
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // go test then stops what it started
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("the router could not be audited: %w\n%s%s", err, cli.Clean(string(out)), hint(string(out)))
	}
	found, err := io.ReadAll(result)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(found, &list); err != nil {
		return nil, fmt.Errorf("the test of %s ran and gave no result: does its TestMain run the tests?\n%s", t.pkg.ImportPath, cli.Clean(string(out)))
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("the router of %s has no routes", t.call)
	}
	return list, nil
}

// hint says what to do about usual mistakes.
func hint(out string) string {
	switch {
	case strings.Contains(out, "no required module provides package github.com/authkeel/authkeel/core"):
		return "The project does not use authkeel: 'authkeel setup' adds it.\n"
	case strings.Contains(out, "undefined: "), strings.Contains(out, "not enough arguments"):
		return "In --call, auth is a *core.Authenticator, t the *testing.T, and e the *echo.Echo that is audited.\n"
	}
	return ""
}

// put writes a new file into the package, which is below the project, and returns
// how to remove it. Links that lead out of the project are not followed.
func (t *target) put(project, name string, text []byte) (remove func() error, err error) {
	project, err = filepath.EvalSymlinks(project)
	if err == nil {
		project, err = filepath.Abs(project)
	}
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Rel(project, t.pkg.Dir)
	if err != nil || !filepath.IsLocal(dir) {
		return nil, fmt.Errorf("the package %s is not below %s: name the project that has it", t.pkg.ImportPath, project)
	}
	root, err := os.OpenRoot(project)
	if err != nil {
		return nil, err
	}
	place := filepath.Join(dir, name)
	file, err := root.OpenFile(place, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	remove = func() error { return errors.Join(root.Remove(place), root.Close()) }
	if _, err := file.Write(text); err != nil {
		return nil, errors.Join(err, file.Close(), remove())
	}
	if err := file.Close(); err != nil {
		return nil, errors.Join(err, remove())
	}
	return remove, nil
}

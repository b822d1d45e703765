package setup

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"slices"
	"strings"
	"text/template"
)

//go:embed template
var templates embed.FS

// choice is the input of the templates.
type choice struct {
	Framework framework
	Provider  string // "clerk" or "oidc"
	Package   string // name of the generated package and of its folder

	RolesClaim string // the claim that holds roles; empty: the provider's usual one
	Observer   string // one of observers

	Webhooks, Backend bool // the package has the code for them too; Clerk alone
}

// goFiles are the files of the generated package.
func (c choice) goFiles() []string {
	names := []string{"auth.go", "auth_test.go"}
	if c.Webhooks {
		names = append(names, "webhooks.go", "webhooks_test.go")
	}
	if c.Backend {
		names = append(names, "backend.go", "backend_test.go")
	}
	return names
}

// observers are the ways in which the generated package logs.
var observers = []string{"log", "limited", "silent"}

// ObserverLine returns the line that sets the Observer of a core.Config, if any.
func (c choice) ObserverLine() string {
	switch c.Observer {
	case "log":
		return "Observer = core.LogObserver(slog.Default()) // every refusal, with its reason"
	case "silent":
		return "Observer = core.Silent"
	}
	return ""
}

// RolesMember returns the member of a token's claims that holds the role, as Go source.
func (c choice) RolesMember() string {
	name := c.RolesClaim
	if name == "" {
		name = "roles"
	}
	path := []string{name}
	if !strings.Contains(name, "/") { // as in a URL, whose dots are a part of the name
		path = strings.Split(name, ".")
	}
	value := fmt.Sprintf("[]string{%q}", c.Role())
	for i, part := range slices.Backward(path) {
		value = fmt.Sprintf("%q: %s", part, value)
		if i > 0 {
			value = "map[string]any{" + value + "}"
		}
	}
	return value
}

// Role returns the role in the examples. Clerk's organization roles have a prefix.
func (c choice) Role() string {
	if c.Provider == "clerk" {
		return "org:admin"
	}
	return "admin"
}

// goFile renders a Go file, formatted by gofmt's rules.
func (c choice) goFile(name string) ([]byte, error) {
	t, err := template.ParseFS(templates, "template/"+name+".tmpl")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, c); err != nil {
		return nil, err
	}
	text, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

// envExample returns the lines of .env.example for the provider.
func (c choice) envExample() (string, error) {
	text, err := templates.ReadFile("template/env." + c.Provider)
	for name, wanted := range map[string]bool{"CLERK_SECRET_KEY": c.Backend, "CLERK_WEBHOOK_SIGNING_SECRET": c.Webhooks} {
		if wanted { // it is not optional
			text = bytes.Replace(text, []byte("# "+name+"="), []byte(name+"="), 1)
		}
	}
	name := c.RolesClaim
	if name == "" {
		name = "roles"
	}
	return strings.ReplaceAll(string(text), "ROLES_CLAIM", name), err
}

// toPaste returns what the user has to paste into the code that makes the router.
func (c choice) toPaste(module string) (string, error) {
	t, err := template.New("paste").Parse(c.Framework.paste)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, c); err != nil {
		return "", err
	}
	routes, err := format.Source([]byte(strings.ReplaceAll(b.String(), "auth.", c.Package+".")))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`Add to the imports:

	"log"
	"%s/%s"

Paste this where your router is made, which is called %s here:

	authenticator, err := %s.New()
	if err != nil {
		log.Fatal(err)
	}
`, module, c.Package, c.Framework.Router, c.Package) + string(routes), nil
}

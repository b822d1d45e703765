package setup

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
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
	return string(text), err
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

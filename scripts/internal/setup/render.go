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

// choice is what the templates are made for.
type choice struct {
	Framework framework
	Provider  string // "clerk" or "oidc"
	Package   string // of the code, and its folder
}

// Role is the one in the examples: an organization's admin for Clerk, whose
// roles have a prefix.
func (c choice) Role() string {
	if c.Provider == "clerk" {
		return "org:admin"
	}
	return "admin"
}

// goFile renders a Go file as gofmt has it.
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

// envExample is the .env.example of the provider.
func (c choice) envExample() (string, error) {
	text, err := templates.ReadFile("template/env." + c.Provider)
	return string(text), err
}

// toPaste is what goes into the router, with the import path of the package.
func (c choice) toPaste(module string) (string, error) {
	t, err := template.New("paste").Parse(c.Framework.paste)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, c)
	routes := strings.ReplaceAll(b.String(), "auth.", c.Package+".")
	return fmt.Sprintf(`Add to the imports:

	"log"
	"%s/%s"

Paste this where your router is made:

	authenticator, err := %s.New()
	if err != nil {
		log.Fatal(err)
	}
`, module, c.Package, c.Package) + routes, err
}

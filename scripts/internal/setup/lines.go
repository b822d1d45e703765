package setup

import (
	"fmt"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/cli"
	"github.com/authkeel/authkeel/scripts/internal/setup/place"
)

// linesFor says which lines of the project mount the middleware. Where no router is
// found, the lines are those of the framework's own guide.
func (s *setup) linesFor(p *project) (string, error) {
	module := p.mod.Module.Mod.Path
	f := s.Framework
	guide, err := place.Find(p.dir, place.Want{
		Framework: f.Name, Module: f.Module, Context: strings.TrimPrefix(f.Param, f.Arg+" "),
		Auth: module + "/" + s.Package, Package: s.Package, Clerk: s.Provider == "clerk", Role: s.Role(),
	})
	if err != nil {
		fmt.Fprintln(s.streams.Err, "The project's source could not be read, so the lines below are general:", err)
		return s.toPaste(module)
	}
	if guide.Mounted != "" {
		return fmt.Sprintf("The project uses the package already: %s imports it.\n", guide.Mounted), nil
	}
	if len(guide.Files) == 0 {
		return s.toPaste(module)
	}
	if f.Name == "fiber" {
		guide.Notes = append(guide.Notes, "Fiber refuses a request whose header is longer than 4 KiB: long tokens need fiber.New(fiber.Config{ReadBufferSize: 20 << 10}).")
	}
	return cli.Clean(describe(guide)), nil
}

// describe writes the changes for a reader.
func describe(g *place.Guide) string {
	var b strings.Builder
	if g.Group != "" {
		fmt.Fprintf(&b, "These lines protect the routes of your group %s.", g.Group)
	} else {
		b.WriteString("These lines make a group that needs a valid token: move your routes there.")
	}
	b.WriteString(" Line numbers are those of\nthe files as they are now.\n")
	for _, file := range g.Files {
		fmt.Fprintf(&b, "\nIn %s\n", file.Name)
		if len(file.Imports) > 0 {
			fmt.Fprintf(&b, "\n  add to the imports:\n\n\t%s\n", strings.Join(file.Imports, "\n\t"))
		}
		for _, e := range file.Edits {
			fmt.Fprintf(&b, "\n  %s line %d, which is `%s`", e.Where, e.Line, e.Anchor)
			if e.Where == "change" {
				b.WriteString(", to")
			} else {
				b.WriteString(", add")
			}
			fmt.Fprintf(&b, ":\n\n%s", e.Text)
		}
	}
	list := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		const most = 8
		fmt.Fprintf(&b, "\n%s\n", title)
		for i, line := range lines {
			if i == most {
				fmt.Fprintf(&b, "  and %d more\n", len(lines)-most)
				break
			}
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	list("Besides:", g.Notes)
	list("Other groups stay open until they get such a line:", g.Open)
	list("Routers that are made elsewhere stay open, unless one of them is the same:", g.Others)
	return b.String()
}

// webhookSteps says how the application in the folder dir receives Clerk's webhooks.
func (s *setup) webhookSteps(dir string) string {
	f, imports := s.Framework, ""
	if f.Name == "fiber" {
		imports = "\n     with the import \"" + f.Module + "/middleware/adaptor\""
	}
	return fmt.Sprintf(`
For Clerk's webhooks
  1. where the authenticator is made, in the place of %[1]s.New(), write
     authenticator, hooks, err := %[1]s.NewWithWebhooks()
  2. mount hooks on the router itself, which is called %[5]s here, outside of what needs a
     token: the signature is the authentication
     %[2]s%[3]s
  3. in the Clerk dashboard, Configure, Webhooks: add an endpoint with this address, and
     put its signing secret into CLERK_WEBHOOK_SIGNING_SECRET
  4. authkeel check %[4]s --webhook-route /webhooks/clerk
`, s.Package, f.webhook, imports, dir, f.Router)
}

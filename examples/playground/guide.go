package main

import (
	"fmt"
	"io"
	"strings"
)

// guide prints how to try the APIs by hand.
func guide(out io.Writer, p *playground) error {
	var b strings.Builder
	b.WriteString("A local issuer, a Clerk instance and the same API on every framework, on this machine alone.\n")
	b.WriteString("\nPaste this into another terminal (sh, bash, zsh):\n\n")
	fmt.Fprintf(&b, "ISSUER=%s\n", p.issuer.URL())
	fmt.Fprintf(&b, "CLERK=%s\n", p.clerk.ProxyURL())
	for _, a := range p.apis {
		fmt.Fprintf(&b, "%s=%s\n", strings.ToUpper(a.name), a.url)
	}
	fmt.Fprintf(&b, "API=$%s\n", strings.ToUpper(p.apis[0].name))
	for _, t := range p.tokens {
		fmt.Fprintf(&b, "%s=%s\n", t.name, t.text)
	}
	fmt.Fprintf(&b, "\nWhose tokens these are (good for %d hours, where they are good at all):\n\n", int(lifetime.Hours()))
	for _, t := range p.tokens {
		fmt.Fprintf(&b, "  %-15s %s\n", t.name, t.about)
	}
	b.WriteString("\nThen try. All of them give the same answers; to ask another one: API=$FIBER3\n\n")
	for _, s := range everyday {
		fmt.Fprintf(&b, "  %s: %s\n    %s\n", s.name, s.want, s.curl())
	}
	b.WriteString(`
The keys that the APIs fetched:
    curl -i "$ISSUER/.well-known/jwks.json"
    curl -i "$CLERK/.well-known/jwks.json"

Webhooks, key rotation and an issuer that is down are shown by: make demo ARGS=-once

Every decision is logged below, with the reason that a client is not told. Ctrl-C stops everything.

`)
	_, err := io.WriteString(out, b.String())
	return err
}

// curl is the situation as a command line, with the variables of the guide.
func (s situation) curl() string {
	line := `curl -iw '\n'`
	if s.method != "GET" {
		line += " -X " + s.method
	}
	line += ` "$API` + s.path + `"`
	for _, name := range s.tokens {
		line += ` -H "Authorization: Bearer $` + name + `"`
	}
	return line
}

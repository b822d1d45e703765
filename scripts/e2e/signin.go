package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// signInName is what -kinds calls the test of `authkeel issuer` with OpenID Connect
// libraries.
const signInName = "signin"

// signIn starts `authkeel issuer` for the front end of the page server, and signs in
// with openid-client in Node.js and with oidc-client-ts in Chromium. It returns how
// many cases failed.
func (t *suite) signIn(ctx context.Context, page *pages) (failures int, err error) {
	program := filepath.Join(t.work, "authkeel")
	if _, err := t.command(ctx, t.root, "go", "build", "-o", program, "./scripts/authkeel"); err != nil {
		return 0, err
	}
	// The page server is on 127.0.0.1. The same pages at localhost are of another
	// origin, which the issuer does not know.
	stranger := strings.Replace(page.origin, "127.0.0.1", "localhost", 1)
	issuer, err := startProgram(ctx, t.root, os.Environ(), "issuer listens on ", program, "issuer", "--addr", "127.0.0.1:0", "--party", page.origin)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, issuer.stop()) }()
	base := issuer.says
	if _, _, err := net.SplitHostPort(strings.TrimPrefix(base, "http://")); err != nil {
		return 0, fmt.Errorf("authkeel issuer named no address: %w", err)
	}
	text, err := t.command(ctx, "tools", "node", "signin-node.mjs", base)
	failures = t.report(signInName, "issuer", "node", text, err)
	if t.browser {
		pictures := filepath.Join(t.work, "screenshots")
		if err := os.MkdirAll(pictures, 0o777); err != nil {
			return failures, err
		}
		text, err := t.command(ctx, "tools", "node", "signin-browser.mjs", t.chromium, base, page.origin+"/js/signin.html", stranger+"/js/signin.html", pictures)
		failures += t.report(signInName, "issuer", "browser", text, err)
	}
	return failures, nil
}

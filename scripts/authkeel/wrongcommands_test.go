package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// command is what authkeel prints, with its exit code.
func command(args ...string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		var out bytes.Buffer
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		code := cli.Main(ctx, cli.IO{In: strings.NewReader(""), Out: &out, Err: &out}, commands, "(test)", args)
		return fmt.Sprintf("%s\nexit code %d", out.String(), code)
	}
}

// TestWrongCommands has the wrong uses of the command, numbered as TestWrongSettings
// numbers the settings.
func TestWrongCommands(t *testing.T) {
	const (
		gin     = "module x\n\ngo 1.25.0\n\nrequire github.com/gin-gonic/gin v1.10.1\n"
		oldGin  = "module x\n\ngo 1.25.0\n\nrequire github.com/gin-gonic/gin v1.9.1\n"
		newEcho = "module x\n\ngo 1.25.0\n\nrequire github.com/labstack/echo/v6 v6.0.0\n"
		usage   = "\nexit code 2"
	)
	runRows(t, []row{
		{"31", "framework that does not exist, or in capitals", several(command("setup", "frob", "."), inProject(command("setup", "Gin", ".", "--dry-run"), "go.mod", gin)), []string{
			`unknown framework "frob": use gin, echo, fiber or chi`, "Without --dry-run, setup would do this", "exit code 0"}},
		{"32", "no module, no folder", inProject(several(command("setup", "gin", "."), command("setup", "gin", "nothere")), "x.txt", ""), []string{
			"is not a Go module: it has no go.mod ('go mod init' makes one)", "there is no folder nothere: give the path of the folder that holds go.mod"}},
		{"33", "another framework", inProject(command("setup", "fiber", "."), "go.mod", gin), []string{"does not use fiber but github.com/gin-gonic/gin: run 'authkeel setup gin'"}},
		{"34", "a release that is too old", inProject(command("setup", "gin", "."), "go.mod", oldGin), []string{"v1.9.1, and ginauth needs v1.10.1 or newer: run 'go get github.com/gin-gonic/gin@latest' first"}},
		{"35", "a major without adapter", inProject(command("setup", "echo", "."), "go.mod", newEcho), []string{
			"github.com/labstack/echo/v6, and there is no adapter for that major", "github.com/labstack/echo/v5", "write an adapter with package core/adapter"}},
		{"36", "a version that does not exist", func(t *testing.T) string {
			t.Setenv("GOPROXY", "off")
			t.Setenv("GOWORK", "off")
			return inProject(command("setup", "gin", ".", "--version", "v9.9.9"), "go.mod", gin)(t)
		}, []string{"nothing was changed: go get", "--version v9.9.9: does this version exist? 'go list -m -versions"}},
		{"37", "an auth package of one's own", inProject(command("setup", "gin", "."), "go.mod", gin, "auth/auth.go", "package auth\n"), []string{
			"auth/auth.go exists, and its content is not what setup would write", "nothing was changed: choose another package with --package NAME, or move the files above away"}},
		{"38", "package and provider", several(command("setup", "gin", ".", "--package", "my-auth"), command("setup", "gin", ".", "--provider", "auth0")), []string{
			"--package my-auth cannot be used as a package name here: use lower-case letters and digits, as in authn", "--provider auth0: use clerk, or oidc for every other OpenID Connect issuer, such as Auth0"}},
		{"39", "port in use", func(t *testing.T) string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			return command("issuer", "--addr", l.Addr().String())(t)
		}, []string{"address already in use", "stop it, or choose a free port with --addr 127.0.0.1:0"}},
		{"40", "address and state of the issuer", inProject(several(command("issuer", "--addr", "0.0.0.0:18961"), command("issuer", "--addr", "banana"),
			command("issuer", "--state", "broken.json"), command("issuer", "--addr", "127.0.0.1:0", "--state", "nowhere/x")), "broken.json", "{"), []string{
			"--addr 0.0.0.0:18961: other machines can reach this address", "or add --listen-beyond-loopback", "--addr banana: give host and port, such as 127.0.0.1:8930",
			"broken.json is not a saved issuer", "remove the file, or name another", "nowhere/x cannot be written: there is no folder nowhere; make it first"}},
		{"41", "check without a path or with wrong flags", several(command("check"), command("check", "nothere"), command("check", ".", "--route", "GET:api/x"), command("check", "--base-url", "localhost:8080")), []string{
			"missing <project-path> (or --base-url)", "there is no directory nothere", `"GET:api/x" is not METHOD:/path, such as GET:/api/me`, "--base-url localhost:8080: give an http or https URL", "such as http://localhost:8080", usage}},
		{"42", "a method that does not exist", command("check", ".", "--route", "FETCH:/api/v1/me"), []string{"there is no HTTP method FETCH; use GET", usage}},
		{"43", "a public route that does not exist", func(t *testing.T) string {
			return command("check", "--base-url", openServer(t), "--public-route", "GET:/pingg", "--route", "GET:/api/me")(t)
		}, []string{"public route", "404, as for an address that does not exist", "check the path", "FAILED", "exit code 1"}},
		{"43b", "a server and no token", func(t *testing.T) string {
			return command("check", "--base-url", openServer(t), "--public-route", "GET:/ping", "--route", "GET:/api/me")(t)
		}, []string{"INCOMPLETE", "No token was tried", "needs a token: --token, or --issuer-state FILE", "exit code 1"}},
		{"43c", "real settings that are wrong", func(t *testing.T) string {
			environment(t)
			issuer, err := devissuer.Start(devissuer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = issuer.Close() })
			wrongIssuer := "OIDC_ISSUER=" + issuer.URL() + "/\nOIDC_AUDIENCE=api\n"
			wrongAudience := "OIDC_ISSUER=" + issuer.URL() + "\nOIDC_AUDIENCE=another\n"
			return several(inProject(command("doctor", "."), ".env", wrongIssuer), inProject(command("explain", "--env", ".", issuer.Token(nil)), ".env", wrongAudience))(t)
		}, []string{"FAIL  discovery", "slash", "aud          failed", `"another"`, "exit code 1"}},
		{"44", "documents that are none", inProject(several(command("client", "rest", "out", "--spec", "old.yaml"), command("client", "rest", "out", "--spec", "broken.yaml"), command("client", "rest", "out", "--spec", "empty.yaml"),
			command("client", "rest", "out", "--spec", "image.png"), command("client", "rest", "out", "--spec", "none.yaml"), command("client", "graphql", "out"), command("client", "rest", "out", "--spec", "https://api.example.com/o.yaml")),
			"old.yaml", "openapi: 2.9.0\n", "broken.yaml", "openapi: 3.0.0\n  x: [\n", "empty.yaml", "openapi: 3.0.0\ninfo: {title: a, version: '1'}\n", "image.png", "\x89PNG\r\n"), []string{
			"2.9.0; known are OpenAPI 3.0, 3.1, 3.2 and Swagger 2.0", "neither YAML nor JSON: yaml: line 2", "it has no paths", "image.png: it is", "there is no file none.yaml",
			"Three ways to get one", "is not on this machine: download the document, look at it, and give the file"}},
		{"45", "a reference that leads nowhere, a kind that does not exist", inProject(several(command("client", "rest", "out", "--spec", "o.yaml"), command("client", "swift", "out")), "o.yaml", `openapi: 3.0.0
info: {title: a, version: "1"}
paths:
  /x:
    get:
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Nope'}}}}
`), []string{"o.yaml: the reference #/components/schemas/Nope leads to nothing: add what it names to the document, or correct the reference",
			`there is no kind "swift": use rest, axios, graphql, trpc or go`}},
	})
}

// openServer is a server with one route, which is open.
func openServer(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ping", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /api/me", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.WriteHeader(http.StatusUnauthorized)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

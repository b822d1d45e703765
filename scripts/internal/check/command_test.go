package check

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/check/server"
	"github.com/authkeel/authkeel/scripts/internal/cli"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
)

const app = "testdata/app"

// authkeel runs the command as a user would.
func authkeel(t *testing.T, args ...string) (code int, out, said string) {
	t.Helper()
	return authkeelIn(t.Context(), args...)
}

func authkeelIn(ctx context.Context, args ...string) (code int, out, said string) {
	var stdout, stderr bytes.Buffer
	code = Command().Run(ctx, cli.IO{In: strings.NewReader(""), Out: &stdout, Err: &stderr}, args)
	return code, stdout.String(), stderr.String()
}

var named = []string{"--route", "GET:/api/me", "--route", "GET:/api/reports", "--public-route", "GET:/healthz", "--admin-route", "DELETE:/api/users/1"}

func with(first []string, more ...string) []string { return append(slices.Clone(first), more...) }

// TestProject builds and starts a real server.
func TestProject(t *testing.T) {
	t.Setenv("CLERK_SECRET_KEY", "sk_live_real")
	t.Setenv("NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY", "pk_live_real")
	for name, row := range map[string]struct {
		args []string
		code int
		want []string // in what is printed
		not  string
	}{
		"protected, OIDC":                 {with(named, "--provider", "oidc"), cli.ExitOK, []string{"PASSED", "ok         role present"}, "FAIL"},
		"protected, Clerk":                {with(named, "--provider", "clerk"), cli.ExitOK, []string{"PASSED", "ok         token of another front end (azp)"}, "FAIL"},
		"routes from source":              {[]string{"--public-route", "/healthz"}, cli.ExitOK, []string{"PASSED", "main.go:", "GET /api/reports"}, "FAIL"},
		"a forgotten route":               {with(named, "--provider", "oidc", "--env", "MISTAKE=open"), cli.ExitFailed, []string{"FAILED", "FAIL       no token", "GET /api/reports", "--public-route GET:/api/reports", "DELETE /api/users/1  not called, because GET /api/reports is open"}, ""},
		"a forgotten route, and --writes": {with(named, "--provider", "oidc", "--env", "MISTAKE=open", "--writes"), cli.ExitFailed, []string{"FAILED", "ok         role present"}, ""},
		"another port":                    {with(named, "--env", "MISTAKE=ignores PORT"), cli.ExitOK, []string{"ignores PORT and listens on 127.0.0.1:", "PASSED"}, "FAIL"},
		"it ends":                         {with(named, "--env", "MISTAKE=ends"), cli.ExitFailed, []string{"the server ended before it answered", "no database at db.internal"}, "PASSED"},
		"it does not come up":             {with(named, "--env", "MISTAKE=hangs", "--timeout", "300ms"), cli.ExitFailed, []string{"did not answer", "thinking about it"}, "PASSED"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, said := authkeel(t, with([]string{app}, row.args...)...)
			if code != row.code {
				t.Errorf("got exit code %d, want %d", code, row.code)
			}
			text := said + out
			for _, want := range row.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not said", want)
				}
			}
			if row.not != "" && strings.Contains(out, row.not) {
				t.Errorf("%q is said", row.not)
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}

// TestFormats: programs can read the report.
func TestFormats(t *testing.T) {
	file := filepath.Join(t.TempDir(), "junit.xml")
	code, out, said := authkeel(t, with([]string{app, "--json", "--junit", file, "--provider", "oidc", "--env", "MISTAKE=open"}, named...)...)
	if code != cli.ExitFailed {
		t.Errorf("got exit code %d\n%s", code, said)
	}
	var got struct {
		Passed bool
		Rows   []struct{ ID, Status, Route, Remedy string }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	var failed []string
	for _, row := range got.Rows {
		if row.Status == "fail" {
			failed = append(failed, row.ID+" "+row.Route)
		}
	}
	if want := []string{"no-token GET /api/reports"}; got.Passed || !slices.Equal(failed, want) {
		t.Errorf("got passed=%v, %v, want %v", got.Passed, failed, want)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
	}
	if err := xml.Unmarshal(text, &suite); err != nil || suite.Tests != len(got.Rows) || suite.Failures != 1 {
		t.Errorf("got %+v, %v for %d rows", suite, err, len(got.Rows))
	}
}

// TestBaseURL: a server that runs, and trusts an issuer that is kept in a file.
func TestBaseURL(t *testing.T) {
	for _, provider := range []string{localissuer.OIDC, localissuer.Clerk} {
		t.Run(provider, func(t *testing.T) {
			i, err := localissuer.Start(localissuer.New(provider), localissuer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { i.Close() })
			env := i.Env()
			if provider == localissuer.Clerk {
				env["CLERK_JWT_KEY"] = i.Clerk().JWTKey()
			}
			s, err := server.Start(t.Context(), server.Options{Dir: app, Env: env, Timeout: startTimeout, Say: t.Logf})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Stop)
			state := i.State()
			file := filepath.Join(t.TempDir(), "issuer.json")
			if err := state.Save(file); err != nil {
				t.Fatal(err)
			}
			code, out, said := authkeel(t, with(named, "--base-url", s.Base, "--issuer-state", file)...)
			if code != cli.ExitOK || !strings.Contains(out, "ok         expired token") || !strings.Contains(out, "needs the project's path") {
				t.Errorf("got %d\n%s%s", code, said, out)
			}
			// With a token alone, less.
			ada, _ := i.Person("ada")
			t.Setenv("AUTHKEEL_TOKEN", i.Token(ada, 0, nil))
			code, out, said = authkeel(t, "--base-url", s.Base, "--route", "GET:/api/me")
			if code != cli.ExitOK || !strings.Contains(out, "not tried  expired token") || !strings.Contains(out, "--issuer-state FILE") {
				t.Errorf("got %d\n%s%s", code, said, out)
			}
			t.Setenv("AUTHKEEL_TOKEN", "not.a.token")
			if code, out, _ = authkeel(t, "--base-url", s.Base, "--route", "GET:/api/me"); code != cli.ExitFailed {
				t.Errorf("a token that is refused: got %d\n%s", code, out)
			}
		})
	}
}

// TestStart: a server that is not a Go project, with its own names for its settings, and
// an OpenAPI document.
func TestStart(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "server")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Dir = app
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	spec := filepath.Join(dir, "openapi.yaml")
	if err := os.WriteFile(spec, []byte("openapi: 3.1.0\nsecurity: [{b: []}]\npaths:\n"+
		"  /api/me: {get: {}}\n  /healthz: {get: {security: []}}\n  /api/users/{id}: {delete: {}}\n"+
		"components: {securitySchemes: {b: {type: http, scheme: bearer}}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, said := authkeel(t, dir, "--start", `env PORT={port} OIDC_ISSUER="$MY_ISSUER" OIDC_AUDIENCE="$MY_AUDIENCE" ./server`,
		"--env", "OIDC_ISSUER=https://not.used.test", "--env", "MY_ISSUER={issuer}", "--env", "MY_AUDIENCE={audience}", "--audience", "https://mine.test", "--spec", spec)
	if code != cli.ExitOK {
		t.Errorf("got %d\n%s%s", code, said, out)
	}
	for _, want := range []string{"GET /api/me 401 with a challenge", "DELETE /api/users/1 401 with a challenge", "GET /healthz  answers without a token", "1 route"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("%q is not said in\n%s", want, out)
		}
	}
}

// TestInterrupt: what was started ends with the command.
func TestInterrupt(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	type result struct {
		code int
		said string
	}
	done := make(chan result, 1)
	go func() {
		code, _, said := authkeelIn(ctx, with(named, app, "--env", "MISTAKE=hangs", "--env", "CALL="+l.Addr().String())...)
		done <- result{code, said}
		l.Close() // when the server was never started, nothing is to be waited for
	}()
	line, err := l.Accept()
	if err != nil {
		t.Fatalf("%v; the command said %+v", err, <-done)
	}
	defer line.Close()
	interrupt()
	if got := <-done; got.code != cli.ExitFailed || !strings.Contains(got.said, "interrupted") {
		t.Errorf("got %+v", got)
	}
	if _, err := line.Read(make([]byte, 1)); err == nil {
		t.Error("the server lives on")
	}
}

func TestWrongUse(t *testing.T) {
	for args, want := range map[string]string{
		"":                                      "missing <project-path>",
		"nowhere":                               "there is no directory",
		app + " extra":                          `unexpected argument "extra"`,
		app + " --provider auth0":               "use clerk or oidc",
		app + " --route me":                     "not METHOD:/path",
		app + " --route GTE:/me":                "there is no HTTP method GTE",
		app + " --route GET://evil.example/x":   "not METHOD:/path",
		app + " --webhook-route //evil.example": "give a path",
		app + " --issuer-state x":               "needs --base-url",
		"--base-url ftp://x --route /x":         "http or https",
		"--base-url http://x --start y":         "drop --start and --package",
		"--base-url http://127.0.0.1:1":         "no routes: name them",
		"../report --route /x":                  "there is no directory",
		"report --route /x":                     "no program (package main)",
		app + " --spec main.go":                 "main.go",
		app + " --webhook-route hook":           "give a path",
		app + " --timeout 0s":                   "positive duration",
		app + " --start x --package .":          "not both",
		"--base-url http://x --issuer-state no": "no routes: name them",
	} {
		if code, _, said := authkeel(t, strings.Fields(args)...); code != cli.ExitUsage || !strings.Contains(said, want) {
			t.Errorf("%q: got %d %q, want %q", args, code, said, want)
		}
	}
	if code, out, _ := authkeel(t, "--help"); code != cli.ExitOK || !strings.Contains(out, "never with a valid token") {
		t.Errorf("got %d %s", code, out)
	}
}

// TestDotEnv: secrets in git, and what was left of the example.
func TestDotEnv(t *testing.T) {
	dir := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v %s", args, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q")
	check := func(wants ...string) {
		t.Helper()
		if got := dotenvRows(t, dir); !slices.Equal(got, wants) {
			t.Errorf("got %v, want %v", got, wants)
		}
	}
	check("ok env-committed ")
	write(".env.example", "CLERK_SECRET_KEY=sk_test_...\n")
	write(".env", "CLERK_SECRET_KEY='sk_test_abcdefgh'\n# JWT=\nPORT=8080\nCLERK_MACHINE_SECRET_KEY=\nexport OIDC_ISSUER=https://login.mine.dev/\n")
	git("add", ".env.example")
	check("ok env-committed ", "ok env-placeholder .env")
	write(".env", "CLERK_SECRET_KEY=sk_test_...\nOIDC_AUDIENCE=https://api.example.com # ours\n")
	check("ok env-committed ", "fail env-placeholder .env")
	git("add", "-f", ".env")
	check("fail env-committed .env", "fail env-placeholder .env")
}

// TestGitConfiguration: nothing that a project's own git configuration names is run.
func TestGitConfiguration(t *testing.T) {
	dir, ran := t.TempDir(), filepath.Join(t.TempDir(), "ran")
	script := filepath.Join(dir, "evil.sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ntouch '"+ran+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	git := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v %s", args, err, out)
		}
	}
	git("init", "-q")
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte("A=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	git("add", ".env")
	for _, name := range []string{"core.fsmonitor", "core.pager", "pager.ls-files", "core.sshCommand", "core.editor", "alias.ls-files", "filter.x.process"} {
		git("config", name, script)
	}
	git("config", "core.hooksPath", dir)
	files, why := trackedFiles(t.Context(), dir)
	if !slices.Equal(files, []string{".env"}) || why != "" {
		t.Errorf("got %v, %s", files, why)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a program of the git configuration was run")
	}
	// The test itself must be able to fail.
	plain := exec.CommandContext(t.Context(), "git", "ls-files", "-m")
	plain.Dir = dir
	_ = plain.Run()
	if _, err := os.Stat(ran); err != nil {
		t.Errorf("git runs no monitor of the file system: %v", err)
	}
}

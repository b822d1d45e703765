package explain

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
	"github.com/authkeel/authkeel/scripts/internal/cli"
)

func start(t *testing.T) *devissuer.Issuer {
	t.Helper()
	issuer, err := devissuer.Start(devissuer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = issuer.Close() })
	return issuer
}

// call runs a command and returns its exit code and what it printed.
func call(t *testing.T, c cli.Command, in string, args ...string) (code int, out string) {
	t.Helper()
	var buf bytes.Buffer
	code = c.Run(t.Context(), cli.IO{In: strings.NewReader(in), Out: &buf, Err: &buf}, args)
	return code, buf.String()
}

func TestExplain(t *testing.T) {
	issuer := start(t)
	good := issuer.Token(devissuer.Claims{"sub": "ada"})
	for _, tt := range []struct {
		name string
		in   string
		args []string
		code int
		want []string
	}{
		{"accepted", "Bearer " + good + "\n", []string{"--issuer", issuer.URL(), "--audience", issuer.Audience(), "-"}, cli.ExitOK, []string{`accepted: subject "ada"`, `"sub": "ada"`}},
		{"as an argument", "", []string{"--issuer", issuer.URL(), "--audience", issuer.Audience(), good}, cli.ExitOK, []string{"accepted"}},
		{"without an audience", good, []string{"--issuer", issuer.URL(), "-"}, cli.ExitOK, []string{"aud is not compared", "accepted"}},
		{"wrong audience", good, []string{"--issuer", issuer.URL(), "--audience", "other", "-"}, cli.ExitFailed, []string{"aud          failed", issuer.Audience(), "wrong_audience"}},
		{"expired", issuer.Token(devissuer.Claims{"exp": time.Now().Add(-time.Hour).Unix()}), []string{"--issuer", issuer.URL(), "--audience", issuer.Audience(), "-"}, cli.ExitFailed, []string{"exp          failed", "expired"}},
		{"another issuer", good, []string{"--issuer", issuer.URL() + "/", "--audience", "x", "-"}, cli.ExitFailed, []string{"slash"}},
		{"nothing to compare with", good, []string{"-"}, cli.ExitOK, []string{"Nothing was checked", issuer.URL()}},
		{"opaque", "opaque-token", []string{"-"}, cli.ExitOK, []string{"1 parts"}},
		{"a wrong configuration", good, []string{"--issuer", "ftp://x", "-"}, cli.ExitFailed, []string{`--issuer "ftp://x"`, "https"}},
		{"no token", "  \n", []string{"-"}, cli.ExitUsage, []string{"no token"}},
		{"no argument", "", nil, cli.ExitUsage, []string{"missing <token>"}},
		{"too many arguments", "", []string{"a", "b"}, cli.ExitUsage, []string{`unexpected argument "b"`}},
		{"a claim that cannot be", good, []string{"--issuer", issuer.URL(), "--roles-claim", "a..b", "-"}, cli.ExitFailed, []string{`--roles-claim "a..b"`}},
		{"two settings", "", []string{"--env", ".", "--issuer", "x", "a"}, cli.ExitUsage, []string{"not both"}},
		{"terminal escapes", "x.eyJuYW1lIjoiXHUwMDliMzFtIn0.y", []string{"-"}, cli.ExitOK, []string{"claims"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out := call(t, Command(), tt.in, tt.args...)
			if code != tt.code {
				t.Errorf("got exit code %d, want %d", code, tt.code)
			}
			for _, part := range tt.want {
				if !strings.Contains(out, part) {
					t.Errorf("%q is missing in\n%s", part, out)
				}
			}
			if parts := strings.Split(strings.TrimSpace(tt.in), "."); len(parts) == 3 && len(parts[2]) > 20 && strings.Contains(out, parts[2]) {
				t.Error("the signature was printed")
			}
			if strings.ContainsRune(out, '\u009b') {
				t.Error("a control character reached the terminal")
			}
		})
	}
}

func TestExplainWithEnv(t *testing.T) {
	issuer := start(t)
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	token := issuer.Token(nil)
	if code, out := call(t, Command(), token, "--env", dir, "-"); code != cli.ExitFailed || !strings.Contains(out, ".env.example") {
		t.Errorf("without a file: got %d\n%s", code, out)
	}
	write("OIDC_ISSUER=" + issuer.URL() + "\nOIDC_AUDIENCE=" + issuer.Audience() + "\n")
	if code, out := call(t, Command(), token, "--env", dir, "-"); code != cli.ExitOK {
		t.Errorf("got %d\n%s", code, out)
	}
	write("OTHER=1\n")
	if code, out := call(t, Command(), token, "--env", dir, "-"); code != cli.ExitFailed || !strings.Contains(out, "OIDC_ISSUER") {
		t.Errorf("without an issuer: got %d\n%s", code, out)
	}
	instance, err := devclerk.Start(devclerk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = instance.Close() })
	t.Setenv("CLERK_PUBLISHABLE_KEY", "") // restored after the test
	t.Setenv("CLERK_API_URL", "")
	text := ""
	for name, value := range instance.Env() {
		t.Setenv(name, "")
		text += name + "=" + value + "\n"
	}
	write(text)
	if code, out := call(t, Command(), instance.Token(devclerk.Session{User: "user_1"}, nil), "--env", dir, "-"); code != cli.ExitOK || !strings.Contains(out, "user_1") {
		t.Errorf("Clerk: got %d\n%s", code, out)
	}
}

// TestExplainWithURL asks a real API, and the token goes to that address alone.
func TestExplainWithURL(t *testing.T) {
	issuer := start(t)
	auth, err := core.ForIssuer(issuer.URL(), issuer.Audience())
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked, with %d bytes of Authorization", r.URL, len(r.Header.Get("Authorization")))
	}))
	t.Cleanup(elsewhere.Close)
	mux := http.NewServeMux()
	protect := func(next http.Handler, steps ...adapter.Step) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var ok bool
			for _, step := range steps {
				if r, ok = adapter.Serve(step, w, r); !ok {
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}
	mux.Handle("/me", protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), auth.RequireAuth()))
	mux.Handle("/admin", protect(http.NotFoundHandler(), auth.RequireAuth(), core.Require(core.Role("admin"))))
	mux.Handle("/moved", http.RedirectHandler(elsewhere.URL, http.StatusFound))
	api := httptest.NewServer(mux)
	t.Cleanup(api.Close)
	for _, tt := range []struct {
		path, token string
		code        int
		want        string
	}{
		{"/me", issuer.Token(nil), cli.ExitOK, "The token is accepted"},
		{"/me", issuer.Token(devissuer.Claims{"aud": "other"}), cli.ExitFailed, "The client never learns why"},
		{"/admin", issuer.Token(nil), cli.ExitFailed, "a right is missing"},
		{"/moved", issuer.Token(nil), cli.ExitFailed, "redirects"},
		{"/nowhere", issuer.Token(nil), cli.ExitFailed, "no such route"},
	} {
		if code, out := call(t, Command(), tt.token, "--url", api.URL+tt.path, "-"); code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("%s: got %d, want %d and %q\n%s", tt.path, code, tt.code, tt.want, out)
		}
	}
	if code, out := call(t, Command(), issuer.Token(nil), "--url", "localhost/me", "-"); code != cli.ExitUsage {
		t.Errorf("got %d\n%s", code, out)
	}
}

func TestDoctor(t *testing.T) {
	issuer := start(t)
	other := start(t)
	other.SetFault(&devissuer.Fault{Status: 500})
	for _, tt := range []struct {
		name, issuer string
		code         int
		want         []string
	}{
		{"well", issuer.URL(), cli.ExitOK, []string{"ok    discovery", "ok    keys", "RS256", "ok    clock", "core.ForIssuer"}},
		{"a slash too many", issuer.URL() + "/", cli.ExitFailed, []string{"slash"}},
		{"away", other.URL(), cli.ExitFailed, []string{"FAIL"}},
		{"no scheme", "tenant.eu.auth0.com", cli.ExitFailed, []string{"https://tenant.eu.auth0.com"}},
		{"a document", issuer.URL() + "/.well-known/openid-configuration", cli.ExitFailed, []string{"address of a document", issuer.URL()}},
		{"a placeholder", "https://YOUR_DOMAIN/", cli.ExitFailed, []string{"placeholder"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out := call(t, DoctorCommand(), "", tt.issuer)
			if code != tt.code {
				t.Errorf("got exit code %d, want %d\n%s", code, tt.code, out)
			}
			for _, part := range tt.want {
				if !strings.Contains(out, part) {
					t.Errorf("%q is missing in\n%s", part, out)
				}
			}
		})
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte("OIDC_ISSUER="+issuer.URL()+"\nOIDC_AUDIENCE=my-api\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := call(t, DoctorCommand(), "", dir); code != cli.ExitOK || !strings.Contains(out, `"my-api"`) {
		t.Errorf("a project: got %d\n%s", code, out)
	}
	if code, _ := call(t, DoctorCommand(), ""); code != cli.ExitUsage {
		t.Errorf("without an argument: got %d", code)
	}
}

// TestDoctorSeesClocks: a clock that is wrong refuses every token, so it is told.
func TestDoctorSeesClocks(t *testing.T) {
	issuer := start(t)
	front := httptest.NewServer(nil)
	t.Cleanup(front.Close)
	front.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		if strings.HasSuffix(r.URL.Path, "openid-configuration") {
			_, _ = w.Write([]byte(`{"issuer":"` + front.URL + `","jwks_uri":"` + issuer.JWKSURL() + `"}`))
			return
		}
		http.NotFound(w, r)
	})
	if code, out := call(t, DoctorCommand(), "", front.URL); code != cli.ExitFailed || !strings.Contains(out, "clock is -1h0m") {
		t.Errorf("got %d\n%s", code, out)
	}
}

// TestReach: the line at the end of setup.
func TestReach(t *testing.T) {
	issuer := start(t)
	away := httptest.NewServer(nil)
	away.Close()
	const key = "CLERK_PUBLISHABLE_KEY="
	for _, tt := range []struct {
		name, env string
		clerk     bool
		want      string
	}{
		{"no file", "", false, "no issuer is named yet: when .env is filled in, 'authkeel doctor"},
		{"nothing in it", "PORT=80\n", false, "no issuer is named yet"},
		{"well", "OIDC_ISSUER=" + issuer.URL() + "\nOIDC_AUDIENCE=x\n", false, "ok    " + issuer.URL() + " can be reached"},
		{"well, beside Clerk", key + "pk_test_your_publishable_key_here\nOIDC_ISSUER=" + issuer.URL() + "\nOIDC_AUDIENCE=x\n", false, "ok    "},
		{"Clerk's placeholder, beside another issuer", key + "pk_test_your_publishable_key_here\nOIDC_ISSUER=" + issuer.URL() + "\n", true, "FAIL  the settings of "},
		{"a slash too many", "OIDC_ISSUER=" + issuer.URL() + "/\nOIDC_AUDIENCE=x\n", false, "slash"},
		{"away", "OIDC_ISSUER=" + away.URL + "\nOIDC_AUDIENCE=x\n", false, "FAIL  discovery"},
		{"not filled in", "OIDC_ISSUER=https://your-tenant.example.com/\n", false, "placeholder"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.env != "" {
				if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(tt.env), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := Reach(t.Context(), dir, tt.clerk); !strings.Contains(got, tt.want) || strings.Contains(got, "\n") {
				t.Errorf("got %q, want one line with %q", got, tt.want)
			}
		})
	}
	t.Setenv("OIDC_ISSUER", issuer.URL())
	if got, want := Reach(t.Context(), t.TempDir(), false), "ok    "; !strings.HasPrefix(got, want) {
		t.Errorf("with the environment alone: got %q, want %q", got, want)
	}
}

package issuer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/scripts/internal/cli"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
)

// started is a command that runs.
type started struct {
	base string
	env  map[string]string
	end  func() (code int)
}

// start runs the command until the test ends it.
func start(t *testing.T, args ...string) *started {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		c := Command()
		code <- c.Run(ctx, cli.IO{In: strings.NewReader(""), Out: in, Err: io.Discard}, args)
		_ = in.Close()
	}()
	s := &started{env: map[string]string{}}
	ended := false
	s.end = func() int {
		if ended {
			return 0
		}
		ended = true
		cancel()
		return <-code
	}
	t.Cleanup(func() { s.end() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if _, base, ok := strings.Cut(line, "issuer listens on "); ok {
			s.base = base
		}
		if assignment, ok := strings.CutPrefix(line, "export "); ok {
			name, value, _ := strings.Cut(assignment, "=")
			s.env[name] = value
		}
		if line == "Press Ctrl-C to stop." {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return s
		}
	}
	t.Fatalf("the command ended with %d", <-code)
	return nil
}

// post sends a form and returns status and body.
func (s *started) post(t *testing.T, path string, form url.Values, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		if r.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	return do(t, r)
}

func do(t *testing.T, r *http.Request) (int, string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// token asks the endpoint for one.
func (s *started) token(t *testing.T, form url.Values) string {
	t.Helper()
	status, body := s.post(t, "/token", form)
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 200 || answer.Token == "" {
		t.Fatalf("got %d %s", status, body)
	}
	return answer.Token
}

func user(name string, more ...string) url.Values {
	v := url.Values{"user": {name}}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// oidc is an API that trusts what the command printed.
func oidc(t *testing.T, s *started) *core.Authenticator {
	t.Helper()
	a, err := core.ForIssuer(s.env["OIDC_ISSUER"], s.env["OIDC_AUDIENCE"])
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func verify(t *testing.T, a *core.Authenticator, token string) *core.Identity {
	t.Helper()
	id, err := a.Verify(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestOIDC(t *testing.T) {
	s := start(t, "--addr", "127.0.0.1:0", "--audience", "https://mine.example")
	a := oidc(t, s)
	id := verify(t, a, s.token(t, user("ada")))
	if id.Subject() != "user_ada" || !id.HasRole("admin") || !id.HasPermission("invoices:write") || !id.HasScope("write") || !slices.Equal(id.Audience(), []string{"https://mine.example"}) {
		t.Errorf("got %s, %v, %v", id.Subject(), id.Roles(), id.Scopes())
	}
	if left := time.Until(verify(t, a, s.token(t, user("mo", "lifetime", "90s", "scope", "x"))).ExpiresAt()); left > 90*time.Second || left < 80*time.Second {
		t.Errorf("got %v left", left)
	}
	if _, err := a.Verify(t.Context(), s.token(t, user("mo", "lifetime", "-1h"))); err == nil {
		t.Error("an expired token is accepted")
	}
	if _, err := a.Verify(t.Context(), s.token(t, user("mo", "audience", "another"))); err == nil {
		t.Error("a token for another audience is accepted")
	}
	// A new key signs, and the old one still verifies.
	old := s.token(t, user("mo"))
	if status, body := s.post(t, "/rotate", nil); status != 200 || !strings.Contains(body, `"kid"`) {
		t.Errorf("rotate: got %d %s", status, body)
	}
	fresh := oidc(t, s)
	verify(t, fresh, old)
	verify(t, fresh, s.token(t, user("mo")))
	if code := s.end(); code != cli.ExitOK {
		t.Errorf("got exit code %d", code)
	}
}

func TestTokenErrors(t *testing.T) {
	s := start(t, "--addr", "127.0.0.1:0")
	for name, form := range map[string]url.Values{`unknown user "eve"`: user("eve"), "give a duration": user("ada", "lifetime", "soon"), `unknown user ""`: nil} {
		if status, body := s.post(t, "/token", form); status != 400 || !strings.Contains(body, "invalid_request") || !strings.Contains(strings.ReplaceAll(body, `\"`, `"`), name) {
			t.Errorf("%s: got %d %s", name, status, body)
		}
	}
}

// TestOtherSites: a page of another site gets nothing.
func TestOtherSites(t *testing.T) {
	s := start(t, "--addr", "127.0.0.1:0")
	for name, row := range map[string]struct {
		header []string
		status int
	}{
		"curl":                   {nil, 200},
		"its own page":           {[]string{"Origin", s.base, "Sec-Fetch-Site", "same-origin"}, 200},
		"another origin":         {[]string{"Origin", "https://evil.example"}, 403},
		"a sandboxed page":       {[]string{"Origin", "null"}, 403},
		"another site":           {[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		"another port":           {[]string{"Sec-Fetch-Site", "same-site"}, 403},
		"a name that leads here": {[]string{"Host", "evil.example"}, 403},
		"localhost":              {[]string{"Host", "localhost:80"}, 200},
	} {
		if status, body := s.post(t, "/token", user("ada"), row.header...); status != row.status {
			t.Errorf("%s: got %d %s, want %d", name, status, body, row.status)
		}
	}
}

func TestPage(t *testing.T) {
	s := start(t, "--addr", "127.0.0.1:0")
	a := oidc(t, s)
	status, body := s.post(t, "/", user("ada"))
	token := regexp.MustCompile(`(?s)<textarea[^>]*>([^<]*)</textarea>`).FindStringSubmatch(body)
	if status != 200 || token == nil {
		t.Fatalf("got %d %s", status, body)
	}
	verify(t, a, token[1])
	// Edited people give edited tokens.
	if status, body := s.post(t, "/people", url.Values{"was": {"ada"}, "name": {"ada"}, "subject": {"user_1815"}, "roles": {"  owner  admin "}}); status != 200 || !strings.Contains(body, "ada was changed.") {
		t.Errorf("got %d %s", status, body)
	}
	if id := verify(t, a, s.token(t, user("ada"))); id.Subject() != "user_1815" || !slices.Equal(id.Roles(), []string{"owner", "admin"}) {
		t.Errorf("got %s with %v", id.Subject(), id.Roles())
	}
	hostile := `<script>alert("x")</script>`
	if status, body := s.post(t, "/people", url.Values{"name": {"eve"}, "subject": {hostile}}); status != 200 || strings.Contains(body, "<script>") {
		t.Errorf("got %d, and the page has a script of a user: %v", status, strings.Contains(body, "<script>"))
	}
	if _, err := a.Verify(t.Context(), s.token(t, user("eve"))); err != nil {
		t.Error(err)
	}
	for name, form := range map[string]url.Values{
		"needs a subject": {"name": {"x"}}, "not a valid name": {"name": {"a/b"}, "subject": {"s"}}, "is used twice": {"name": {"ada"}, "subject": {"s"}},
	} {
		if status, body := s.post(t, "/people", form); status != 400 || !strings.Contains(body, name) {
			t.Errorf("%s: got %d", name, status)
		}
	}
	if status, body := s.post(t, "/people", url.Values{"was": {"mo"}, "name": {"mo"}, "remove": {"yes"}}); status != 200 || !strings.Contains(body, "mo was removed.") {
		t.Errorf("got %d", status)
	}
	if status, _ := s.post(t, "/token", user("mo")); status != 400 {
		t.Errorf("a removed user gets a token: %d", status)
	}
}

// TestState: a restart is the same issuer.
func TestState(t *testing.T) {
	for _, provider := range []string{localissuer.OIDC, localissuer.Clerk} {
		t.Run(provider, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "issuer.json")
			first := start(t, "--provider", provider, "--addr", "127.0.0.1:0", "--state", file)
			old := first.token(t, user("ada", "lifetime", "1h"))
			first.post(t, "/rotate", nil)
			first.post(t, "/people", url.Values{"name": {"eve"}, "subject": {"user_eve"}})
			first.end()
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("got %v, %v", info.Mode(), err)
			}
			again := start(t, "--state", file)
			if fmt.Sprint(again.env) != fmt.Sprint(first.env) {
				t.Errorf("got %v, was %v", again.env, first.env)
			}
			var a *core.Authenticator
			if provider == localissuer.OIDC {
				a = oidc(t, again)
			} else {
				a = clerkAPI(t, again)
			}
			verify(t, a, old)
			verify(t, a, again.token(t, user("eve")))

			// What check does: tokens for a server that trusts the running one.
			state, err := localissuer.Load(file)
			if err != nil {
				t.Fatal(err)
			}
			second, err := localissuer.Start(*state, localissuer.Options{Copy: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = second.Close() })
			p, _ := second.Person("ada")
			verify(t, a, second.Token(p, 0, nil))
			again.end()
			if other := map[string]string{localissuer.OIDC: localissuer.Clerk, localissuer.Clerk: localissuer.OIDC}[provider]; run(t.Context(), Command(), discard(), []string{"--state", file, "--provider", other}) != cli.ExitUsage {
				t.Error("a state of another provider is taken")
			}
		})
	}
}

func discard() cli.IO { return cli.IO{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard} }

func clerkAPI(t *testing.T, s *started) *core.Authenticator {
	t.Helper()
	for name, value := range s.env {
		t.Setenv(name, value)
	}
	a, err := clerk.NewFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestClerk(t *testing.T) {
	delivered := make(chan http.Header, 1)
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { delivered <- r.Header }))
	t.Cleanup(app.Close)
	s := start(t, "--provider", "clerk", "--addr", "127.0.0.1:0", "--party", "http://localhost:5173", "--webhook", app.URL)
	id := verify(t, clerkAPI(t, s), s.token(t, user("ada")))
	if id.Subject() != "user_ada" || !id.HasRole("admin") || !id.HasRole("org:admin") || !id.HasScope("write") || id.AuthorizedParty() != "http://localhost:5173" || clerk.TypeOf(id) != clerk.SessionToken {
		t.Errorf("got %s, %v for %s", id.Subject(), id.Roles(), id.AuthorizedParty())
	}
	b, err := clerkapi.NewBackend(clerkapi.BackendConfig{SecretKey: s.env["CLERK_SECRET_KEY"], APIURL: s.env["CLERK_API_URL"]})
	if err != nil {
		t.Fatal(err)
	}
	if u, err := b.User(t.Context(), "user_ada"); err != nil || !strings.Contains(string(u.PublicMetadata), `"admin"`) {
		t.Errorf("got %+v, %v", u, err)
	}
	if status, body := s.post(t, "/webhook", user("ada"), "Accept", "text/html"); status != 200 || !strings.Contains(body, "user.updated for ada with 200") {
		t.Errorf("got %d %s", status, body)
	}
	if h := <-delivered; h.Get("Svix-Signature") == "" {
		t.Errorf("got the headers %v", h)
	}
}

func TestWrongUse(t *testing.T) {
	damaged := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(damaged, []byte(`{"version":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]int{
		"--provider oidc --addr 127.0.0.1:0": cli.ExitOK, "--provider clerk --addr 127.0.0.1:0": cli.ExitOK,
		"--party http://localhost:5173/": cli.ExitUsage, "--party *": cli.ExitUsage, "--lifetime -1m": cli.ExitUsage, "--lifetime 1m --party http://localhost:5173 --party https://app.example.test --addr 127.0.0.1:0": cli.ExitOK,
		"extra": cli.ExitUsage, "--provider auth0": cli.ExitUsage, "--webhook https://example.com/hook": cli.ExitUsage, "--state " + damaged: cli.ExitUsage,
		"--addr 0.0.0.0:0": cli.ExitUsage, "--addr 0.0.0.0:0 --listen-beyond-loopback": cli.ExitUsage, "--addr :0 --listen-beyond-loopback": cli.ExitUsage, "--addr nonsense": cli.ExitUsage, "--addr 127.0.0.1:http": cli.ExitUsage, "--party localhost:3000": cli.ExitUsage, "--audience *": cli.ExitUsage, "--help": cli.ExitOK,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // one that starts ends at once
		if got := Command().Run(ctx, discard(), strings.Fields(args)); got != want {
			t.Errorf("%s: got %d, want %d", args, got, want)
		}
	}
}

// TestAddressInUse: the error says what to do when another program has the address.
func TestAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var said bytes.Buffer
	streams := cli.IO{In: strings.NewReader(""), Out: io.Discard, Err: &said}
	if code := Command().Run(t.Context(), streams, []string{"--addr", l.Addr().String()}); code != cli.ExitFailed || !strings.Contains(said.String(), "Another program uses this address") {
		t.Errorf("got %d %s", code, said.String())
	}
}

package issuer

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/localissuer"

	"github.com/authkeel/authkeel/core/clerk/clerkapi"
)

// TestService: a program asks for a token as OAuth clients do, at the endpoint
// that discovery names.
func TestService(t *testing.T) {
	s := start(t, "--addr", "127.0.0.1:0")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+"/.well-known/openid-configuration", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, body := do(t, r)
	var metadata struct {
		Endpoint string `json:"token_endpoint"`
	}
	if err := json.Unmarshal([]byte(body), &metadata); err != nil || metadata.Endpoint != s.base+"/token" {
		t.Errorf("got the endpoint %q, %v", metadata.Endpoint, err)
	}
	a := oidc(t, s)
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"read"}}
	basic := httptest.NewRequest(http.MethodPost, "/", nil)
	basic.SetBasicAuth("night%20jobs", "whatever")
	for name, row := range map[string]struct {
		id     string
		header []string
		want   string
	}{
		"form":  {"jobs", nil, "jobs"},
		"basic": {"", []string{"Authorization", basic.Header.Get("Authorization")}, "night jobs"},
	} {
		form.Set("client_id", row.id)
		status, body := s.post(t, "/token", form, row.header...)
		var answer struct {
			Token   string `json:"access_token"`
			Type    string `json:"token_type"`
			Expires int    `json:"expires_in"`
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 200 || answer.Type != "Bearer" || answer.Expires != 3600 {
			t.Fatalf("%s: got %d %s", name, status, body)
		}
		if id := verify(t, a, answer.Token); id.Subject() != row.want || id.AuthorizedParty() != row.want || !id.HasScope("read") || len(id.Roles()) != 0 {
			t.Errorf("%s: got %s for %s", name, id.Subject(), id.AuthorizedParty())
		}
	}
	for code, form := range map[string]url.Values{
		"client_id is missing":   {"grant_type": {"client_credentials"}},
		"give a duration":        {"grant_type": {"client_credentials"}, "client_id": {"jobs"}, "lifetime": {"0s"}},
		"unsupported_grant_type": {"grant_type": {"password"}, "user": {"ada"}},
	} {
		if status, body := s.post(t, "/token", form); status != 400 || !strings.Contains(body, code) {
			t.Errorf("%s: got %d %s", code, status, body)
		}
	}
}

// TestTokenAlone: a shell gets the token without JSON around it.
func TestTokenAlone(t *testing.T) {
	s := start(t, "--addr", "127.0.0.1:0")
	status, body := s.post(t, "/token", user("ada"), "Accept", "text/plain")
	if token, complete := strings.CutSuffix(body, "\n"); status != 200 || !complete || verify(t, oidc(t, s), token).Subject() != "user_ada" {
		t.Errorf("got %d %q", status, body)
	}
	if status, body := s.post(t, "/token", user("nobody-of-that-name"), "Accept", "text/plain"); status != 400 || !strings.Contains(body, "unknown user") {
		t.Errorf("got %d %q", status, body)
	}
}

// TestRetire: what an old key signed is refused, also after a restart.
func TestRetire(t *testing.T) {
	file := t.TempDir() + "/state"
	s := start(t, "--addr", "127.0.0.1:0", "--state", file)
	old := s.token(t, user("ada"))
	if status, body := s.post(t, "/rotate", url.Values{"retire": {"yes"}}, "Accept", "text/html"); status != 200 || !strings.Contains(body, "is the only one from now on.") {
		t.Errorf("got %d %s", status, body)
	}
	for _, stage := range []string{"at once", "after a restart"} {
		a := oidc(t, s)
		verify(t, a, s.token(t, user("ada")))
		if _, err := a.Verify(t.Context(), old); err == nil {
			t.Errorf("%s: a token of the old key is accepted", stage)
		}
		s.end()
		s = start(t, "--state", file)
	}
}

// TestClerkPeople: who is removed is gone from the Backend API, and what curl
// asks the webhook for is JSON.
func TestClerkPeople(t *testing.T) {
	app := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(app.Close)
	s := start(t, "--provider", "clerk", "--addr", "127.0.0.1:0", "--webhook", app.URL)
	b, err := clerkapi.NewBackend(clerkapi.BackendConfig{SecretKey: s.env["CLERK_SECRET_KEY"], APIURL: s.env["CLERK_API_URL"]})
	if err != nil {
		t.Fatal(err)
	}
	s.post(t, "/people", url.Values{"was": {"mo"}, "remove": {"yes"}})
	if u, err := b.User(t.Context(), "user_mo"); err == nil {
		t.Errorf("got %+v", u)
	}
	if status, body := s.post(t, "/webhook", user("ada")); status != 200 || body != "{\"status\":404}\n" {
		t.Errorf("got %d %s", status, body)
	}
	if status, body := s.post(t, "/webhook", user("mo")); status != 400 || !strings.Contains(body, "unknown user") {
		t.Errorf("got %d %s", status, body)
	}
	if status, body := s.post(t, "/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"jobs"}}); status != 400 || !strings.Contains(body, "unsupported_grant_type") {
		t.Errorf("got %d %s", status, body)
	}
}

// TestBeyond: addresses and the names of containers lead here, domains do not.
func TestBeyond(t *testing.T) {
	s := start(t, "--addr", "127.0.0.1:0", "--listen-beyond-loopback")
	for host, want := range map[string]int{
		"192.0.2.7:8930": 200, "[2001:db8::7]:8930": 200, "issuer:8930": 200, "localhost": 200,
		"evil.example:8930": 403, "127.0.0.1.evil.example": 403,
	} {
		if status, _ := s.post(t, "/token", user("ada"), "Host", host); status != want {
			t.Errorf("%s: got %d, want %d", host, status, want)
		}
	}
}

// TestQuoted: a shell reads back what was meant.
func TestQuoted(t *testing.T) {
	for _, value := range []string{"", "https://api.example", "a b", "$(echo x)`echo x`", `it's "so"\`, "~/x", "*"} {
		line := "v=" + quoted(map[string]string{"v": value})["v"] + "; printf %s \"$v\""
		out, err := exec.CommandContext(t.Context(), "sh", "-c", line).Output()
		if err != nil || string(out) != value {
			t.Errorf("%s: got %q, %v, want %q", line, out, err, value)
		}
	}
}

// TestDefaultPeople: everybody whom a new issuer knows can have a token.
func TestDefaultPeople(t *testing.T) {
	for _, provider := range []string{localissuer.OIDC, localissuer.Clerk} {
		s := start(t, "--provider", provider, "--addr", "127.0.0.1:0")
		for _, p := range localissuer.DefaultPeople(provider) {
			if s.token(t, user(p.Name)) == "" {
				t.Errorf("%s: %s gets no token", provider, p.Name)
			}
		}
	}
}

package issuer

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/localissuer"
)

const frontEnd = "http://localhost:5173"

// signIn signs a user in for a client of the front end and returns what /token
// answers.
func (s *started) signIn(t *testing.T, name, scope string) map[string]any {
	t.Helper()
	verifier := strings.Repeat("v", 43)
	sum := sha256.Sum256([]byte(verifier))
	request := url.Values{"response_type": {"code"}, "client_id": {"web"}, "redirect_uri": {frontEnd + "/callback"}, "scope": {scope},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/authorize/choice", strings.NewReader(url.Values{"request": {request.Encode()}, "user": {name}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	to, err := res.Location()
	if err != nil {
		t.Fatal(err)
	}
	status, body := s.post(t, "/token", url.Values{"grant_type": {"authorization_code"}, "client_id": {"web"}, "redirect_uri": {frontEnd + "/callback"},
		"code": {to.Query().Get("code")}, "code_verifier": {verifier}}, "Origin", frontEnd)
	var answer map[string]any
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 200 {
		t.Fatalf("got %d %s", status, body)
	}
	return answer
}

// TestSignIn: an API accepts the tokens of users who signed in, with the rights that
// the page gives them and the scopes that the client asked for.
func TestSignIn(t *testing.T) {
	file := t.TempDir() + "/state"
	s := start(t, "--addr", "127.0.0.1:0", "--party", frontEnd, "--lifetime", "2m", "--state", file)
	for _, stage := range []string{"at first", "after a restart, which keeps the front end"} {
		answer := s.signIn(t, "ada", "openid email read delete")
		id := verify(t, oidc(t, s), answer["access_token"].(string))
		if id.Subject() != "user_ada" || !id.HasRole("admin") || !id.HasPermission("invoices:write") || !slices.Equal(id.Scopes(), []string{"openid", "email", "read"}) || id.AuthorizedParty() != "web" {
			t.Errorf("%s: got %s, %v, %v", stage, id.Subject(), id.Roles(), id.Scopes())
		}
		if left := time.Until(id.ExpiresAt()); stage == "at first" && (left > 2*time.Minute || left < time.Minute) {
			t.Errorf("%s: got %v left", stage, left)
		}
		s.end()
		s = start(t, "--state", file)
	}
}

// TestFrontEnds: /token and nothing else is open to the scripts of the front end
// that is named.
func TestFrontEnds(t *testing.T) {
	for _, provider := range []string{localissuer.OIDC, localissuer.Clerk} {
		open := start(t, "--provider", provider, "--addr", "127.0.0.1:0", "--party", frontEnd, "--party", "https://app.example.test")
		closed := start(t, "--provider", provider, "--addr", "127.0.0.1:0")
		for name, row := range map[string]struct {
			s            *started
			path, origin string
			status       int
		}{
			"named": {open, "/token", frontEnd, 200}, "named second": {open, "/token", "https://app.example.test", 200},
			"another": {open, "/token", "http://localhost:3000", 403}, "none": {closed, "/token", "http://localhost:3000", 403},
			"another path": {open, "/rotate", frontEnd, 403}, "the page": {open, "/", frontEnd, 403}, "the users": {open, "/people", frontEnd, 403},
		} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, row.s.base+row.path, strings.NewReader("user=ada"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", row.origin)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if got := res.Header.Get("Access-Control-Allow-Origin"); res.StatusCode != row.status || (got == row.origin) != (row.status == 200) {
				t.Errorf("%s, %s: got %d for %q, want %d", provider, name, res.StatusCode, got, row.status)
			}
		}
	}
}

// TestClaims: the page shows what is in a token, and the times as people read them.
func TestClaims(t *testing.T) {
	s := start(t, "--addr", "127.0.0.1:0")
	_, body := s.post(t, "/", user("ada", "lifetime", "90s"))
	for _, part := range []string{"<th scope=\"row\">alg</th><td>&#34;ES256&#34;", "<th scope=\"row\">roles</th><td>[&#34;admin&#34;]", ", in 1m", "OpenID Connect issuer"} {
		if !strings.Contains(body, part) {
			t.Errorf("%s is not in %s", part, body)
		}
	}
	now := time.Unix(1_800_000_000, 0)
	token := "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(`{"exp":1799999990,"sub":"x","iat":1800000000}`)) + "."
	got := claimsOf(token, now)
	if len(got) != 4 || got[0].Value != `"none"` || got[1].Value != "1799999990" || !strings.HasSuffix(got[1].Note, ", 10s ago") || strings.Contains(got[2].Note, "ago") || got[3].Note != "" {
		t.Errorf("got %+v", got)
	}
	if got := claimsOf("x", now); got != nil {
		t.Errorf("got %+v", got)
	}
	if _, body := s.post(t, "/", nil); !strings.Contains(body, "unknown user") {
		t.Errorf("got %s", body)
	}
	clerk := start(t, "--provider", "clerk", "--addr", "127.0.0.1:0")
	if _, body := clerk.post(t, "/", user("ada")); !strings.Contains(body, "A local Clerk issuer") || !strings.Contains(body, "org:admin") {
		t.Errorf("got %s", body)
	}
}

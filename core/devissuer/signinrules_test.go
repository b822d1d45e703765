package devissuer_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

// TestAuthorizeRefuses: what the client learns by redirect, and what only the user
// sees, because the redirect URI is not the client's.
func TestAuthorizeRefuses(t *testing.T) {
	d := openDesk(t)
	for name, row := range map[string]struct {
		form url.Values
		code string // sent to the client; empty: a page with status 400
	}{
		"no client":            {asked("client_id", ""), ""},
		"a long client":        {asked("client_id", strings.Repeat("x", 201)), ""},
		"two clients":          {url.Values{"client_id": {"a", "b"}, "redirect_uri": {callback}}, ""},
		"no redirect":          {asked("redirect_uri", ""), ""},
		"two redirects":        {url.Values{"client_id": {"a"}, "redirect_uri": {callback, callback}}, ""},
		"another site":         {asked("redirect_uri", "https://evil.example/callback"), ""},
		"a longer host":        {asked("redirect_uri", frontEnd+".evil.example/"), ""},
		"a longer loopback":    {asked("redirect_uri", "http://127.0.0.1.evil.example/"), ""},
		"a user in the URL":    {asked("redirect_uri", "http://127.0.0.1@evil.example/"), ""},
		"a backslash":          {asked("redirect_uri", `http://127.0.0.1\@evil.example/`), ""},
		"another scheme":       {asked("redirect_uri", "javascript://127.0.0.1/%0aalert(1)"), ""},
		"no scheme":            {asked("redirect_uri", "//127.0.0.1/"), ""},
		"another port":         {asked("redirect_uri", frontEnd+":8443/"), ""},
		"plain http":           {asked("redirect_uri", "http://app.example.test/"), ""},
		"a fragment":           {asked("redirect_uri", callback+"#x"), ""},
		"an empty fragment":    {asked("redirect_uri", callback+"#"), ""},
		"white space":          {asked("redirect_uri", "http://127.0.0.1/ x"), ""},
		"no response type":     {asked("response_type", ""), "invalid_request"},
		"the implicit flow":    {asked("response_type", "id_token token"), "unsupported_response_type"},
		"another mode":         {asked("response_mode", "fragment"), "invalid_request"},
		"no challenge":         {asked("code_challenge", ""), "invalid_request"},
		"no method":            {asked("code_challenge_method", ""), "invalid_request"},
		"plain":                {asked("code_challenge_method", "plain"), "invalid_request"},
		"a short challenge":    {asked("code_challenge", challenge[1:]), "invalid_request"},
		"a padded challenge":   {asked("code_challenge", challenge[1:]+"="), "invalid_request"},
		"a request object":     {asked("request", "eyJ"), "request_not_supported"},
		"a request URI":        {asked("request_uri", "https://a.example/r"), "request_uri_not_supported"},
		"none and login":       {asked("prompt", "none login"), "invalid_request"},
		"a max_age that isn't": {asked("max_age", "-1"), "invalid_request"},
		"two scopes":           {url.Values{"client_id": {"a"}, "redirect_uri": {callback}, "state": {"s1"}, "scope": {"a", "b"}}, "invalid_request"},
		"nobody is signed in":  {asked("prompt", "none"), "login_required"},
	} {
		for method, form := range map[string]url.Values{"GET": nil, "POST": row.form} {
			path := "/authorize"
			if form == nil {
				path += "?" + row.form.Encode()
			}
			res, body := d.send(t, path, form)
			switch {
			case row.code != "":
				if got := d.answer(t, res); got.Get("error") != row.code || got.Get("error_description") == "" || got.Has("code") {
					t.Errorf("%s, %s: got %v, want %s", name, method, got, row.code)
				}
			case res.StatusCode != 400 || res.Header.Get("Location") != "" || !strings.Contains(body, `role="alert"`):
				t.Errorf("%s, %s: got %d to %q", name, method, res.StatusCode, res.Header.Get("Location"))
			}
		}
	}
	for name, form := range map[string]url.Values{"nobody": {"user": {"eve"}}, "without a choice": {}} {
		form.Set("request", asked().Encode())
		if res, _ := d.send(t, "/authorize/choice", form); res.StatusCode != 400 || res.Header.Get("Location") != "" {
			t.Errorf("%s: got %d", name, res.StatusCode)
		}
	}
	res, _ := d.send(t, "/authorize/choice", url.Values{"request": {asked().Encode()}, "cancel": {"yes"}, "user": {"ada"}})
	if got := d.answer(t, res); got.Get("error") != "access_denied" {
		t.Errorf("canceled: got %v", got)
	}
	if res, _ := d.send(t, "/authorize?x="+strings.Repeat("x", 9000)+"&"+asked().Encode(), nil); res.StatusCode != 400 {
		t.Errorf("a long query: got %d", res.StatusCode)
	}
}

// TestPrompt: when a user who is signed in is asked again.
func TestPrompt(t *testing.T) {
	d := openDesk(t)
	hint := d.tokens(t, redeemed(d.code(t))).ID
	d.pass(10 * time.Second)
	for name, row := range map[string]struct {
		pairs []string
		page  bool
	}{
		"nothing asked":       {nil, false},
		"login":               {[]string{"prompt", "login"}, true},
		"consent":             {[]string{"prompt", "consent"}, true},
		"another account":     {[]string{"prompt", "select_account"}, true},
		"young enough":        {[]string{"max_age", "10"}, false},
		"too old":             {[]string{"max_age", "9"}, true},
		"at once":             {[]string{"max_age", "0"}, true},
		"the same user":       {[]string{"id_token_hint", hint}, false},
		"a hint that is none": {[]string{"id_token_hint", hint + "x"}, true},
	} {
		res, _ := d.send(t, "/authorize?"+asked(row.pairs...).Encode(), nil)
		if page := res.StatusCode == 200; page != row.page {
			t.Errorf("%s: got %d, want a page: %v", name, res.StatusCode, row.page)
		}
	}
	d.mu.Lock()
	d.users = d.users[1:]
	d.mu.Unlock()
	if res, _ := d.send(t, "/authorize?"+asked().Encode(), nil); res.StatusCode != 200 {
		t.Errorf("a user who was removed: got %d", res.StatusCode)
	}
}

// TestCodeRefused: what a code needs besides itself.
func TestCodeRefused(t *testing.T) {
	d := openDesk(t)
	for name, row := range map[string]struct {
		pairs []string
		after time.Duration
		code  string
	}{
		"wrong verifier":      {[]string{"code_verifier", strings.Repeat("a", 43)}, 0, "invalid_grant"},
		"the challenge again": {[]string{"code_verifier", challenge}, 0, "invalid_grant"},
		"no verifier":         {[]string{"code_verifier", ""}, 0, "invalid_grant"},
		"a short verifier":    {[]string{"code_verifier", codeVerifier[1:]}, 0, "invalid_grant"},
		"another redirect":    {[]string{"redirect_uri", "http://127.0.0.1:5173/callback"}, 0, "invalid_grant"},
		"no redirect":         {[]string{"redirect_uri", ""}, 0, "invalid_grant"},
		"another client":      {[]string{"client_id", "other"}, 0, "invalid_grant"},
		"no client":           {[]string{"client_id", ""}, 0, "invalid_request"},
		"another code":        {[]string{"code", "x"}, 0, "invalid_grant"},
		"no code":             {[]string{"code", ""}, 0, "invalid_grant"},
		"after a minute":      {nil, time.Minute, "invalid_grant"},
		"another grant":       {[]string{"grant_type", "password"}, 0, "unsupported_grant_type"},
		"no grant":            {[]string{"grant_type", ""}, 0, "unsupported_grant_type"},
	} {
		code := d.code(t)
		d.pass(row.after)
		if got := d.tokens(t, redeemed(code, row.pairs...)); got.status != 400 || got.Error != row.code || got.Reason == "" {
			t.Errorf("%s: got %+v, want %s", name, got, row.code)
		}
		// A wrong attempt does not use the code up.
		if got := d.tokens(t, redeemed(code)); (got.status == 200) != (row.after == 0) {
			t.Errorf("%s, then right: got %+v", name, got)
		}
	}
	twice := redeemed(d.code(t))
	twice.Add("code_verifier", codeVerifier)
	if got := d.tokens(t, twice); got.Error != "invalid_request" {
		t.Errorf("a parameter twice: got %+v", got)
	}
	if got := d.tokens(t, redeemed(d.code(t)), "Authorization", "Basic b3RoZXI6eA=="); got.Error != "invalid_request" {
		t.Errorf("two clients: got %+v", got)
	}
	if res, _ := d.send(t, "/token?"+redeemed(d.code(t)).Encode(), nil); res.StatusCode != 405 {
		t.Errorf("GET /token: got %d", res.StatusCode)
	}
}

// TestCodeReplayed: a code that comes twice may have been stolen.
func TestCodeReplayed(t *testing.T) {
	d := openDesk(t)
	code := d.code(t)
	got := d.tokens(t, redeemed(code))
	if again := d.tokens(t, redeemed(code)); again.Error != "invalid_grant" {
		t.Errorf("got %+v", again)
	}
	if renewal := d.tokens(t, renewed(got.Refresh)); renewal.Error != "invalid_grant" {
		t.Errorf("its refresh token still gives tokens: %+v", renewal)
	}
}

func TestRefresh(t *testing.T) {
	d := openDesk(t)
	first := d.tokens(t, redeemed(d.code(t)))
	for name, row := range map[string]struct{ form, code string }{
		"another client":  {renewed(first.Refresh, "client_id", "other").Encode(), "invalid_grant"},
		"more scopes":     {renewed(first.Refresh, "scope", "openid write").Encode(), "invalid_scope"},
		"an access token": {renewed(first.Access).Encode(), "invalid_grant"},
	} {
		form, err := url.ParseQuery(row.form)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.tokens(t, form); got.Error != row.code {
			t.Errorf("%s: got %+v, want %s", name, got, row.code)
		}
	}
	d.pass(30 * time.Minute)
	second := d.tokens(t, renewed(first.Refresh, "scope", "openid read"))
	if second.Scope != "openid read" || second.Refresh == "" || second.Refresh == first.Refresh {
		t.Errorf("got %+v", second)
	}
	old, id := d.claimsOf(t, first.ID, "web"), d.claimsOf(t, second.ID, "web")
	if id["nonce"] != nil || id["auth_time"] != old["auth_time"] || id["sid"] != old["sid"] || id["iat"] == old["iat"] || id["email"] != nil {
		t.Errorf("got %v, was %v", id, old)
	}
	// The narrower scope was for one answer.
	third := d.tokens(t, renewed(second.Refresh))
	if third.Scope != first.Scope {
		t.Errorf("got the scope %q, want %q", third.Scope, first.Scope)
	}
	if again := d.tokens(t, renewed(second.Refresh)); again.Error != "invalid_grant" {
		t.Errorf("a refresh token is good twice: %+v", again)
	}
	if got := d.tokens(t, renewed(third.Refresh)); got.Error != "invalid_grant" {
		t.Errorf("one that followed it is still good: %+v", got)
	}
	last := d.tokens(t, redeemed(d.code(t)))
	d.pass(24 * time.Hour)
	if got := d.tokens(t, renewed(last.Refresh)); got.Error != "invalid_grant" {
		t.Errorf("after a day: got %+v", got)
	}
	removed := d.tokens(t, redeemed(d.code(t)))
	d.mu.Lock()
	d.users = nil
	d.mu.Unlock()
	if got := d.tokens(t, renewed(removed.Refresh)); got.Error != "invalid_grant" {
		t.Errorf("for a user who was removed: got %+v", got)
	}
}

func TestUserInfoRefuses(t *testing.T) {
	d := openDesk(t)
	got := d.tokens(t, redeemed(d.code(t)))
	other := openDesk(t)
	for name, row := range map[string]struct {
		header string
		status int
	}{
		"nothing":          {"", 401},
		"another scheme":   {"DPoP " + got.Access, 401},
		"no token":         {"Bearer x", 401},
		"an ID token":      {"Bearer " + got.ID, 403},
		"another issuer's": {"Bearer " + other.tokens(t, redeemed(other.code(t))).Access, 401},
		"changed":          {"Bearer " + got.Access[:len(got.Access)-4] + "AAAA", 401},
		"without openid":   {"Bearer " + d.Token(Claims{"sub": "user_ada", "scope": "read"}), 403},
		"nobody's":         {"Bearer " + d.Token(Claims{"sub": "user_eve", "scope": "openid"}), 401},
		"in small letters": {"bearer " + got.Access, 200},
	} {
		if res, body := d.send(t, "/userinfo", nil, "Authorization", row.header); res.StatusCode != row.status || (row.status != 200) != (res.Header.Get("WWW-Authenticate") != "") {
			t.Errorf("%s: got %d %s, want %d", name, res.StatusCode, body, row.status)
		}
	}
	d.pass(time.Hour)
	if res, _ := d.send(t, "/userinfo", nil, "Authorization", "Bearer "+got.Access); res.StatusCode != 401 {
		t.Errorf("expired: got %d", res.StatusCode)
	}
}

// TestUserInfoAlgorithms: an issuer knows its own signatures, whatever the algorithm.
func TestUserInfoAlgorithms(t *testing.T) {
	users := func() []devissuer.User { return []devissuer.User{{Name: "ada", Subject: "user_ada"}} }
	for _, alg := range []string{"RS256", "PS384", "ES256", "ES512", "EdDSA"} {
		i := start(t, devissuer.Options{Algorithms: []string{alg}, SignIn: &devissuer.SignIn{Users: users}})
		r := httptest.NewRequest(http.MethodGet, "http://"+i.Addr()+"/userinfo", nil)
		r.Header.Set("Authorization", "Bearer "+i.Token(Claims{"sub": "user_ada", "scope": "openid"}))
		w := httptest.NewRecorder()
		if i.Handler().ServeHTTP(w, r); w.Code != 200 {
			t.Errorf("%s: got %d %s", alg, w.Code, w.Body)
		}
	}
}

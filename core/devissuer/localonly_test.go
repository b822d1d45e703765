package devissuer_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/devissuer"
)

// TestOtherSites: what scripts and forms of other pages can reach.
func TestOtherSites(t *testing.T) {
	d := openDesk(t)
	own := "http://" + d.Addr()
	choice := url.Values{"request": {asked().Encode()}, "user": {"ada"}}
	for name, row := range map[string]struct {
		path   string
		form   url.Values
		header []string
		status int
		cors   string
	}{
		"a program":                       {"/token", redeemed("x"), nil, 400, ""},
		"the front end":                   {"/token", redeemed("x"), []string{"Origin", frontEnd, "Sec-Fetch-Site", "cross-site"}, 400, frontEnd},
		"another origin":                  {"/token", redeemed("x"), []string{"Origin", "https://evil.example"}, 403, ""},
		"another page on loopback":        {"/token", redeemed("x"), []string{"Origin", "http://localhost:3000"}, 403, ""},
		"a page in a sandbox":             {"/token", redeemed("x"), []string{"Origin", "null"}, 403, ""},
		"another site without an origin":  {"/token", redeemed("x"), []string{"Sec-Fetch-Site", "cross-site"}, 403, ""},
		"a name that leads here":          {"/token", redeemed("x"), []string{"Host", "evil.example"}, 403, ""},
		"a link of another site":          {"/authorize?" + asked("prompt", "login").Encode(), nil, []string{"Sec-Fetch-Site", "cross-site"}, 200, ""},
		"a script of another site":        {"/authorize?" + asked("prompt", "login").Encode(), nil, []string{"Origin", "https://evil.example"}, 403, ""},
		"the choice, of the page":         {"/authorize/choice", choice, []string{"Origin", own, "Sec-Fetch-Site", "same-origin"}, 303, ""},
		"the choice, of the front end":    {"/authorize/choice", choice, []string{"Origin", frontEnd}, 403, ""},
		"the choice, of another site":     {"/authorize/choice", choice, []string{"Sec-Fetch-Site", "cross-site"}, 403, ""},
		"the sign-out, of the front end":  {"/logout/choice", choice, []string{"Origin", frontEnd}, 403, ""},
		"metadata, for the front end":     {"/.well-known/openid-configuration", nil, []string{"Origin", frontEnd}, 200, frontEnd},
		"metadata, for another origin":    {"/.well-known/openid-configuration", nil, []string{"Origin", "https://evil.example"}, 200, ""},
		"keys, for the front end":         {"/.well-known/jwks.json", nil, []string{"Origin", frontEnd}, 200, frontEnd},
		"user information, for front end": {"/userinfo", nil, []string{"Origin", frontEnd}, 401, frontEnd},
	} {
		res, body := d.send(t, row.path, row.form, row.header...)
		if got := res.Header.Get("Access-Control-Allow-Origin"); res.StatusCode != row.status || got != row.cors {
			t.Errorf("%s: got %d for %q %s, want %d for %q", name, res.StatusCode, got, body, row.status, row.cors)
		}
	}
}

func TestPreflight(t *testing.T) {
	d := openDesk(t)
	for origin, want := range map[string]int{frontEnd: 204, "https://evil.example": 403, "http://localhost:3000": 403} {
		r := httptest.NewRequest(http.MethodOptions, "http://"+d.Addr()+"/userinfo", nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "GET")
		w := httptest.NewRecorder()
		d.Handler().ServeHTTP(w, r)
		allowed := strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "Authorization") && w.Header().Get("Access-Control-Allow-Origin") == origin
		if w.Code != want || allowed != (want == 204) || w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: got %d with %v", origin, w.Code, w.Header())
		}
	}
}

// TestLogout: with an ID token at once, without one only when the user agrees.
func TestLogout(t *testing.T) {
	d := openDesk(t)
	hint := d.tokens(t, redeemed(d.code(t))).ID
	other := openDesk(t)
	foreign := other.tokens(t, redeemed(other.code(t))).ID
	for name, form := range map[string]url.Values{
		"another site":       {"id_token_hint": {hint}, "post_logout_redirect_uri": {"https://evil.example/"}},
		"no ID token":        {"id_token_hint": {d.Token(nil)}},
		"another issuer's":   {"id_token_hint": {foreign}},
		"for another client": {"id_token_hint": {hint}, "client_id": {"other"}},
	} {
		for _, path := range []string{"/logout", "/logout/choice"} {
			send := form
			if path == "/logout/choice" {
				send = url.Values{"request": {form.Encode()}}
			}
			if res, body := d.send(t, path, send); res.StatusCode != 400 || res.Header.Get("Location") != "" || !strings.Contains(body, "invalid_request") {
				t.Errorf("%s at %s: got %d to %q", name, path, res.StatusCode, res.Header.Get("Location"))
			}
		}
	}
	signedIn := func() bool {
		res, _ := d.send(t, "/authorize?"+asked("prompt", "none").Encode(), nil)
		return d.answer(t, res).Has("code")
	}
	target := url.Values{"post_logout_redirect_uri": {callback}}
	res, page := d.send(t, "/logout?"+target.Encode(), nil)
	if res.StatusCode != 200 || !strings.Contains(page, "Sign out <strong>ada</strong>") || !signedIn() {
		t.Errorf("got %d %s", res.StatusCode, page)
	}
	if res, _ := d.send(t, "/logout/choice", url.Values{"request": {target.Encode()}}); res.Header.Get("Location") != callback || signedIn() {
		t.Errorf("got %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if res, page := d.send(t, "/logout", nil); res.StatusCode != 200 || !strings.Contains(page, "You are signed out") {
		t.Errorf("got %d %s", res.StatusCode, page)
	}
}

func TestCheckOrigin(t *testing.T) {
	for origin, hint := range map[string]string{
		"http://localhost:5173": "", "https://app.example.test": "", "http://[::1]:3000": "",
		"localhost:5173": "such as", "": "such as", "*": "such as", "null": "such as", "ftp://a.example": "such as", "http://": "such as",
		"http://localhost:5173/": "did you mean http://localhost:5173?", "https://App.example.test/path?x": "did you mean https://app.example.test?",
		"https://app.example.test:443": "did you mean https://app.example.test?", "http://localhost:80": "did you mean http://localhost?",
		" http://localhost": "such as", "https://*.example.test": "one host", "https://a@app.example.test": "one host", "https://a.example,https://b.example": "such as",
	} {
		err := devissuer.CheckOrigin(origin)
		if (err == nil) != (hint == "") {
			t.Errorf("%q: got %v", origin, err)
		}
		if hint != "" && (err == nil || !strings.Contains(err.Error(), hint)) {
			t.Errorf("%q: got %v, want %q", origin, err, hint)
		}
	}
}

func TestSignInOptions(t *testing.T) {
	users := func() []devissuer.User { return nil }
	for want, o := range map[string]devissuer.SignIn{
		"SignIn.Users":      {},
		"SignIn.Origins[1]": {Users: users, Origins: []string{frontEnd, frontEnd + "/"}},
		"SignIn.Lifetime":   {Users: users, Lifetime: -1},
		"SignIn.Grants":     {Users: users, Grants: map[string]http.Handler{"refresh_token": http.NotFoundHandler()}},
	} {
		if i, err := devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}, SignIn: &o}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v", want, i, err)
		}
	}
}

// FuzzAuthorize: whatever is asked, the browser is sent to this machine or to the
// front end and nowhere else.
func FuzzAuthorize(f *testing.F) {
	f.Add(asked("prompt", "none").Encode(), callback)
	f.Add("", "https://evil.example/")
	f.Add("client_id=a&prompt=none", frontEnd)
	f.Add("client_id=a&redirect_uri=x", `http://127.0.0.1\.evil.example`)
	f.Add("client_id=a", "http://localhost:80@evil.example")
	f.Add("client_id=a", "http://[::1]%2f@evil.example?a=b")
	i, err := devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}, SignIn: &devissuer.SignIn{Users: func() []devissuer.User { return nil }, Origins: []string{frontEnd}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = i.Close() })
	f.Fuzz(func(t *testing.T, query, redirect string) {
		r := httptest.NewRequest(http.MethodGet, "http://"+i.Addr()+"/authorize", nil)
		r.URL.RawQuery = query + "&redirect_uri=" + url.QueryEscape(redirect)
		w := httptest.NewRecorder()
		i.Handler().ServeHTTP(w, r)
		location := w.Header().Get("Location")
		if (w.Code == http.StatusSeeOther) != (location != "") || w.Code != http.StatusSeeOther && w.Code != 200 && w.Code != 400 {
			t.Fatalf("got %d to %q", w.Code, location)
		}
		if location == "" {
			return
		}
		u, err := url.Parse(location)
		if err != nil || u.Query().Get("iss") != i.URL() || u.Fragment != "" || strings.ContainsAny(location, "\\\r\n\t @") && u.User != nil {
			t.Fatalf("got %q, %v", location, err)
		}
		if host := u.Hostname(); u.Scheme+"://"+u.Host != frontEnd && !strings.EqualFold(host, "localhost") && !strings.HasPrefix(host, "127.") && host != "::1" && !strings.HasPrefix(host, "::ffff:") {
			t.Errorf("sent to %q", location)
		}
	})
}

package devissuer_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authkeel/authkeel/core/devissuer"
)

const (
	frontEnd     = "https://app.example.test"
	callback     = "http://127.0.0.1:5173/callback?from=issuer"
	codeVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
	challenge    = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// desk is an issuer with a clock, and a browser with cookies that follows no
// redirect.
type desk struct {
	*devissuer.Issuer
	http *http.Client

	mu    sync.Mutex
	now   time.Time
	users []devissuer.User
}

func openDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{now: time.Now().Truncate(time.Second), http: client(t), users: []devissuer.User{
		{Name: "ada", Subject: "user_ada", Scopes: []string{"read", "write"}, AccessClaims: Claims{"roles": []string{"admin"}},
			Claims: Claims{"name": "Ada", "email": "ada@example.test", "email_verified": true}},
		{Name: "mo", Subject: "user_mo"},
	}}
	var err error
	if d.http.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	d.Issuer = start(t, devissuer.Options{Algorithms: []string{"ES256"}, Now: d.clock, SignIn: &devissuer.SignIn{
		Origins: []string{frontEnd},
		Users: func() []devissuer.User {
			d.mu.Lock()
			defer d.mu.Unlock()
			return slices.Clone(d.users)
		},
	}})
	return d
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// send sends a form, or with form nil a GET, and returns the answer and its body.
func (d *desk) send(t *testing.T, path string, form url.Values, header ...string) (*http.Response, string) {
	t.Helper()
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+d.Addr()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		if r.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	res, err := d.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

// change returns a copy of form with name=value pairs laid over; "" deletes.
func change(form url.Values, pairs ...string) url.Values {
	out := maps.Clone(form)
	for i := 0; i < len(pairs); i += 2 {
		if out.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			out.Del(pairs[i])
		}
	}
	return out
}

// asked is an authorization request.
func asked(pairs ...string) url.Values {
	return change(url.Values{"response_type": {"code"}, "client_id": {"web"}, "redirect_uri": {callback}, "state": {"s1"}, "nonce": {"n1"},
		"scope": {"openid profile email offline_access read delete"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"}}, pairs...)
}

// code signs ada in and returns the code.
func (d *desk) code(t *testing.T, pairs ...string) string {
	t.Helper()
	res, body := d.send(t, "/authorize/choice", url.Values{"request": {asked(pairs...).Encode()}, "user": {"ada"}})
	answer := d.answer(t, res)
	if answer.Get("code") == "" {
		t.Fatalf("got %d, %v, %s", res.StatusCode, answer, body)
	}
	return answer.Get("code")
}

// answer returns the parameters that a redirect to the client has.
func (d *desk) answer(t *testing.T, res *http.Response) url.Values {
	t.Helper()
	location := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(location, callback+"&") {
		t.Fatalf("got %d to %q", res.StatusCode, location)
	}
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("iss") != d.URL() || q.Get("state") != "s1" || q.Get("from") != "issuer" {
		t.Errorf("got iss, state and the URI's own parameter %v", q)
	}
	return q
}

func redeemed(code string, pairs ...string) url.Values {
	return change(url.Values{"grant_type": {"authorization_code"}, "client_id": {"web"}, "redirect_uri": {callback}, "code": {code}, "code_verifier": {codeVerifier}}, pairs...)
}

func renewed(token string, pairs ...string) url.Values {
	return change(url.Values{"grant_type": {"refresh_token"}, "client_id": {"web"}, "refresh_token": {token}}, pairs...)
}

type tokens struct {
	Access  string `json:"access_token"`
	ID      string `json:"id_token"`
	Refresh string `json:"refresh_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"`
	Scope   string `json:"scope"`
	Error   string `json:"error"`
	Reason  string `json:"error_description"`
	status  int
}

func (d *desk) tokens(t *testing.T, form url.Values, header ...string) tokens {
	t.Helper()
	res, body := d.send(t, "/token", form, header...)
	got := tokens{status: res.StatusCode}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%v in %d %s", err, res.StatusCode, body)
	}
	if res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("an answer of /token may be stored: %v", res.Header)
	}
	if (res.StatusCode == 200) != (got.Error == "") || res.StatusCode == 200 && got.Access == "" {
		t.Errorf("got %d with %s", res.StatusCode, body)
	}
	return got
}

// claimsOf verifies a token with golang-jwt.
func (d *desk) claimsOf(t *testing.T, token, audience string) jwt.MapClaims {
	t.Helper()
	keys := keysAt(t, d.JWKSURL())
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return public(keys[0]) },
		jwt.WithIssuer(d.URL()), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithTimeFunc(d.clock))
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestSignIn(t *testing.T) {
	d := openDesk(t)
	res, page := d.send(t, "/authorize?"+asked("login_hint", "mo").Encode(), nil)
	if res.StatusCode != 200 || !strings.Contains(page, `value="mo" autofocus`) || strings.Contains(page, `value="ada" autofocus`) {
		t.Errorf("got %d %s", res.StatusCode, page)
	}
	// The browser follows the redirect after the form only to the client.
	if got := res.Header.Get("Content-Security-Policy"); !strings.Contains(got, "frame-ancestors 'none'") || !strings.HasSuffix(got, "form-action 'self' http://127.0.0.1:5173") {
		t.Errorf("got the policy %s", got)
	}
	d.pass(time.Minute)
	began := d.clock().Unix()
	code := d.code(t)
	d.pass(59 * time.Second)
	got := d.tokens(t, redeemed(code))
	if got.Type != "Bearer" || got.Expires != 3600 || got.Scope != "openid profile email offline_access read" {
		t.Errorf("got %+v", got)
	}
	id := d.claimsOf(t, got.ID, "web")
	sum := sha256.Sum256([]byte(got.Access))
	for name, want := range map[string]any{"sub": "user_ada", "nonce": "n1", "auth_time": float64(began), "iat": float64(d.clock().Unix()), "name": "Ada",
		"email": "ada@example.test", "at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]), "roles": nil} {
		if id[name] != want {
			t.Errorf("ID token: %s is %v, want %v", name, id[name], want)
		}
	}
	access := d.claimsOf(t, got.Access, d.Audience())
	if access["sub"] != "user_ada" || access["client_id"] != "web" || access["scope"] != got.Scope || access["email"] != nil || access["jti"] == nil || len(access["roles"].([]any)) != 1 {
		t.Errorf("access token: got %v", access)
	}
	if _, body := d.send(t, "/userinfo", nil, "Authorization", "Bearer "+got.Access); body != `{"email":"ada@example.test","email_verified":true,"name":"Ada","sub":"user_ada"}`+"\n" {
		t.Errorf("userinfo: got %s", body)
	}
	// The user is signed in: no second page.
	if res, _ := d.send(t, "/authorize?"+asked("prompt", "none").Encode(), nil); d.answer(t, res).Get("code") == "" {
		t.Error("a user who is signed in gets no code")
	}
	logout := url.Values{"id_token_hint": {got.ID}, "post_logout_redirect_uri": {frontEnd + "/bye"}, "state": {"s2"}}
	d.pass(2 * time.Hour) // an expired ID token will do
	if res, _ := d.send(t, "/logout?"+logout.Encode(), nil); res.Header.Get("Location") != frontEnd+"/bye?state=s2" {
		t.Errorf("logout: got %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if res, _ := d.send(t, "/authorize?"+asked("prompt", "none").Encode(), nil); d.answer(t, res).Get("error") != "login_required" {
		t.Error("a user who has signed out is still signed in")
	}
	if got := d.tokens(t, renewed(got.Refresh)); got.Error != "invalid_grant" {
		t.Errorf("a refresh token outlives the session: %+v", got)
	}
}

// TestWithoutOpenID: plain OAuth has no ID token, and a program can send its name and
// any secret in the Authorization header.
func TestWithoutOpenID(t *testing.T) {
	d := openDesk(t)
	code := d.code(t, "scope", "read", "client_id", "my program")
	basic, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	basic.SetBasicAuth("my+program", "any")
	got := d.tokens(t, redeemed(code, "client_id", ""), "Authorization", basic.Header.Get("Authorization"))
	if got.status != 200 || got.ID != "" || got.Refresh != "" || got.Scope != "read" {
		t.Errorf("got %+v", got)
	}
	if res, body := d.send(t, "/userinfo", nil, "Authorization", "Bearer "+got.Access); res.StatusCode != 403 || !strings.Contains(res.Header.Get("WWW-Authenticate"), "insufficient_scope") {
		t.Errorf("userinfo: got %d %s", res.StatusCode, body)
	}
}

// TestSignInMetadata: each endpoint that the metadata names is there.
func TestSignInMetadata(t *testing.T) {
	grants := map[string]http.Handler{"client_credentials": http.NotFoundHandler(), "": http.NotFoundHandler()}
	with := start(t, devissuer.Options{Algorithms: []string{"ES256"}, SignIn: &devissuer.SignIn{Users: func() []devissuer.User { return []devissuer.User{{Subject: "x", Scopes: []string{"read", "email"}}} }, Grants: grants}})
	doc := map[string]any{}
	if _, body := mustGet(t, with.URL()+"/.well-known/openid-configuration"); json.Unmarshal(body, &doc) != nil {
		t.Fatalf("got %s", body)
	}
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "end_session_endpoint"} {
		if res, _ := mustGet(t, doc[name].(string)); res.StatusCode == 404 {
			t.Errorf("%s %v: 404", name, doc[name])
		}
	}
	for name, want := range map[string]string{"response_types_supported": `["code"]`, "grant_types_supported": `["authorization_code","refresh_token","client_credentials"]`,
		"code_challenge_methods_supported": `["S256"]`, "scopes_supported": `["openid","profile","email","offline_access","read"]`, "authorization_response_iss_parameter_supported": "true"} {
		if got := string(marshal(t, doc[name])); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	without := one(t)
	if _, body := mustGet(t, without.URL()+"/.well-known/openid-configuration"); strings.Contains(string(body), "endpoint") {
		t.Errorf("an issuer at which nobody signs in has %s", body)
	}
	if res, _ := mustGet(t, without.URL()+"/authorize"); res.StatusCode != 404 {
		t.Errorf("got %d", res.StatusCode)
	}
}

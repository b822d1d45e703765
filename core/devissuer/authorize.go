package devissuer

import (
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

//go:embed signin.html
var signInText string

var signInPage = template.Must(template.New("sign-in").Parse(signInText))

// signInView is what the page shows. Either Users, SignOut or Error is there.
type signInView struct {
	Title, Error     string
	Issuer           string
	Client, Redirect string
	Scopes           []string
	Users            []User
	First            string // the name of the user whose button has the focus
	SignOut          string // the name of the user who is asked whether to sign out
	Request          string // the request's own parameters, which the choice sends again
}

// show writes the page. The browser submits its form to the issuer alone, and
// follows the redirect that answers it to the client alone.
func (s *signIn) show(w http.ResponseWriter, status int, v signInView) {
	formAction := "'self'"
	if u, err := url.Parse(v.Redirect); err == nil && u.Host != "" && len(v.Users) > 0 {
		formAction += " " + u.Scheme + "://" + u.Host
	}
	v.Issuer = s.issuer.url
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action "+formAction)
	w.WriteHeader(status)
	_ = signInPage.Execute(w, v) // the client is free to go away
}

func (s *signIn) showError(w http.ResponseWriter, err *oauthError) {
	s.show(w, http.StatusBadRequest, signInView{Title: "This request cannot be answered", Error: err.Error()})
}

// parameters returns those of a GET or POST request, as OpenID Connect Core section
// 3.1.2.1 sends them.
func parameters(w http.ResponseWriter, r *http.Request) (url.Values, *oauthError) {
	raw := r.URL.RawQuery
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		if err := r.ParseForm(); err != nil {
			return nil, refusef("invalid_request", "the form is not valid")
		}
		return r.PostForm, nil
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		return nil, refusef("invalid_request", "the method is %.20q: use GET or POST", r.Method)
	}
	form, err := url.ParseQuery(raw)
	if err != nil || len(raw) > maxParameters {
		return nil, refusef("invalid_request", "the query is not valid, or longer than %d bytes", maxParameters)
	}
	return form, nil
}

// authorize is the authorization endpoint.
func (s *signIn) authorize(w http.ResponseWriter, r *http.Request) {
	form, wrong := parameters(w, r)
	if wrong != nil {
		s.showError(w, wrong)
		return
	}
	q, wrong := readRequest(form, s.o.Origins)
	if wrong != nil {
		s.fail(w, r, q, wrong)
		return
	}
	current, user, signedIn := s.signedIn(r)
	ask := !signedIn || q.maxAge >= 0 && s.issuer.now().Sub(current.began) > q.maxAge
	if q.idTokenHint != "" {
		claims, err := s.issuer.verify(q.idTokenHint)
		ask = ask || err != nil || claims["sub"] != user.Subject
	}
	ask = ask || slices.ContainsFunc(q.prompt, func(p string) bool { return p == "login" || p == "consent" || p == "select_account" })
	switch {
	case !ask:
		s.sendCode(w, r, q, current, user)
	case slices.Contains(q.prompt, "none"):
		s.fail(w, r, q, refusef("login_required", "the user is not signed in, or has to sign in again"))
	default:
		s.show(w, http.StatusOK, signInView{Title: "Sign in", Client: q.client, Redirect: q.redirect, Scopes: q.scopes,
			Users: s.o.Users(), First: q.loginHint, Request: form.Encode()})
	}
}

// chosen is where the page sends the user's choice.
func (s *signIn) chosen(w http.ResponseWriter, r *http.Request) {
	choice, wrong := parameters(w, r)
	if wrong != nil {
		s.showError(w, wrong)
		return
	}
	form, err := url.ParseQuery(choice.Get("request"))
	if err != nil {
		s.showError(w, refusef("invalid_request", "the form is not valid"))
		return
	}
	q, wrong := readRequest(form, s.o.Origins)
	if wrong != nil {
		s.fail(w, r, q, wrong)
		return
	}
	if choice.Has("cancel") {
		s.fail(w, r, q, refusef("access_denied", "the user canceled the sign-in"))
		return
	}
	users := s.o.Users()
	at := slices.IndexFunc(users, func(u User) bool { return u.Name == choice.Get("user") })
	if at < 0 {
		s.showError(w, refusef("invalid_request", "there is no user of this name: go back and choose another"))
		return
	}
	s.sendCode(w, r, q, s.begin(w, users[at]), users[at])
}

// begin signs the user in with this browser.
func (s *signIn) begin(w http.ResponseWriter, u User) *session {
	now := &session{id: "sess_" + newID("s"), subject: u.Subject, began: s.issuer.now()}
	s.mu.Lock()
	name := s.sessions.add(now)
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: s.cookie, Value: name, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return now
}

// signedIn returns the session of the browser that asks.
func (s *signIn) signedIn(r *http.Request) (*session, User, bool) {
	cookie, err := r.Cookie(s.cookie)
	if err != nil {
		return nil, User{}, false
	}
	s.mu.Lock()
	current := s.sessions.values[cookie.Value]
	alive := current != nil && !current.ended
	s.mu.Unlock()
	if !alive {
		return nil, User{}, false
	}
	u, known := s.user(current.subject)
	return current, u, known
}

// sendCode redirects to the client with a code.
func (s *signIn) sendCode(w http.ResponseWriter, r *http.Request, q request, current *session, u User) {
	q.scopes = q.granted(u)
	s.mu.Lock()
	code := s.codes.add(&grant{request: q, session: current, expires: s.issuer.now().Add(codeLifetime)})
	s.mu.Unlock()
	s.redirect(w, r, q, url.Values{"code": {code}})
}

// fail tells the client of an error, or the user when the redirect URI is not known
// to be the client's (RFC 6749 section 4.1.2.1).
func (s *signIn) fail(w http.ResponseWriter, r *http.Request, q request, err *oauthError) {
	if q.redirect == "" {
		s.showError(w, err)
		return
	}
	// RFC 6749 allows neither quotes nor characters beyond ASCII here.
	description := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return '\''
		}
		return c
	}, err.description)
	s.redirect(w, r, q, url.Values{"error": {err.code}, "error_description": {description}})
}

// redirect answers an authorization request, with the state and the issuer's name
// (RFC 9207).
func (s *signIn) redirect(w http.ResponseWriter, r *http.Request, q request, answer url.Values) {
	if q.state != "" {
		answer.Set("state", q.state)
	}
	answer.Set("iss", s.issuer.url)
	http.Redirect(w, r, q.answerURL(answer), http.StatusSeeOther)
}

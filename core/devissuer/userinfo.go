package devissuer

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// userInfo answers with the claims of the user for whom an access token was made
// (OpenID Connect Core section 5.3).
func (s *signIn) userInfo(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		w.Header().Set("WWW-Authenticate", "Bearer")
		answerJSON(w, http.StatusUnauthorized, map[string]any{"error": "invalid_request", "error_description": "send the access token as a bearer token"})
		return
	}
	refuse := func(status int, err *oauthError) {
		w.Header().Set("WWW-Authenticate", `Bearer error="`+err.code+`", error_description="`+err.description+`"`)
		answerJSON(w, status, map[string]any{"error": err.code, "error_description": err.description})
	}
	claims, err := s.issuer.verify(token)
	expires, _ := claims["exp"].(float64)
	subject, _ := claims["sub"].(string)
	scope, isAccessToken := claims["scope"].(string)
	u, known := s.user(subject)
	scopes := strings.Fields(scope)
	switch {
	case err != nil || !known || s.issuer.now().Unix() >= int64(expires):
		refuse(http.StatusUnauthorized, refusef("invalid_token", "the token is not one of this issuer, has expired, or its user was removed"))
	case !isAccessToken || !slices.Contains(scopes, "openid"):
		refuse(http.StatusForbidden, refusef("insufficient_scope", "the token is not an access token with the scope openid"))
	default:
		answerJSON(w, http.StatusOK, With(userClaims(u, scopes), Claims{"sub": u.Subject}))
	}
}

// logout is the end session endpoint (OpenID Connect RP-Initiated Logout 1.0).
// Without an ID token of the issuer the user is asked.
func (s *signIn) logout(w http.ResponseWriter, r *http.Request) {
	form, wrong := parameters(w, r)
	if wrong == nil {
		wrong = s.checkLogout(form)
	}
	if wrong != nil {
		s.showError(w, wrong)
		return
	}
	if hint := form.Get("id_token_hint"); hint != "" {
		claims, _ := s.issuer.verify(hint) // was checked
		s.mu.Lock()
		for _, known := range s.sessions.values {
			if known.id == claims["sid"] {
				known.ended = true
			}
		}
		s.mu.Unlock()
		s.afterLogout(w, r, form)
		return
	}
	if _, u, signedIn := s.signedIn(r); signedIn {
		s.show(w, http.StatusOK, signInView{Title: "Sign out?", SignOut: u.Name, Redirect: form.Get("post_logout_redirect_uri"), Request: form.Encode()})
		return
	}
	s.afterLogout(w, r, form)
}

// loggedOut is where the page sends the answer of the user who was asked.
func (s *signIn) loggedOut(w http.ResponseWriter, r *http.Request) {
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
	if wrong := s.checkLogout(form); wrong != nil {
		s.showError(w, wrong)
		return
	}
	if current, _, signedIn := s.signedIn(r); signedIn {
		s.mu.Lock()
		current.ended = true
		s.mu.Unlock()
	}
	s.afterLogout(w, r, form)
}

// checkLogout reads the parameters of a logout. An expired ID token is accepted, as
// the standard asks.
func (s *signIn) checkLogout(form url.Values) *oauthError {
	if hint := form.Get("id_token_hint"); hint != "" {
		claims, err := s.issuer.verify(hint)
		switch client := form.Get("client_id"); {
		case err != nil || claims["sid"] == nil:
			return refusef("invalid_request", "id_token_hint is not an ID token of this issuer")
		case client != "" && client != claims["aud"]:
			return refusef("invalid_request", "client_id is not the client that id_token_hint was made for")
		}
	}
	if target := form.Get("post_logout_redirect_uri"); target != "" {
		if err := checkRedirect(target, s.o.Origins); err != nil {
			return refusef("invalid_request", "post_logout_redirect_uri %v", err)
		}
	}
	return nil
}

// afterLogout redirects where the client wants, or says that the user is signed out.
func (s *signIn) afterLogout(w http.ResponseWriter, r *http.Request, form url.Values) {
	target := request{redirect: form.Get("post_logout_redirect_uri")}
	if target.redirect == "" {
		s.show(w, http.StatusOK, signInView{Title: "You are signed out"})
		return
	}
	if state := form.Get("state"); state != "" {
		target.redirect = target.answerURL(url.Values{"state": {state}})
	}
	http.Redirect(w, r, target.redirect, http.StatusSeeOther)
}

package devissuer

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// token is the token endpoint (RFC 6749 section 3.2).
func (s *signIn) token(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if err := r.ParseForm(); err != nil {
		answerError(w, refusef("invalid_request", "the form is not valid"))
		return
	}
	form, kind := r.PostForm, r.PostForm.Get("grant_type")
	if other := s.o.Grants[kind]; other != nil {
		other.ServeHTTP(w, r)
		return
	}
	answer, err := map[string]any(nil), refusef("unsupported_grant_type", "this issuer supports authorization_code and refresh_token")
	if kind == "authorization_code" || kind == "refresh_token" {
		client, wrong := clientOf(r)
		switch {
		case wrong != nil:
			err = wrong
		case kind == "authorization_code":
			answer, err = s.redeem(form, client)
		default:
			answer, err = s.renew(form, client)
		}
	}
	if err != nil {
		answerError(w, err)
		return
	}
	answerJSON(w, http.StatusOK, answer)
}

// clientOf returns the client ID of a token request. A client secret is not
// checked, because clients are not registered.
func clientOf(r *http.Request) (string, *oauthError) {
	for name, values := range r.PostForm { // RFC 6749 section 3.2
		if len(values) > 1 {
			return "", refusef("invalid_request", "%.40q is there more than once", name)
		}
	}
	client := r.PostForm.Get("client_id")
	if id, _, basic := r.BasicAuth(); basic {
		id, err := url.QueryUnescape(id) // RFC 6749 section 2.3.1
		if err != nil || client != "" && client != id {
			return "", refusef("invalid_request", "client_id is not the one of the Authorization header")
		}
		client = id
	}
	if client == "" {
		return "", refusef("invalid_request", "client_id is missing")
	}
	return client, nil
}

// redeem answers the authorization code grant.
func (s *signIn) redeem(form url.Values, client string) (map[string]any, *oauthError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.codes.values[form.Get("code")]
	if g == nil {
		return nil, refusef("invalid_grant", "code is not one of this issuer, or was forgotten")
	}
	text := form.Get("code_verifier")
	sum := sha256.Sum256([]byte(text))
	switch q := g.request; {
	case q.client != client:
		return nil, refusef("invalid_grant", "code was given to another client")
	case g.used:
		g.revoked = true // RFC 6749 section 4.1.2: somebody else may have it
		return nil, refusef("invalid_grant", "code was used before; the refresh tokens that it gave are no longer valid")
	case !s.issuer.now().Before(g.expires):
		return nil, refusef("invalid_grant", "code has expired: it lasts %v", codeLifetime)
	case q.redirect != form.Get("redirect_uri"):
		return nil, refusef("invalid_grant", "redirect_uri is not the one of the authorization request")
	case len(text) < 43 || len(text) > 128 || strings.Trim(text, verifier) != "":
		return nil, refusef("invalid_grant", "code_verifier is missing, or not 43 to 128 letters, digits, '-', '.', '_' and '~' (RFC 7636 section 4.1)")
	case subtle.ConstantTimeCompare([]byte(b64(sum[:])), []byte(q.challenge)) != 1:
		return nil, refusef("invalid_grant", "code_verifier does not belong to the code_challenge")
	}
	g.used = true
	return s.tokens(g, g.request.scopes, g.request.nonce)
}

// renew answers the refresh token grant. A refresh token is used once (RFC 9700
// section 4.14.2).
func (s *signIn) renew(form url.Values, client string) (map[string]any, *oauthError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.refresh.values[form.Get("refresh_token")]
	switch {
	case t == nil:
		return nil, refusef("invalid_grant", "refresh_token is not one of this issuer, or was forgotten")
	case t.grant.request.client != client:
		return nil, refusef("invalid_grant", "refresh_token was given to another client")
	case t.used:
		t.grant.revoked = true
		return nil, refusef("invalid_grant", "refresh_token was used before; those that followed it are no longer valid")
	case !s.issuer.now().Before(t.expires):
		return nil, refusef("invalid_grant", "refresh_token has expired: it lasts %v", refreshLifetime)
	}
	scopes := t.grant.request.scopes
	if asked := strings.Fields(form.Get("scope")); len(asked) > 0 {
		if slices.ContainsFunc(asked, func(a string) bool { return !slices.Contains(scopes, a) }) {
			return nil, refusef("invalid_scope", "scope has more than the user granted: %s", strings.Join(scopes, " "))
		}
		scopes = distinct(asked)
	}
	answer, err := s.tokens(t.grant, scopes, "") // OpenID Connect Core section 12.2: without a nonce
	t.used = err == nil
	return answer, err
}

// tokens makes the answer of the token endpoint. The caller holds s.mu.
func (s *signIn) tokens(g *grant, scopes []string, nonce string) (map[string]any, *oauthError) {
	u, known := s.user(g.session.subject)
	switch {
	case g.revoked:
		return nil, refusef("invalid_grant", "the grant was revoked, because a code or refresh token was used twice")
	case g.session.ended || !known:
		return nil, refusef("invalid_grant", "the user has signed out, or was removed")
	}
	i, q, now := s.issuer, g.request, s.issuer.now()
	own := Claims{"sub": u.Subject, "client_id": q.client, "exp": now.Add(s.o.Lifetime).Unix()}
	if len(scopes) > 0 {
		own["scope"] = strings.Join(scopes, " ")
	}
	access := i.Sign(i.algorithms[0], Claims{"typ": "at+jwt"}, i.Claims(With(u.AccessClaims, own))) // RFC 9068
	answer := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": int64(s.o.Lifetime / time.Second), "scope": strings.Join(scopes, " ")}
	if slices.Contains(scopes, "openid") {
		id := With(userClaims(u, scopes), Claims{"iss": i.url, "sub": u.Subject, "aud": q.client, "iat": now.Unix(), "exp": now.Add(s.o.Lifetime).Unix(),
			"auth_time": g.session.began.Unix(), "sid": g.session.id, "at_hash": halfHash(i.algorithms[0], access)})
		if nonce != "" {
			id["nonce"] = nonce
		}
		answer["id_token"] = i.Sign(i.algorithms[0], nil, id)
	}
	if slices.Contains(g.request.scopes, "offline_access") {
		answer["refresh_token"] = s.refresh.add(&refreshToken{grant: g, expires: now.Add(refreshLifetime)})
	}
	return answer, nil
}

// userClaims returns the user's claims that the scopes ask for (OpenID Connect Core
// section 5.4).
func userClaims(u User, scopes []string) Claims {
	out := Claims{}
	for name, value := range u.Claims {
		scope := "profile"
		if strings.HasPrefix(name, "email") {
			scope = "email"
		}
		if slices.Contains(scopes, scope) {
			out[name] = value
		}
	}
	return out
}

// halfHash is `at_hash` (OpenID Connect Core section 3.1.3.6): the left half of the
// hash that the algorithm uses, which for EdDSA is SHA-512.
func halfHash(alg, token string) string {
	hash := mustAlgorithm(alg).hash
	if hash == 0 {
		hash = algorithms["RS512"].hash
	}
	h := hash.New()
	h.Write([]byte(token))
	sum := h.Sum(nil)
	return b64(sum[:len(sum)/2])
}

func answerError(w http.ResponseWriter, err *oauthError) {
	answerJSON(w, http.StatusBadRequest, map[string]any{"error": err.code, "error_description": err.description})
}

func answerJSON(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is free to go away
}

package issuer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
	"github.com/authkeel/authkeel/scripts/internal/unverified"
)

// token is the token endpoint. A developer or a test names a user; a service asks for
// its own token with the client credentials grant (RFC 6749 section 4.4). No client
// secret is checked. With Accept: text/plain the answer is the token alone.
func (s *pages) token(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.running() == nil:
		http.Error(w, "not ready yet", http.StatusServiceUnavailable)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", "POST")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if err := r.ParseForm(); err != nil {
		refuse(w, "invalid_request", "the form is not valid")
		return
	}
	var token string
	var err error
	switch grant := r.PostForm.Get("grant_type"); {
	case grant == "":
		_, token, err = s.forPerson(r.PostForm)
	case grant == "client_credentials" && s.running().Provider() == localissuer.OIDC:
		token, err = s.forService(r)
	default:
		refuse(w, "unsupported_grant_type", "leave grant_type out and give user=NAME; an OpenID Connect issuer supports client_credentials and, for users who sign in, authorization_code and refresh_token too")
		return
	}
	if err != nil {
		refuse(w, "invalid_request", err.Error())
		return
	}
	if r.Header.Get("Accept") == "text/plain" { // a shell needs the token alone
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, token+"\n")
		return
	}
	answer(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": expiresIn(token)})
}

// forPerson makes a token for the user that a form names.
func (s *pages) forPerson(form url.Values) (localissuer.Person, string, error) {
	i := s.running()
	name := form.Get("user")
	p, ok := i.Person(name)
	if !ok {
		return p, "", s.unknown(name)
	}
	lifetime, over, err := tokenOptions(form)
	if err != nil {
		return p, "", err
	}
	return p, i.Token(p, lifetime, over), nil
}

// forService makes a token for a client that acts for itself.
func (s *pages) forService(r *http.Request) (string, error) {
	id, _, basic := r.BasicAuth()
	if basic {
		if decoded, err := url.QueryUnescape(id); err == nil { // RFC 6749 section 2.3.1
			id = decoded
		}
	} else {
		id = r.PostForm.Get("client_id")
	}
	if id == "" || len(id) > 200 {
		return "", errors.New("client_id is missing or too long")
	}
	lifetime, over, err := tokenOptions(r.PostForm)
	if err != nil {
		return "", err
	}
	over["client_id"] = id
	return s.running().Token(localissuer.Person{Subject: id}, lifetime, over), nil
}

// tokenOptions reads the fields of a form that change a token: lifetime, audience and
// scope.
func tokenOptions(form url.Values) (lifetime time.Duration, over devissuer.Claims, err error) {
	if text := form.Get("lifetime"); text != "" {
		if lifetime, err = time.ParseDuration(text); err != nil || lifetime == 0 {
			return 0, nil, fmt.Errorf("lifetime=%s: give a duration other than 0, such as 5s or 1h", text)
		}
	}
	over = devissuer.Claims{}
	for parameter, claim := range map[string]string{"audience": "aud", "scope": "scope"} {
		if value := form.Get(parameter); value != "" {
			over[claim] = value
		}
	}
	return lifetime, over, nil
}

func (s *pages) unknown(name string) error {
	var names []string
	for _, p := range s.running().State().People {
		names = append(names, p.Name)
	}
	return fmt.Errorf("unknown user %q: the users are %s", name, strings.Join(names, ", "))
}

// expiresIn returns the lifetime of a new token in seconds, from `iat` to `exp`.
func expiresIn(token string) int64 {
	claims := unverified.Claims(token)
	issued, _ := claims["iat"].(float64)
	expires, _ := claims["exp"].(float64)
	return int64(expires - issued)
}

func refuse(w http.ResponseWriter, code, description string) {
	answer(w, http.StatusBadRequest, map[string]any{"error": code, "error_description": description})
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is free to go away
}

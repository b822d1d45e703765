package issuer

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
)

// token is the endpoint for curl and for tests, and for services that ask for a
// token of their own (RFC 6749 section 4.4). No secret is checked.
func (s *site) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, "invalid_request", "the form cannot be read")
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
		refuse(w, "unsupported_grant_type", "leave grant_type out and say user=NAME; an oidc issuer knows client_credentials too")
		return
	}
	if err != nil {
		refuse(w, "invalid_request", err.Error())
		return
	}
	answer(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": expiresIn(token)})
}

// forPerson makes the token that a form asks for.
func (s *site) forPerson(form url.Values) (localissuer.Person, string, error) {
	i := s.running()
	name := form.Get("user")
	p, ok := i.Person(name)
	if !ok {
		return p, "", s.unknown(name)
	}
	lifetime, over, err := wishes(form)
	if err != nil {
		return p, "", err
	}
	return p, i.Token(p, lifetime, over), nil
}

// forService makes one for a program that acts for itself.
func (s *site) forService(r *http.Request) (string, error) {
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
	lifetime, over, err := wishes(r.PostForm)
	if err != nil {
		return "", err
	}
	over["client_id"] = id
	return s.running().Token(localissuer.Person{Subject: id}, lifetime, over), nil
}

// wishes are what a form may say about any token.
func wishes(form url.Values) (lifetime time.Duration, over devissuer.Claims, err error) {
	if text := form.Get("lifetime"); text != "" {
		if lifetime, err = time.ParseDuration(text); err != nil || lifetime == 0 {
			return 0, nil, fmt.Errorf("lifetime=%s is no duration, such as 5s or 1h", text)
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

func (s *site) unknown(name string) error {
	var names []string
	for _, p := range s.running().State().People {
		names = append(names, p.Name)
	}
	return fmt.Errorf("there is nobody called %q; there are %s", name, strings.Join(names, ", "))
}

// expiresIn are the seconds that a token is good for when it is made, by its own
// claims.
func expiresIn(token string) int64 {
	var claims struct{ Iat, Exp int64 }
	_, rest, _ := strings.Cut(token, ".")
	text, _, _ := strings.Cut(rest, ".")
	payload, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		return 0
	}
	return claims.Exp - claims.Iat
}

func refuse(w http.ResponseWriter, code, description string) {
	answer(w, http.StatusBadRequest, map[string]any{"error": code, "error_description": description})
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is free to go away
}

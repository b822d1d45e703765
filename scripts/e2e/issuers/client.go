package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// redirectURI is where the code flow ends. Nothing listens there: the client reads
// the address that it is sent to.
const redirectURI = "http://127.0.0.1:9/callback"

// client is an OAuth client of a provider.
type client struct {
	id, secret string
	request    url.Values        // more parameters for the token or authorization request
	login      map[string]string // what to fill into the forms on the way
	inBody     bool              // sends its secret in the body (client_secret_post)
}

// metadata are the members of OpenID Connect metadata that a client needs.
type metadata struct {
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`
}

func fetchMetadata(ctx context.Context, address string) (metadata, error) {
	var m metadata
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return m, err
	}
	return m, answer(r, &m)
}

// answer sends a request and reads the JSON that comes.
func answer(r *http.Request, into any) error {
	w, err := (&http.Client{Timeout: 10 * time.Second, Transport: fresh}).Do(r)
	if err != nil {
		return err
	}
	defer w.Body.Close()
	body, err := io.ReadAll(io.LimitReader(w.Body, 1<<20))
	if err != nil {
		return err
	}
	if w.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d: %.300s", r.URL, w.StatusCode, body)
	}
	return json.Unmarshal(body, into)
}

// fresh keeps no connection to a provider that may stop.
var fresh = &http.Transport{DisableKeepAlives: true}

// token sends a token request.
func (c *client) token(ctx context.Context, endpoint string, form url.Values) (string, error) {
	if c.inBody {
		form.Set("client_id", c.id)
		form.Set("client_secret", c.secret)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !c.inBody {
		r.SetBasicAuth(url.QueryEscape(c.id), url.QueryEscape(c.secret))
	}
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := answer(r, &got); err != nil {
		return "", err
	}
	if got.AccessToken == "" {
		return "", errors.New("the token response has no access token")
	}
	return got.AccessToken, nil
}

// clientCredentials gets a token for the client itself (RFC 6749 section 4.4).
func (c *client) clientCredentials(ctx context.Context, m metadata) (string, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	for name, values := range c.request {
		form[name] = values
	}
	return c.token(ctx, m.Token, form)
}

// codeFlow gets a token for a user (RFC 6749 section 4.1) with PKCE (RFC 7636).
func (c *client) codeFlow(ctx context.Context, m metadata) (string, error) {
	verifier, state := random(), random()
	challenge := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"response_type": {"code"}, "client_id": {c.id}, "redirect_uri": {redirectURI}, "state": {state},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}
	for name, values := range c.request {
		query[name] = values
	}
	code, err := c.authorize(ctx, m.Authorization+"?"+query.Encode(), state)
	if err != nil {
		return "", err
	}
	return c.token(ctx, m.Token, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI}, "code_verifier": {verifier},
	})
}

func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// authorize does what a browser with its user does, until it is sent back.
func (c *client) authorize(ctx context.Context, address, state string) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	browser := &http.Client{
		Jar: jar, Timeout: 10 * time.Second, Transport: fresh,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	for range 20 {
		w, err := browser.Do(r)
		if err != nil {
			return "", err
		}
		page, err := io.ReadAll(io.LimitReader(w.Body, 1<<20))
		_ = w.Body.Close()
		if err != nil {
			return "", err
		}
		if w.StatusCode/100 == 3 {
			to, err := w.Location()
			if err != nil {
				return "", err
			}
			if strings.HasPrefix(to.String(), redirectURI+"?") {
				return codeIn(to.Query(), state)
			}
			if r, err = http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil); err != nil {
				return "", err
			}
			continue
		}
		if r, err = c.fill(ctx, w, string(page)); err != nil {
			return "", err
		}
	}
	return "", errors.New("the authorization does not come to an end")
}

func codeIn(query url.Values, state string) (string, error) {
	switch {
	case query.Get("error") != "":
		return "", fmt.Errorf("the provider refuses: %s: %s", query.Get("error"), query.Get("error_description"))
	case query.Get("state") != state:
		return "", errors.New("the state is not the one that was sent")
	}
	return query.Get("code"), nil
}

var (
	formTag  = regexp.MustCompile(`(?is)<form\b([^>]*)>(.*?)</form>`)
	inputTag = regexp.MustCompile(`(?is)<input\b([^>]*)>`)
	attr     = regexp.MustCompile(`(?is)([a-z_-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')`)
)

func attributes(tag string) map[string]string {
	values := map[string]string{}
	for _, match := range attr.FindAllStringSubmatch(tag, -1) {
		values[strings.ToLower(match[1])] = html.UnescapeString(match[2] + match[3])
	}
	return values
}

// fill answers the form on a page.
func (c *client) fill(ctx context.Context, w *http.Response, page string) (*http.Request, error) {
	form := formTag.FindStringSubmatch(page)
	if form == nil {
		return nil, fmt.Errorf("%s answered %d without a form: %.300s", w.Request.URL, w.StatusCode, page)
	}
	fields := url.Values{}
	for _, input := range inputTag.FindAllStringSubmatch(form[2], -1) {
		field := attributes(input[1])
		if name := field["name"]; name != "" {
			fields.Set(name, field["value"])
			if value, ok := c.login[name]; ok {
				fields.Set(name, value)
			}
		}
	}
	to, err := w.Request.URL.Parse(attributes(form[1])["action"])
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), strings.NewReader(fields.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r, nil
}

// Package apiclient calls an API as a service: it attaches a token to every
// request, replaces it before it expires, and once more when the API does not
// accept it.
//
//	client, err := apiclient.New(apiclient.Config{Origin: "https://api.example.com", Source: source})
//	response, err := client.Get("https://api.example.com/notes")
//
// A source is anything that can get a fresh token: see [Source].
package apiclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// Token is an access token. With a zero Expiry the exp claim counts when the
// token is a JWT; otherwise it is used until the API refuses it.
type Token struct {
	Value  string
	Expiry time.Time
}

// Source gets a fresh token at every call: the client remembers it, so the
// source need not, and one that does is of no use after a refusal. It is called
// by one goroutine at a time, and ctx ends after Config.RefreshTimeout. Requests
// wait no longer than that.
//
// A source of golang.org/x/oauth2 that does not remember tokens, such as
// clientcredentials.Config, becomes one with:
//
//	func(ctx context.Context) (apiclient.Token, error) {
//		t, err := config.Token(ctx)
//		if err != nil {
//			return apiclient.Token{}, err
//		}
//		return apiclient.Token{Value: t.AccessToken, Expiry: t.Expiry}, nil
//	}
type Source func(ctx context.Context) (Token, error)

// Config is what New needs. Origin and Source are required.
type Config struct {
	Origin string // the API's scheme, host and port: "https://api.example.com"
	Source Source

	Base           http.RoundTripper // sends the requests; default http.DefaultTransport
	RefreshBefore  time.Duration     // how long before its expiry a token is replaced; default 30s, and never more than a quarter of its life
	RefreshTimeout time.Duration     // of one call of Source; default 30s
	AllowHTTP      bool              // send tokens over plain http beyond this machine
	Now            func() time.Time  // default time.Now
}

// ErrNoToken is in the error of a request for which Source returned no token.
// Nothing was sent.
var ErrNoToken = errors.New("apiclient: there is no token")

// ErrDotSegment is in the error of a request for the API whose path has a segment
// "." or "..", written out or percent-encoded. Nothing was sent.
var ErrDotSegment = errors.New(`the path has a segment "." or ".."`)

// New makes an http.Client that calls the API. Set its Timeout and CheckRedirect
// as you like. It may call other origins as well: those get no token, and neither
// does a redirect to one, or a request to the API that a redirect of another
// origin led to.
func New(c Config) (*http.Client, error) {
	t, err := NewTransport(c)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: t}, nil
}

// Transport is the http.RoundTripper of [New], for clients that you make
// yourself. It is safe for concurrent use.
//
// A request that has an Authorization header already is sent as it is. One that
// the API answers with 401 is sent again with a fresh token, once, if its body
// can be read again (http.Request.GetBody, which http.NewRequest sets for readers
// of memory) and the fresh token is for the same caller: the same iss, sub, act
// and organization. An opaque token does not say whose it is; with one, only
// GET, HEAD, OPTIONS and TRACE are repeated. A request that is not repeated
// returns the 401, and the next one gets a fresh token. However many requests
// wait for a token, Source is called once.
type Transport struct {
	c Config

	mu       sync.Mutex
	token    Token
	renewAt  time.Time // zero: not known
	inflight *refresh
}

type refresh struct {
	late  <-chan struct{} // closed after Config.RefreshTimeout
	done  chan struct{}   // closed when the following are set
	token Token
	err   error
}

// NewTransport checks the configuration; its error names the field.
func NewTransport(c Config) (*Transport, error) {
	u, err := url.Parse(c.Origin)
	switch {
	case err != nil:
		return nil, fmt.Errorf("apiclient: Config.Origin: %w", err)
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "" || u.User != nil:
		return nil, fmt.Errorf("apiclient: Config.Origin is %q, want scheme and host alone", c.Origin)
	case u.Scheme == "http" && !c.AllowHTTP && !loopback(u.Hostname()):
		return nil, errors.New("apiclient: Config.Origin is plain http; see AllowHTTP")
	case c.Source == nil:
		return nil, errors.New("apiclient: Config.Source is nil")
	case c.RefreshBefore < 0 || c.RefreshTimeout < 0:
		return nil, errors.New("apiclient: Config.RefreshBefore or RefreshTimeout is negative")
	}
	c.Origin = origin(u)
	if c.Base == nil {
		c.Base = http.DefaultTransport
	}
	if c.RefreshBefore == 0 {
		c.RefreshBefore = 30 * time.Second
	}
	if c.RefreshTimeout == 0 {
		c.RefreshTimeout = 30 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Transport{c: c}, nil
}

// RoundTrip sends the request, with a token when it goes to the API.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !t.takesToken(r) {
		return t.send(r)
	}
	err := dotSegments(r.URL)
	var token string
	if err == nil {
		token, err = t.get(r.Context(), "")
	}
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // the other error matters
		}
		return nil, err
	}
	response, err := t.send(withToken(r, token, r.Body))
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	t.forget(token)
	hasBody := r.Body != nil && r.Body != http.NoBody
	if hasBody && r.GetBody == nil || !safe(r.Method) && !namesCaller(token) {
		return response, nil
	}
	fresh, err := t.get(r.Context(), token)
	if err != nil || fresh == token || !mayReplace(token, fresh) {
		return response, nil // the API's answer says more than the source's error
	}
	var body io.ReadCloser
	if hasBody {
		if body, err = r.GetBody(); err != nil {
			return response, nil // there is nothing to send again
		}
	}
	if n := response.ContentLength; n >= 0 && n <= 4<<10 {
		_, _ = io.Copy(io.Discard, response.Body) // the connection can be used again
	}
	_ = response.Body.Close()
	return t.send(withToken(r, fresh, body))
}

// takesToken says whether the client attaches a token: to a request for the API
// without one, unless a server of another origin chose its address.
func (t *Transport) takesToken(r *http.Request) bool {
	if origin(r.URL) != t.c.Origin || len(r.Header.Values("Authorization")) > 0 {
		return false
	}
	for from := r.Response; from != nil; from = from.Request.Response { // the redirects that led here
		if from.Request == nil || origin(from.Request.URL) != t.c.Origin {
			return false
		}
	}
	return true
}

// send hands the request to Base. The response names the request even if Base
// does not set that, because takesToken needs it when the response is a redirect.
func (t *Transport) send(r *http.Request) (*http.Response, error) {
	response, err := t.c.Base.RoundTrip(r)
	if err == nil && response.Request == nil {
		response.Request = r
	}
	return response, err
}

func withToken(r *http.Request, token string, body io.ReadCloser) *http.Request {
	r = r.Clone(r.Context()) // a RoundTripper does not change the request
	r.Header.Set("Authorization", "Bearer "+token)
	r.Body = body
	return r
}

// forget makes the next request ask for a fresh token.
func (t *Transport) forget(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token.Value == token {
		t.token, t.renewAt = Token{}, time.Time{}
	}
}

// get returns a token that is not the refused one and not about to expire. A
// caller whose ctx ends goes; the others keep waiting for the same refresh.
func (t *Transport) get(ctx context.Context, refused string) (string, error) {
	t.mu.Lock()
	now := t.c.Now()
	held := t.token
	usable := held.Value != "" && held.Value != refused && (held.Expiry.IsZero() || now.Before(held.Expiry))
	if usable && (t.renewAt.IsZero() || now.Before(t.renewAt)) {
		t.mu.Unlock()
		return held.Value, nil
	}
	call := t.inflight
	if call == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.c.RefreshTimeout)
		call = &refresh{late: ctx.Done(), done: make(chan struct{})}
		t.inflight = call
		go t.refresh(ctx, cancel, call)
	}
	t.mu.Unlock()
	select {
	case <-call.done:
	case <-call.late:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	err := call.outcome()
	switch {
	case err == nil:
		return call.token.Value, nil
	case usable:
		return held.Value, nil // it has some seconds left
	}
	return "", err
}

func (r *refresh) outcome() error {
	select {
	case <-r.done:
		return r.err
	default:
		return fmt.Errorf("apiclient: Config.Source has not returned within RefreshTimeout: %w", context.DeadlineExceeded)
	}
}

func (t *Transport) refresh(ctx context.Context, cancel context.CancelFunc, call *refresh) {
	defer cancel()
	call.err = errors.New("apiclient: Config.Source did not return")
	defer func() {
		if v := recover(); v != nil { // on this goroutine a panic would end the program
			call.err = fmt.Errorf("apiclient: Config.Source panicked: %v\n%s", v, debug.Stack())
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.inflight = nil
		if call.err == nil {
			t.token, t.renewAt = call.token, t.renewal(call.token)
		}
		close(call.done)
	}()
	token, err := t.c.Source(ctx)
	switch {
	case err != nil:
		err = fmt.Errorf("apiclient: Config.Source failed: %w", err)
	case token.Value == "":
		err = ErrNoToken
	case token.Expiry.IsZero():
		token.Expiry = expiry(token.Value)
	}
	call.token, call.err = token, err
}

// renewal is when to replace the token. A token that lives for less than
// RefreshBefore would otherwise be replaced at every request.
func (t *Transport) renewal(token Token) time.Time {
	if token.Expiry.IsZero() {
		return time.Time{}
	}
	return token.Expiry.Add(-min(t.c.RefreshBefore, max(0, token.Expiry.Sub(t.c.Now())/4)))
}

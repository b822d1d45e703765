package clerk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const (
	defaultBackendTimeout = 5 * time.Second
	maxBackendBody        = 1 << 20
	// backendVersion is the version of the Backend API that the types here were
	// made for. Clerk keeps old versions answering as they did.
	backendVersion = "2026-05-12"
)

// BackendConfig says how to reach the Backend API. SecretKey alone is enough.
type BackendConfig struct {
	SecretKey string // sk_test_… or sk_live_…
	APIURL    string // default https://api.clerk.com; it gets the secret key

	// HTTPClient makes the requests; default one of its own. Redirects are never
	// followed, whatever it says about them: they would lead the secret key away.
	HTTPClient *http.Client
	Timeout    time.Duration // of one call, reading the answer included; default 5s

	// Logger is told once, at level Error, when Clerk refuses the secret key.
	// Default: slog.Default().
	Logger *slog.Logger
	Now    func() time.Time // default time.Now
}

// Backend calls Clerk's Backend API: users and their metadata, memberships,
// organizations, sessions. It is safe for concurrent use and remembers nothing
// but when Clerk said to stop for a while: for what every request asks use a
// [Directory], which caches.
//
// Ids are checked before anything is sent, and no call is tried twice. Errors
// are of type [*APIError], but for ids ([ErrInvalidID]).
type Backend struct {
	secret   string
	variable string // of the environment, where most people have the secret
	base     string // without a slash at its end
	client   *http.Client
	logger   *slog.Logger
	now      func() time.Time
	timeout  time.Duration

	pause   atomic.Int64 // no call before, in Unix nanoseconds: Clerk said so (429)
	refused atomic.Bool  // the secret key was refused, and that was logged
}

// NewBackend returns a Backend, or an error that names the wrong field and what
// to do about it. It needs no network.
func NewBackend(cfg BackendConfig) (*Backend, error) {
	if cfg.SecretKey == "" {
		return nil, wrongBackend("SecretKey", errors.New("is empty: copy it from the API keys page of the Clerk dashboard"))
	}
	in := &instance{Config: Config{SecretKey: cfg.SecretKey, APIURL: cfg.APIURL}}
	if in.APIURL == "" {
		in.APIURL = defaultAPIURL
	}
	for _, check := range []func() error{in.checkPlaceholders, in.checkSecret} {
		var wrong *fieldError
		if err := check(); errors.As(err, &wrong) {
			return nil, wrongBackend(wrong.field, wrong.err)
		}
	}
	if cfg.Timeout < 0 {
		return nil, wrongBackend("Timeout", errors.New("is negative: leave it 0 for 5s"))
	}
	cfg.APIURL = in.APIURL
	return newBackend(cfg, "SecretKey"), nil
}

// newBackend makes a Backend of a configuration that was checked. field is where
// the secret came from.
func newBackend(cfg BackendConfig, field string) *Backend {
	b := &Backend{
		secret: cfg.SecretKey, variable: env[field], base: strings.TrimRight(cfg.APIURL, "/"),
		logger: cfg.Logger, now: cfg.Now, timeout: cfg.Timeout,
	}
	if b.logger == nil {
		b.logger = slog.Default()
	}
	if b.now == nil {
		b.now = time.Now
	}
	if b.timeout == 0 {
		b.timeout = defaultBackendTimeout
	}
	client := http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: b.timeout, MaxResponseHeaderBytes: 64 << 10,
	}}
	if cfg.HTTPClient != nil {
		client = *cfg.HTTPClient
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.client = &client
	return b
}

func wrongBackend(field string, err error) error { return &fieldError{"BackendConfig", field, err} }

// path makes a path of literal parts and ids. The ids are valid by now; they are
// escaped all the same.
func path(parts ...string) string {
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return "/" + strings.Join(parts, "/")
}

// call makes one request and reads its JSON answer into out, which may be nil.
func (b *Backend) call(ctx context.Context, method, path string, in, out any) error {
	if wait := time.Unix(0, b.pause.Load()).Sub(b.now()); wait > 0 {
		return &APIError{Status: http.StatusTooManyRequests, Errors: []ErrorDetail{{Code: "too_many_requests"}}, RetryAfter: wait}
	}
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	r, err := b.request(ctx, method, path, in)
	if err != nil {
		return err
	}
	response, err := b.client.Do(r)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBackendBody+1))
	switch {
	case err != nil:
		return unreachable(err)
	case response.StatusCode < 200 || response.StatusCode > 299:
		return b.failed(ctx, response, body)
	case len(body) > maxBackendBody:
		return &APIError{Status: response.StatusCode, cause: errTooMuch}
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return &APIError{Status: response.StatusCode, TraceID: response.Header.Get("Cf-Ray"), cause: errGarbage}
	}
	b.refused.Store(false)
	return nil
}

func (b *Backend) request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("clerk: what was to be sent is not JSON: %w", err)
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, b.base+path, body)
	if err != nil {
		return nil, unreachable(err)
	}
	r.Header.Set("Authorization", "Bearer "+b.secret)
	r.Header.Set("Clerk-Api-Version", backendVersion)
	r.Header.Set("Accept", "application/json")
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// failed makes an error of an answer that is none, and draws the consequences.
func (b *Backend) failed(ctx context.Context, response *http.Response, body []byte) error {
	e := readError(response, body, b.now())
	switch e.Status {
	case http.StatusTooManyRequests:
		b.pause.Store(b.now().Add(e.RetryAfter).UnixNano())
	case http.StatusUnauthorized:
		if b.refused.CompareAndSwap(false, true) {
			b.logger.ErrorContext(ctx, "clerk: the Backend API refuses the secret key: copy it anew from the Clerk dashboard",
				"variable", b.variable, "codes", e.codes(), "trace", e.TraceID)
		}
	}
	return e
}

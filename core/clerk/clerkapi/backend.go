package clerkapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/authkeel/authkeel/core/clerk/internal/form"
	"github.com/authkeel/authkeel/core/settings"
)

const (
	defaultTimeout = 5 * time.Second
	maxBody        = 1 << 20
	// apiVersion is the version of the Backend API that the types here were made
	// for. Clerk keeps answering old versions as before.
	apiVersion = "2026-05-12"
)

// BackendConfig says how to reach the Backend API. SecretKey alone is enough.
type BackendConfig struct {
	SecretKey string // sk_test_… or sk_live_…
	// MachineSecretKey is the key of one machine, ak_…, for
	// [Backend.VerifyM2MToken]. With it SecretKey may be empty; other calls then
	// fail.
	MachineSecretKey string
	APIURL           string // default https://api.clerk.com; it receives the secret key

	// HTTPClient makes the requests; default one of its own. Redirects are never
	// followed, whatever the client says: they would hand on the secret key.
	HTTPClient *http.Client
	Timeout    time.Duration // of one call, including reading the answer; default 5s

	// Logger gets one line at level Error when Clerk refuses a secret key.
	// Default: slog.Default().
	Logger *slog.Logger
	Now    func() time.Time // default time.Now
}

// Backend calls Clerk's Backend API. It is safe for concurrent use. It caches
// nothing: for what every request needs use a clerk.Directory. After a 429 it
// makes no call until the time that Clerk gave.
//
// IDs are checked before anything is sent, and no call is repeated. Errors are
// of type [*APIError], except those for IDs ([ErrInvalidID]).
type Backend struct {
	secret, machineSecret *secretKey // nil: not configured
	base                  string     // without a slash at its end
	client                *http.Client
	logger                *slog.Logger
	now                   func() time.Time
	timeout               time.Duration

	pausedUntil atomic.Int64 // Unix nanoseconds; Clerk said so (429)
}

// secretKey is a key that authenticates calls.
type secretKey struct {
	text     string
	variable string      // the environment variable that usually holds it
	refused  atomic.Bool // Clerk refused it, and that was logged
}

// NewBackend returns a Backend, or an error that names the wrong field and what
// to do about it. It needs no network.
func NewBackend(cfg BackendConfig) (*Backend, error) {
	if cfg.APIURL == "" {
		cfg.APIURL = form.DefaultAPIURL
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	b := &Backend{
		secret: newSecretKey("SecretKey", cfg.SecretKey), machineSecret: newSecretKey("MachineSecretKey", cfg.MachineSecretKey),
		base: strings.TrimRight(cfg.APIURL, "/"), logger: cfg.Logger, now: cfg.Now, timeout: cfg.Timeout,
	}
	if b.logger == nil {
		b.logger = slog.Default()
	}
	if b.now == nil {
		b.now = time.Now
	}
	if b.timeout == 0 {
		b.timeout = defaultTimeout
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
	return b, nil
}

func newSecretKey(field, text string) *secretKey {
	if text == "" {
		return nil
	}
	return &secretKey{text: text, variable: form.Variables[field]}
}

func (c *BackendConfig) check() error {
	wrong := func(field string, err error) error {
		return &form.Error{Config: "clerkapi: BackendConfig", Field: field, Err: err}
	}
	for field, value := range map[string]string{"SecretKey": c.SecretKey, "MachineSecretKey": c.MachineSecretKey} {
		if form.IsPlaceholder(value) {
			return wrong(field, form.ErrPlaceholder)
		}
	}
	if c.SecretKey == "" && c.MachineSecretKey == "" {
		return wrong("SecretKey", errors.New("is empty: copy it from the API keys page of the Clerk dashboard"))
	}
	if c.SecretKey != "" {
		if _, err := form.SecretKey(c.SecretKey); err != nil {
			return wrong("SecretKey", err)
		}
	}
	if c.MachineSecretKey != "" {
		if err := form.MachineSecretKey(c.MachineSecretKey); err != nil {
			return wrong("MachineSecretKey", err)
		}
	}
	if err := settings.URL(c.APIURL, false); err != nil {
		return wrong("APIURL", err)
	}
	if c.Timeout < 0 {
		return wrong("Timeout", errors.New("is negative: leave it 0 for 5s"))
	}
	return nil
}

// path makes a path of literal parts and IDs. The IDs are valid by now; they are
// escaped all the same.
func path(parts ...string) string {
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return "/" + strings.Join(parts, "/")
}

// call makes one request with the secret key and reads its JSON answer into out.
func (b *Backend) call(ctx context.Context, method, path string, in, out any) error {
	return b.callWith(ctx, b.secret, method, path, in, out)
}

func (b *Backend) callWith(ctx context.Context, key *secretKey, method, path string, in, out any) error {
	if key == nil {
		return &APIError{cause: errNoSecretKey}
	}
	if wait := time.Unix(0, b.pausedUntil.Load()).Sub(b.now()); wait > 0 {
		return &APIError{Status: http.StatusTooManyRequests, Errors: []ErrorDetail{{Code: "too_many_requests"}}, RetryAfter: wait}
	}
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	r, err := b.request(ctx, key, method, path, in)
	if err != nil {
		return err
	}
	response, err := b.client.Do(r)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch {
	case err != nil:
		return unreachable(err)
	case response.StatusCode < 200 || response.StatusCode > 299:
		return b.failed(ctx, key, response, body)
	case len(body) > maxBody:
		return &APIError{Status: response.StatusCode, cause: errTooMuch}
	case response.StatusCode != http.StatusOK || !isJSON(response.Header):
		return unexpected(response, errUnexpected)
	}
	if err := json.Unmarshal(body, out); err != nil {
		return unexpected(response, errUnexpected)
	}
	key.refused.Store(false)
	return nil
}

// isJSON reports whether the answer says that it is JSON (RFC 8259). Clerk's
// answers do; the page of a proxy does not.
func isJSON(h http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && mediaType == "application/json"
}

func unexpected(response *http.Response, cause error) error {
	return &APIError{Status: response.StatusCode, TraceID: printable(response.Header.Get("Cf-Ray")), cause: cause}
}

func (b *Backend) request(ctx context.Context, key *secretKey, method, path string, in any) (*http.Request, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("clerkapi: the value to send cannot be encoded as JSON: %w", err)
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, b.base+path, body)
	if err != nil {
		return nil, unreachable(err)
	}
	r.Header.Set("Authorization", "Bearer "+key.text)
	r.Header.Set("Clerk-Api-Version", apiVersion)
	r.Header.Set("Accept", "application/json")
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// failed makes an error of an answer without success. It remembers how long
// Clerk said to wait, and logs a secret key that is refused.
func (b *Backend) failed(ctx context.Context, key *secretKey, response *http.Response, body []byte) error {
	e := readError(response, body, b.now())
	switch e.Status {
	case http.StatusTooManyRequests:
		b.pausedUntil.Store(b.now().Add(e.RetryAfter).UnixNano())
	case http.StatusUnauthorized:
		if key.refused.CompareAndSwap(false, true) {
			b.logger.ErrorContext(ctx, "clerk: the Backend API refuses the secret key: copy it again from the Clerk dashboard",
				"variable", key.variable, "codes", e.codes(), "trace", e.TraceID)
		}
	}
	return e
}

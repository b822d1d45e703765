package probes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/check/routes"
	"github.com/authkeel/authkeel/scripts/internal/cli"
)

const (
	requestTimeout = 10 * time.Second
	maxBody        = 256 << 10 // bytes of an answer that are read
)

// newClient follows no redirect, because the first answer is the one that counts, and
// uses no proxy. It sends nothing to another origin than that of the server.
func newClient(base *url.URL) *http.Client {
	return &http.Client{
		Transport:     sameOrigin{base, &http.Transport{DisableKeepAlives: true}},
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// sameOrigin is the last place where a request can be stopped: whatever a document or
// an answer says, requests and the tokens in them go to the server that is checked.
type sameOrigin struct {
	base *url.URL
	next http.RoundTripper
}

func (s sameOrigin) RoundTrip(r *http.Request) (*http.Response, error) {
	if !isSameOrigin(s.base, r.URL) {
		return nil, fmt.Errorf("%s is not on %s", r.URL.Redacted(), s.base.Host)
	}
	return s.next.RoundTrip(r)
}

// isSameOrigin compares scheme, host and port (RFC 6454), and refuses user names in a
// URL, which can look like a host.
func isSameOrigin(base, u *url.URL) bool {
	return u.Scheme == base.Scheme && strings.EqualFold(u.Host, base.Host) && u.User == nil
}

// resolve is the URL of a path on the server. A path that leads elsewhere is an error.
func (r *Run) resolve(path string) (*url.URL, error) {
	if !strings.HasPrefix(path, "/") {
		return nil, errors.New("the path does not begin with a slash")
	}
	u, err := url.Parse(strings.TrimSuffix(r.Base, "/") + path)
	if err != nil {
		return nil, fmt.Errorf("the path is not valid: %w", errors.Unwrap(err))
	}
	if !isSameOrigin(r.base, u) {
		return nil, fmt.Errorf("the path leads to another server, %s", u.Host)
	}
	return u, nil
}

// request is a request to send.
type request struct {
	route  routes.Route
	tokens []string // an Authorization header for each
	query  [2]string
	cookie [2]string
	header map[string]string
	body   string
}

// credentials are all tokens in the request.
func (q request) credentials() []string {
	return append([]string{q.query[1], q.cookie[1]}, q.tokens...)
}

// answer is what came back.
type answer struct {
	status int // 0: the connection was closed
	header http.Header
	body   []byte
	sent   request
}

// refused reports whether it is a refusal of the caller.
func (a answer) refused() bool {
	return a.status == http.StatusUnauthorized || a.status == http.StatusForbidden || a.status == http.StatusTooManyRequests
}

func (a answer) redirects() bool {
	return a.status >= 300 && a.status < 400 && a.header.Get("Location") != ""
}

// call sends a request. Methods with a body get an empty JSON object.
func (r *Run) call(ctx context.Context, q request) (answer, error) {
	target, err := r.resolve(q.route.Path)
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", q.route, err)
	}
	if q.query[0] != "" {
		values := target.Query()
		values.Set(q.query[0], q.query[1])
		target.RawQuery = values.Encode()
	}
	body := q.body
	if body == "" && !q.route.Safe() {
		body = "{}"
	}
	req, err := http.NewRequestWithContext(ctx, q.route.Method, target.String(), strings.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", q.route, err)
	}
	if q.route.Host != "" {
		req.Host = q.route.Host
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "authkeel-check")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.cookie[0] != "" {
		req.AddCookie(&http.Cookie{Name: q.cookie[0], Value: q.cookie[1]})
	}
	for name, value := range q.header {
		req.Header.Set(name, value)
	}
	for _, token := range q.tokens {
		req.Header.Add("Authorization", "Bearer "+token)
	}
	res, err := r.client.Do(req)
	if dial := (*net.OpError)(nil); err != nil && ctx.Err() == nil && (!errors.As(err, &dial) || dial.Op != "dial") {
		return answer{sent: q, header: http.Header{}}, nil // for instance a handler that panics: the row says so
	}
	if err != nil {
		return answer{}, fmt.Errorf("%s is not answered: %w", q.route, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil && ctx.Err() != nil {
		return answer{}, ctx.Err() // otherwise the part that came is enough: streams do not end
	}
	a := answer{status: res.StatusCode, header: res.Header, body: text, sent: q}
	if a.status >= 400 {
		r.refusals = append(r.refusals, a)
	}
	return a, nil
}

// slashed is the path to which a server redirects because of a slash at the end, such
// as Gin from /items to /items/. ok is false for every other answer.
func (r *Run) slashed(a answer) (path string, ok bool) {
	if !a.redirects() {
		return "", false
	}
	from, err := r.resolve(a.sent.route.Path)
	if err != nil {
		return "", false
	}
	to, err := from.Parse(a.header.Get("Location"))
	if err != nil || !isSameOrigin(r.base, to) || from.RawQuery != to.RawQuery {
		return "", false
	}
	if a, b := from.EscapedPath(), to.EscapedPath(); a+"/" != b && a != b+"/" {
		return "", false
	}
	path, ok = strings.CutPrefix(to.RequestURI(), strings.TrimSuffix(r.base.EscapedPath(), "/"))
	return path, ok && strings.HasPrefix(path, "/")
}

// short makes a text of the server fit into the table.
func short(s string) string {
	s = strings.Join(strings.Fields(cli.Clean(s)), " ")
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "..."
	}
	return s
}

func orNothing(s string) string {
	if s == "" {
		return "no reason given"
	}
	return short(s)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

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
)

const (
	requestTimeout = 10 * time.Second
	maxBody        = 256 << 10
)

// newClient follows no redirect, because the first answer is the one that counts,
// and uses no proxy, because tokens go to the server that is checked and nowhere else.
func newClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// request is one to send.
type request struct {
	route  routes.Route
	tokens []string // an Authorization header for each
	query  [2]string
	header map[string]string
	body   string
}

// answer is what came back.
type answer struct {
	status int // 0: the connection was dropped
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
	target := r.Base + q.route.Path
	if q.query[0] != "" {
		sign := "?"
		if strings.Contains(target, "?") {
			sign = "&"
		}
		target += sign + url.QueryEscape(q.query[0]) + "=" + url.QueryEscape(q.query[1])
	}
	body := q.body
	if body == "" && !q.route.Safe() {
		body = "{}"
	}
	req, err := http.NewRequestWithContext(ctx, q.route.Method, target, strings.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", q.route, err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "authkeel-check")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range q.header {
		req.Header.Set(name, value)
	}
	for _, token := range q.tokens {
		req.Header.Add("Authorization", "Bearer "+token)
	}
	res, err := r.client.Do(req)
	if dial := (*net.OpError)(nil); err != nil && ctx.Err() == nil && (!errors.As(err, &dial) || dial.Op != "dial") {
		return answer{sent: q, header: http.Header{}}, nil // a handler that panics, say: its row tells
	}
	if err != nil {
		return answer{}, fmt.Errorf("%s is not answered: %w", q.route, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil && ctx.Err() != nil {
		return answer{}, ctx.Err() // otherwise what came is enough: streams do not end
	}
	a := answer{status: res.StatusCode, header: res.Header, body: text, sent: q}
	if a.status >= 400 {
		r.refusals = append(r.refusals, a)
	}
	return a, nil
}

package jwks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

const (
	maxBody      = 512 << 10
	maxRedirects = 3
)

var (
	errOrigin    = errors.New("redirected to another origin")
	errRedirects = errors.New("redirected more than 3 times")
)

// fetcher reads documents.
type fetcher struct{ client *http.Client }

// newFetcher makes a fetcher of the user's client, or of one of its own.
func newFetcher(user *http.Client) *fetcher {
	client := http.Client{}
	if user != nil {
		client = *user
	} else {
		client.Transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment,
			// The next fetch is minutes away. An idle connection would keep two
			// goroutines until then.
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: 64 << 10,
		}
	}
	client.CheckRedirect = checkRedirect
	return &fetcher{client: &client}
}

// checkRedirect stays with the origin that was configured: whoever is redirected
// to elsewhere takes keys from there.
func checkRedirect(r *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errRedirects
	}
	from := via[0].URL
	if r.URL.Scheme != from.Scheme || !strings.EqualFold(r.URL.Hostname(), from.Hostname()) || port(r.URL) != port(from) {
		return errOrigin
	}
	return nil
}

func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// get reads the document at address, of at most 512 KiB. status is 0 when there
// was no answer.
func (f *fetcher) get(ctx context.Context, address string) (doc string, h http.Header, status int, fail *failure) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", nil, 0, &failure{"connect", "not an address"}
	}
	r.Header.Set("Accept", "application/json, application/jwk-set+json")
	resp, err := f.client.Do(r)
	if err != nil {
		return "", nil, 0, classify(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return "", nil, resp.StatusCode, &failure{"status", fmt.Sprintf("answered with status %d", resp.StatusCode)}
	}
	// The transport has undone the gzip that it asked for, and only that.
	if e := resp.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return "", nil, resp.StatusCode, &failure{"encoding", fmt.Sprintf("answered with content encoding %.40q", e)}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return "", nil, resp.StatusCode, classify(err)
	}
	if len(body) > maxBody {
		return "", nil, resp.StatusCode, &failure{"too_large", "larger than 512 KiB"}
	}
	return string(body), resp.Header, resp.StatusCode, nil
}

// classify names a failure of the transport. It leaves out the address that
// net/http puts in front, since a query in it may be a secret.
func classify(err error) *failure {
	var outer *url.Error
	for errors.As(err, &outer) {
		err = outer.Err
	}
	var network net.Error
	detail := fmt.Sprintf("%.200s", err)
	switch {
	case errors.Is(err, errOrigin) || errors.Is(err, errRedirects):
		return &failure{"redirect", detail}
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout():
		return &failure{"timeout", "no complete answer in time"}
	}
	return &failure{"connect", detail}
}

// withoutQuery is an address as it may be shown.
func withoutQuery(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address
}

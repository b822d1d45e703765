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
	maxBody = 512 << 10
	maxETag = 256
)

// fetcher reads documents. One document is read at a time.
type fetcher struct {
	client *http.Client
	rules  *destinations
}

// newFetcher makes a fetcher of the user's client, or of one of its own. home is
// the address that was configured.
func newFetcher(user *http.Client, home *url.URL) *fetcher {
	rules := &destinations{home: home, proxyFor: http.ProxyFromEnvironment}
	client := http.Client{}
	if user != nil {
		client = *user
		rules.namesOnly = true
	} else {
		client.Transport = &http.Transport{
			Proxy:             rules.proxy,
			DialContext:       (&net.Dialer{ControlContext: rules.dial}).DialContext,
			ForceAttemptHTTP2: true, // a transport with a dialer of its own does not try by itself
			// The next fetch is minutes away. An idle connection would keep two
			// goroutines until then.
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: 64 << 10,
		}
	}
	client.CheckRedirect = rules.redirect
	return &fetcher{client: &client, rules: rules}
}

// page is a document that was read.
type page struct {
	text      string
	header    http.Header
	status    int  // 0: there was no answer
	unchanged bool // since the entity tag; there is no text then
}

// etag is the entity tag of the page, empty where it has none that is worth keeping.
func (p *page) etag() string {
	if tag := p.header.Get("ETag"); len(tag) <= maxETag {
		return strings.Clone(tag)
	}
	return ""
}

// get reads the document at address, of at most 512 KiB. etag is the entity tag of
// the document that is known, empty for none.
func (f *fetcher) get(ctx context.Context, address, etag string) (page, *failure) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return page{}, &failure{"connect", "not an address"}
	}
	if err := f.rules.admit(r); err != nil {
		return page{}, classify(err)
	}
	r.Header.Set("Accept", "application/json, application/jwk-set+json")
	if etag != "" {
		r.Header.Set("If-None-Match", etag)
	}
	resp, err := f.client.Do(r)
	if err != nil {
		return page{}, classify(err)
	}
	defer func() { _ = resp.Body.Close() }()
	p := page{header: resp.Header, status: resp.StatusCode}
	if etag != "" && resp.StatusCode == http.StatusNotModified {
		p.unchanged = true
		return p, nil
	}
	if resp.StatusCode != http.StatusOK {
		return p, &failure{"status", fmt.Sprintf("answered with status %d", resp.StatusCode)}
	}
	// The transport has undone the gzip that it asked for, and only that.
	if e := resp.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return p, &failure{"encoding", fmt.Sprintf("answered with content encoding %.40q", e)}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return p, classify(err)
	}
	if len(body) > maxBody {
		return p, &failure{"too_large", "larger than 512 KiB"}
	}
	p.text = string(body)
	return p, nil
}

// classify names a failure of the transport. It leaves out the address that
// net/http puts in front, since a query in it may be a secret.
func classify(err error) *failure {
	var outer *url.Error
	for errors.As(err, &outer) {
		err = outer.Err
	}
	var network net.Error
	var refused *destinationError
	switch {
	case errors.As(err, &refused):
		return &failure{"redirect", refused.Error()}
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout():
		return &failure{"timeout", "no complete answer in time"}
	}
	return &failure{"connect", fmt.Sprintf("%.200s", err)}
}

// keySet fetches and reads a set. A conditional request saves the issuer from
// sending what is known.
func (f *fetcher) keySet(ctx context.Context, address string, old *keySet, conditional bool) fetchResult {
	etag := ""
	if conditional && old != nil && old.address == address {
		etag = old.etag
	}
	shown := withoutQuery(address)
	p, fail := f.get(ctx, address, etag)
	switch {
	case fail != nil:
		return fetchResult{url: shown, fail: fail}
	case p.unchanged:
		return fetchResult{url: shown, set: old, maxAge: maxAge(p.header), note: old.note()}
	}
	set, fail := parseSet(p.text, old)
	if fail != nil {
		return fetchResult{url: shown, fail: fail}
	}
	set.address, set.etag = address, p.etag()
	return fetchResult{url: shown, set: set, maxAge: maxAge(p.header), note: set.note()}
}

// withoutQuery is an address as it may be shown.
func withoutQuery(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address
}

package jwks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/internal/strictjson"
	"github.com/authkeel/authkeel/core/settings"
)

// Discover returns a source for the keys of an OpenID Connect issuer: it reads
// <issuer>/.well-known/openid-configuration, or where that has a 4xx status the
// address of RFC 8414 section 3.1, and then the set at jwks_uri. Discover itself
// needs no network: the first question fetches.
//
// issuer is the exact value of the tokens' iss: the metadata must repeat it byte
// for byte (OpenID Connect Discovery 1.0 section 4.3), a slash at the end
// included. jwks_uri may be on any https host; the package documentation has the
// exceptions. Nothing else of the metadata is used, least of all its algorithms.
//
// The metadata is read again with every fetch, so that a jwks_uri that moves is
// followed, even while the old address still answers. When the metadata cannot be
// read, the address from before is used; when it names another issuer, the refresh
// has failed. Use [Remote] where the issuer publishes no metadata, or where its
// tokens have another iss than the metadata.
func Discover(issuer string, o Options) (*Source, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	if err := settings.Issuer(issuer, o.AllowHTTP); err != nil {
		if errors.Is(err, settings.ErrPlainHTTP) {
			err = fmt.Errorf("%w; or set Options.AllowHTTP", err)
		}
		return nil, fmt.Errorf("jwks: issuer %w", err)
	}
	u, err := url.Parse(issuer)
	if err != nil {
		return nil, fmt.Errorf("jwks: issuer: %w", err)
	}
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	origin := u.Scheme + "://" + u.Host
	d := &discovery{
		fetcher: newFetcher(o.HTTPClient, u),
		issuer:  issuer,
		o:       o,
		openID:  origin + path + "/.well-known/openid-configuration",
		oauth:   origin + "/.well-known/oauth-authorization-server" + path,
	}
	return &Source{backend: newRemote(issuer, o, d.fetch)}, nil
}

// discovery finds the key set of an issuer. Only one fetch runs at a time.
type discovery struct {
	*fetcher
	issuer        string
	o             Options
	openID, oauth string
	uri           string // the jwks_uri read last
	etag          string // of the metadata it was read from
}

func (d *discovery) fetch(ctx context.Context, old *keySet, conditional bool) fetchResult {
	uri, fail, final := d.locate(ctx, conditional)
	switch {
	case fail == nil:
		d.uri = strings.Clone(uri) // not the whole document
	case final || d.uri == "":
		return fetchResult{fail: fail}
	}
	l := d.keySet(ctx, d.uri, old, conditional)
	if l.fail == nil && fail != nil {
		l.note = strings.TrimSuffix("metadata: "+fail.detail+"; used the jwks_uri from before; "+l.note, "; ")
	}
	return l
}

// locate reads jwks_uri from the metadata. final reports that the metadata was read
// and is wrong, so that the address from before must not be used.
func (d *discovery) locate(ctx context.Context, conditional bool) (uri string, fail *failure, final bool) {
	etag := ""
	if d.uri != "" {
		if conditional {
			etag = d.etag
		}
		// Leave time for the set when the metadata hangs.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.o.Timeout/2)
		defer cancel()
	}
	p, fail := d.get(ctx, d.openID, etag)
	if fail != nil && p.status >= 400 && p.status < 500 {
		first := p.status
		p, fail = d.get(ctx, d.oauth, "")
		if fail != nil && fail.class == "status" {
			fail = &failure{"status", fmt.Sprintf("no metadata: openid-configuration has status %d, oauth-authorization-server %d", first, p.status)}
		}
	}
	switch {
	case fail != nil:
		return "", fail, false
	case p.unchanged:
		return d.uri, nil, false
	}
	members, err := strictjson.ParseShallow(p.text, nil)
	if err != nil {
		return "", &failure{"metadata", err.Error()}, false
	}
	var issuer string
	for _, m := range members {
		switch m.Name {
		case "issuer":
			issuer, _ = m.Value.Text()
		case "jwks_uri":
			uri, _ = m.Value.Text()
		}
	}
	if issuer != d.issuer {
		return "", &failure{"metadata", mismatch(d.issuer, issuer)}, true
	}
	if err := d.checkKeySetURL(uri); err != nil {
		return "", &failure{"metadata", "jwks_uri: " + err.Error()}, true
	}
	d.etag = p.etag()
	return uri, nil, false
}

// checkKeySetURL refuses addresses that the issuer must not lead to.
func (d *discovery) checkKeySetURL(uri string) error {
	u, err := checkURL(uri, d.o.AllowHTTP)
	if err != nil {
		return err
	}
	if u.Scheme == "http" && d.rules.home.Scheme != "http" {
		return errors.New("plain http, although the issuer has https: use jwks.Remote to take keys from there all the same")
	}
	return nil
}

// mismatch explains what to do about another issuer than the configured one.
func mismatch(configured, found string) string {
	switch {
	case found == "":
		return "the metadata names no issuer"
	case found == configured+"/":
		return fmt.Sprintf("the issuer is %.200q, with a slash at the end: configure it so", found)
	case found+"/" == configured:
		return fmt.Sprintf("the issuer is %.200q, without a slash at the end: configure it so", found)
	case strings.ContainsAny(found, "{}"):
		return fmt.Sprintf("the metadata is a template for many issuers (%.200q): configure the one of your tenant", found)
	}
	return fmt.Sprintf("the metadata is for issuer %.200q, configured is %.200q; they must be equal byte for byte", found, configured)
}

// maxAge is how long an answer is fresh (RFC 9111 section 4.2); the result is
// negative when the server does not say.
func maxAge(h http.Header) time.Duration {
	fresh := time.Duration(-1)
	for _, line := range h.Values("Cache-Control") {
		for _, directive := range strings.Split(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
			age := time.Duration(-1)
			switch strings.ToLower(name) {
			case "no-store", "no-cache":
				age = 0
			case "max-age":
				age = seconds(strings.Trim(value, `"`))
			}
			if age >= 0 && (fresh < 0 || age < fresh) {
				fresh = age
			}
		}
	}
	if age := seconds(h.Get("Age")); fresh > 0 && age > 0 {
		fresh = max(fresh-age, 0)
	}
	return fresh
}

// seconds reads a delta of RFC 9111 section 1.2.2; the result is negative when s is
// not one.
func seconds(s string) time.Duration {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return -1
	}
	return time.Duration(n) * time.Second
}

package jwks

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/settings"
)

// Options tunes a source that reads from the network. The zero value is ready to
// use, and the strict choice everywhere. A negative duration is an error.
type Options struct {
	// RefreshEvery is the soft limit: a set older than that, give or take 10 %,
	// is refreshed in the background at the next request. It is also how long a
	// withdrawn key can go on verifying while there is traffic. Zero is 10
	// minutes; there is no lower bound. No more than half of KeepFor is used.
	RefreshEvery time.Duration
	// KeepFor is the hard limit: how long the last good set serves while the
	// issuer is down. Zero is 24 hours.
	KeepFor time.Duration
	// Cooldown refills the budget of fetches that unknown key IDs may cause: three
	// at once, and one more every Cooldown. Zero is 5 seconds. It bounds how long a
	// new key can be refused while strangers make up key IDs; a shorter one lets
	// them cause more fetches.
	Cooldown time.Duration
	// Timeout bounds one fetch; with Discover, that is the metadata and the set
	// together. Zero is 5 seconds.
	Timeout time.Duration

	// RequireKeyID refuses tokens without a key ID, also those that name a
	// certificate. Otherwise up to four keys that fit the token are tried.
	RequireKeyID bool
	// AllowKeyReuse is for issuers that publish new material under an old key ID:
	// a bad signature then counts as an unknown key ID, and may cause a fetch from
	// the same budget. Leave it unset for all others.
	AllowKeyReuse bool
	// AllowHTTP permits plain http beyond loopback. An attacker who can change
	// packets on the way can then sign tokens.
	AllowHTTP bool

	// HTTPClient is used for fetches, for instance with other root certificates.
	// Nil: a client of the source's own, without cookies, with the proxy of the
	// environment. The source decides about redirects in either case.
	HTTPClient *http.Client
	// OnRefresh is called after every fetch. It is the first subscriber: see
	// Source.Subscribe.
	OnRefresh func(Refresh)
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

const (
	defaultRefreshEvery = 10 * time.Minute
	defaultKeepFor      = 24 * time.Hour
	defaultCooldown     = 5 * time.Second
	defaultTimeout      = 5 * time.Second
)

// complete checks o and fills in the defaults.
func (o Options) complete() (Options, error) {
	for _, d := range []struct {
		name  string
		value *time.Duration
		zero  time.Duration
	}{
		{"RefreshEvery", &o.RefreshEvery, defaultRefreshEvery},
		{"KeepFor", &o.KeepFor, defaultKeepFor},
		{"Cooldown", &o.Cooldown, defaultCooldown},
		{"Timeout", &o.Timeout, defaultTimeout},
	} {
		if *d.value < 0 {
			return o, fmt.Errorf("jwks: Options.%s is negative", d.name)
		}
		if *d.value == 0 {
			*d.value = d.zero
		}
	}
	o.RefreshEvery = min(o.RefreshEvery, max(o.KeepFor/2, 1))
	return o, nil
}

// checkURL parses an address and refuses one that is not safe to fetch from. The
// error does not repeat the address, which may hold a password.
func checkURL(raw string, allowHTTP bool) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, errors.New("not an absolute URL such as https://issuer.example")
	case u.User != nil:
		return nil, errors.New("holds a user name: send credentials with a transport of Options.HTTPClient")
	case strings.Contains(raw, "#"):
		return nil, errors.New("holds a fragment")
	case u.Scheme == "http" && !allowHTTP && !settings.IsLoopback(u.Hostname()):
		return nil, errors.New("plain http beyond loopback: use https, or set Options.AllowHTTP")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("neither https nor http")
	}
	return u, nil
}

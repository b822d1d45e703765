package clerk

import (
	"crypto/sha1" // for the names of cookies, which Clerk makes with it
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
)

// publishableKey is what a publishable key says about its instance.
type publishableKey struct {
	host       string // of the Frontend API
	production bool
	suffix     string // of the instance's cookies
}

var errPublishable = errors.New(`is not a publishable key: copy it whole from the dashboard, it begins with "pk_test_" or "pk_live_"`)

// parsePublishableKey reads pk_test_ or pk_live_, then the Frontend API's host
// and a dollar sign in base64. Its errors go behind the name of a field.
func parsePublishableKey(key string) (publishableKey, error) {
	if strings.HasPrefix(key, "sk_") {
		return publishableKey{}, errors.New("holds a secret key: put the publishable key here, and replace the secret key if it was published")
	}
	parts := strings.Split(key, "_")
	if len(parts) != 3 || parts[0] != "pk" || (parts[1] != "test" && parts[1] != "live") {
		return publishableKey{}, errPublishable
	}
	text, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(parts[2], "="))
	if err != nil {
		return publishableKey{}, errPublishable
	}
	host, ok := strings.CutSuffix(string(text), "$")
	if !ok || strings.Contains(host, "$") || !strings.Contains(host, ".") || !isHost(host) {
		return publishableKey{}, errPublishable
	}
	sum := sha1.Sum([]byte(key))
	return publishableKey{
		host:       host,
		production: parts[1] == "live",
		suffix:     base64.URLEncoding.EncodeToString(sum[:])[:8],
	}, nil
}

// isHost reports whether host stays a host, and nothing else, inside a URL. It
// must be in lower case, as in `iss`.
func isHost(host string) bool {
	u, err := url.Parse("https://" + host)
	return err == nil && u.Host == host && u.Hostname() != "" && host == strings.ToLower(host) &&
		!strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r > '~' })
}

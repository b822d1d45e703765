package apiclient

// What a request may have and what a token says, for Transport.

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// dotSegments refuses a path with a segment "." or "..": a value that was put
// into the path would lead to another address, because servers and proxies
// resolve them. url.PathEscape leaves dots as they are.
func dotSegments(u *url.URL) error {
	path := u.EscapedPath()
	for range 2 { // as it is, and as a server may decode it once more
		for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
			if plain, err := url.PathUnescape(segment); err == nil && (plain == "." || plain == "..") || segment == "." || segment == ".." {
				return fmt.Errorf("apiclient: %w in %q", ErrDotSegment, u.Redacted())
			}
		}
		if plain, err := url.PathUnescape(path); err == nil {
			path = plain
		}
	}
	return nil
}

// safe is RFC 9110 section 9.2.1; an empty method is GET.
func safe(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// mayReplace says whether a call that was made with one token may be repeated
// with another. Tokens that do not name their caller agree as far as they go.
func mayReplace(token, fresh string) bool {
	return reflect.DeepEqual(caller(token), caller(fresh))
}

func namesCaller(token string) bool {
	c := caller(token)
	issuer, _ := c["iss"].(string)
	subject, _ := c["sub"].(string)
	return issuer != "" && subject != ""
}

// caller is what a JWT says of whom it was issued to: the user, who acts for
// them (RFC 8693 section 4.1), and the active organization, by the names that
// issuers have for it. Clerk's is the member id of o, beside the role in it.
func caller(token string) map[string]any {
	claims := map[string]any{}
	decode(token, &claims)
	c := map[string]any{}
	for _, name := range []string{"iss", "sub", "act", "org_id", "org_code", "organization_id", "organization", "tenant", "tid"} {
		if value, ok := claims[name]; ok {
			c[name] = value
		}
	}
	if o, ok := claims["o"].(map[string]any); ok {
		c["o.id"] = o["id"]
	}
	return c
}

// decode reads the claims of a JWT without verifying them: they only choose
// between tokens. Of anything else it reads nothing.
func decode(token string, claims any) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	return err == nil && json.Unmarshal(text, claims) == nil
}

// expiry is the exp claim (RFC 7519 section 4.1.4), which is read and not
// verified: it only says when to ask for another token.
func expiry(token string) time.Time {
	var claims struct {
		Expiry float64 `json:"exp"`
	}
	if !decode(token, &claims) || claims.Expiry <= 0 || claims.Expiry > 1<<38 {
		return time.Time{}
	}
	return time.Unix(int64(claims.Expiry), 0)
}

// origin is scheme, host and port in the one form that can be compared.
func origin(u *url.URL) string {
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

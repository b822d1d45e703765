package clerk

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core"
)

// maxUnverified limits the size of a cookie that is decoded before it is verified.
const maxUnverified = 16 << 10

// cookies chooses between the plain session cookie, which several instances on
// one domain overwrite, and the one with the instance's suffix.
type cookies struct {
	key       publishableKey
	issuer    string
	session   string // the suffixed names
	clientUAT string
	now       func() time.Time
}

// sessionCookie returns the extractor of the session cookie.
func sessionCookie(in *instance) core.Extractor {
	c := &cookies{
		key:       in.key,
		issuer:    in.url,
		session:   "__session_" + in.key.suffix,
		clientUAT: "__client_uat_" + in.key.suffix,
		now:       in.Core.Now,
	}
	if c.now == nil {
		c.now = time.Now
	}
	return core.FromCookieFunc(c.choose)
}

// choose returns the name of the cookie to use, in the steps of Clerk's JavaScript
// SDK. It reads tokens that are not verified yet: they only select.
func (c *cookies) choose(get func(name string) string) string {
	if c.suffixed(get) {
		return c.session
	}
	return "__session"
}

func (c *cookies) suffixed(get func(name string) string) bool {
	plain, own := get("__session"), get(c.session)
	plainUAT, ownUAT := get("__client_uat"), get(c.clientUAT)
	var plainToken unverified
	if plain != "" {
		var ok bool
		if plainToken, ok = readUnverified(plain); !ok || plainToken.Issuer == "" {
			return false
		}
		if !c.owns(plainToken.Issuer) {
			return true // another instance wrote over it
		}
	}
	if own == "" && ownUAT == "" {
		return false
	}
	ownToken, _ := readUnverified(own)
	switch {
	case ownUAT != "0" && plainUAT != "0" && plainToken.IssuedAt > ownToken.IssuedAt:
		return false // both are signed in, and the plain cookie is newer
	case ownUAT == "0" && plainUAT != "0":
		return false // every version of the front end writes the plain cookies
	case !c.key.production && ownUAT != "0" && plainUAT == "0" && ownToken.expired(c.now()):
		return false
	case own != "" && ownUAT == "":
		return false
	}
	return true
}

// owns reports whether issuer is the instance. Behind a proxy tokens may name the
// proxy or the Frontend API.
func (c *cookies) owns(issuer string) bool {
	if issuer == c.issuer {
		return true
	}
	scheme, host, ok := strings.Cut(issuer, "://")
	if !ok || !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return issuer == c.key.host
	}
	return host == c.key.host
}

// unverified is what choose reads of a token. Times are seconds since 1970; 0 when
// missing.
type unverified struct {
	Issuer              string
	IssuedAt, ExpiresAt float64
}

func (p unverified) expired(now time.Time) bool {
	return p.ExpiresAt != 0 && p.ExpiresAt <= float64(now.Unix())
}

// readUnverified decodes a token. It reports false when it cannot be decoded.
func readUnverified(token string) (unverified, bool) {
	if len(token) > maxUnverified || strings.Count(token, ".") != 2 {
		return unverified{}, false
	}
	parts := strings.Split(token, ".")
	_, headerOK := decode(parts[0])
	payload, payloadOK := decode(parts[1])
	if !headerOK || !payloadOK {
		return unverified{}, false
	}
	iat, _ := number(payload["iat"])
	exp, _ := number(payload["exp"])
	return unverified{text(payload["iss"]), iat, exp}, true
}

func decode(segment string) (claims, bool) {
	document, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(segment, "="))
	if err != nil {
		return nil, false
	}
	var c claims
	err = json.Unmarshal(document, &c)
	return c, err == nil && c != nil // null decodes to nil
}

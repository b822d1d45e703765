package ratelimit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

const (
	maxKeyBytes    = 300 // longest key, without what a limit puts before it
	maxPrefixBytes = 96
	maxValueBytes  = 128 // longest text of a request that is part of a key as it stands
)

// Key says whom a request counts for. The zero value is not a Key; make one with
// the functions of this package.
type Key struct {
	parts []part
	err   error
}

type part struct {
	kind kind
	find func(context.Context, adapter.Request) string // of a KeyFunc
}

type kind uint8

const (
	everyone kind = iota
	address
	user
	organization
	session
	client
	method
	custom
)

// ByUser counts by user: issuer and subject of the identity. Mount the Limiter
// after authentication. A request without an identity, as where authentication is
// optional or was not mounted, counts by address, as does one whose token has no
// subject.
func ByUser() Key { return Key{parts: []part{{kind: user}}} }

// ByOrganization counts by the organization in which the caller acts, so that its
// members share a limit. Who acts in none counts as with [ByUser].
func ByOrganization() Key { return Key{parts: []part{{kind: organization}}} }

// BySession counts by session (`sid`), so that each device of a user has a limit of
// its own. A token without a session counts as with [ByUser]. A user who can open
// sessions at will has as many limits: use [ByUser] against abuse.
func BySession() Key { return Key{parts: []part{{kind: session}}} }

// ByClient counts by the application that the token was issued to (`azp`,
// `client_id`), so that all its users share a limit. A token that names none counts
// as with [ByUser].
func ByClient() Key { return Key{parts: []part{{kind: client}}} }

// ByAddress counts by the client's address: an IPv4 address, or the /64 of an IPv6
// address, because a client has all of that. Behind a proxy set TrustedProxies and
// ForwardedHeader of the Authenticator, or all clients share the proxy's limit; a
// hint in the log names the header. Requests that have no address share one limit.
func ByAddress() Key { return Key{parts: []part{{kind: address}}} }

// ByMethod counts by request method, with [Combine]: reads and writes separately. HEAD
// is GET, and methods that RFC 9110 does not name are one.
func ByMethod() Key { return Key{parts: []part{{kind: method}}} }

// Everyone counts all requests under one key: the limit is that of the route or the
// service as a whole.
func Everyone() Key { return Key{parts: []part{{kind: everyone}}} }

// KeyFunc counts by the text that find returns, such as an API key's owner. All
// requests for which it returns "" share one limit. The text may be of any length
// and have any characters. It must not be a value that the client can choose at
// will, such as a header that nobody checks: who changes it has no limit.
func KeyFunc(find func(context.Context, adapter.Request) string) Key {
	if find == nil {
		return Key{parts: []part{{kind: custom}}, err: errors.New("is ratelimit.KeyFunc(nil): give it a function")}
	}
	return Key{parts: []part{{kind: custom, find: find}}}
}

// Combine counts by all the keys together: Combine(ByUser(), ByMethod()) gives each
// user a limit for each method.
func Combine(first Key, more ...Key) Key {
	all := Key{err: first.err, parts: slices.Clone(first.parts)}
	for _, k := range more {
		all.err = errors.Join(all.err, k.err)
		all.parts = append(all.parts, k.parts...)
	}
	if slices.ContainsFunc(append(more, first), func(k Key) bool { return len(k.parts) == 0 }) {
		all.err = errors.Join(all.err, errors.New("combines an empty Key: make keys with functions such as ratelimit.ByUser"))
	}
	return all
}

// appendTo appends the key of a request. What it appends is a list of names and
// values with a space behind each; a name says how many values follow, and no value
// has a space. So two requests have the same key only if they have the same values.
func (k Key) appendTo(ctx context.Context, dst []byte, r adapter.Request, auth *core.Authenticator) []byte {
	start := len(dst)
	for i := range k.parts {
		dst = k.parts[i].appendTo(ctx, dst, r, auth)
	}
	if len(dst)-start > maxKeyBytes {
		sum := sha256.Sum256(dst[start:])
		dst = appendSum(dst[:start], sum)
	}
	return dst
}

func (p *part) appendTo(ctx context.Context, dst []byte, r adapter.Request, auth *core.Authenticator) []byte {
	switch p.kind {
	case everyone:
		return append(dst, "all "...)
	case address:
		return appendAddr(dst, auth.ClientAddr(r))
	case method:
		return append(append(append(dst, "method "...), knownMethod(r.Method())...), ' ')
	case custom:
		return appendValue(append(dst, "key "...), p.find(ctx, r))
	}
	id, ok := core.IdentityFrom(ctx)
	if !ok {
		return appendAddr(dst, auth.ClientAddr(r))
	}
	var name, value string
	switch p.kind {
	case organization:
		name, value = "org ", id.Organization().ID
	case session:
		name, value = "session ", id.SessionID()
	case client:
		name, value = "client ", id.AuthorizedParty()
	}
	if value == "" {
		name, value = "user ", id.Subject()
	}
	if value == "" {
		return appendAddr(dst, auth.ClientAddr(r))
	}
	return appendValue(appendValue(append(dst, name...), id.Issuer()), value)
}

// appendAddr appends a client's address, or the one key of those who have none.
func appendAddr(dst []byte, addr netip.Addr) []byte {
	dst = append(dst, "addr "...)
	switch {
	case !addr.IsValid():
		dst = append(dst, "none"...)
	case addr.Is4():
		dst = addr.AppendTo(dst)
	default:
		network, _ := addr.WithZone("").Prefix(64) // an IPv6 address has 64 bits
		dst = network.AppendTo(dst)
	}
	return append(dst, ' ')
}

// appendValue appends text as it stands when it is short and printable, and else its
// hash, which begins with a character that begins no text.
func appendValue(dst []byte, text string) []byte {
	if !isPlain(text) {
		return append(appendSum(dst, sha256.Sum256([]byte(text))), ' ')
	}
	return append(append(dst, text...), ' ')
}

// isPlain reports whether text is short, has printable ASCII characters without
// spaces alone, and does not begin as a hash does.
func isPlain(text string) bool {
	if len(text) > maxValueBytes || text != "" && text[0] == '#' {
		return false
	}
	// Eight characters at a time: issuer and subject of a user are 60 or so, and one
	// by one they would take a fifth of a decision (BenchmarkDecision).
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; len(text) >= 8; text = text[8:] {
		x := uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
			uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
		if (x|(x-ones*'!')|(x+ones))&high != 0 { // beyond ASCII, below '!', or above '~'
			return false
		}
	}
	for i := range len(text) {
		if text[i] < '!' || text[i] > '~' {
			return false
		}
	}
	return true
}

func appendSum(dst []byte, sum [sha256.Size]byte) []byte {
	return hex.AppendEncode(append(dst, '#'), sum[:])
}

// knownMethod returns a method of RFC 9110 or RFC 5789, or "other": a client
// that makes up methods gets no further limits by it.
func knownMethod(method string) string {
	switch method {
	case "HEAD":
		return "GET"
	case "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE":
		return method
	}
	return "other"
}

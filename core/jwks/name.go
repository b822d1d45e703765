package jwks

import (
	"crypto/sha1" //nolint:gosec // x5t is a SHA-1 thumbprint: it names a certificate, and nothing is trusted because of it
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// name is what a token says of the key that signed it: a key ID, the thumbprint of
// a certificate, or nothing.
type name struct {
	kid string
	x5t string // the bytes of a SHA-1 or SHA-256 thumbprint
}

// clone is a name whose strings are not slices of a request's memory.
func (n name) clone() name { return name{strings.Clone(n.kid), strings.Clone(n.x5t)} }

// parseThumbprint reads an x5t or x5t#S256 of a token or a key.
func parseThumbprint(s string) (raw string, ok bool) {
	b, ok := decode(s)
	if !ok || len(b) != sha1.Size && len(b) != sha256.Size {
		return "", false
	}
	return string(b), true
}

// thumbprints are those of a key's certificate, as bytes. They are empty for a key
// that names no certificate.
type thumbprints struct{ sha1, sha256 string }

// none reports that the key names no certificate.
func (t thumbprints) none() bool { return t == thumbprints{} }

// has reports whether x5t is one of them.
func (t thumbprints) has(x5t string) bool { return x5t == t.sha1 || x5t == t.sha256 }

// of fills in the thumbprints of the certificate that x5c begins with, where the
// key does not name them itself.
func (t *thumbprints) of(x5c string) {
	der, err := base64.StdEncoding.DecodeString(x5c)
	if err != nil || len(der) == 0 {
		return
	}
	if t.sha1 == "" {
		sum := sha1.Sum(der) //nolint:gosec // see above
		t.sha1 = string(sum[:])
	}
	if t.sha256 == "" {
		sum := sha256.Sum256(der)
		t.sha256 = string(sum[:])
	}
}

package jwks

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/internal/keyid"
)

const maxPEM = 64 << 10

// PEM returns a source for one public key, which answers every key id and a
// missing one: the key that an issuer's console shows, in an environment
// variable. It takes SubjectPublicKeyInfo ("PUBLIC KEY"), PKCS#1 ("RSA PUBLIC
// KEY") and a certificate, of which only the key counts, not the dates and not
// the chain; RSA, EC and Ed25519. It repairs what environment files do to line
// breaks: lines that are joined or end with CR LF, a literal \n, quotes and spaces
// around the key, or the base64 alone. Everything else is an error that says what
// to do instead, above all a private key.
//
// The key is never fetched again: a rotation needs a restart.
func PEM(pem []byte) (*Source, error) {
	key, err := parsePEM(string(pem))
	if err != nil {
		return nil, fmt.Errorf("jwks: PEM: %w", err)
	}
	return &Source{backend: &single{list: []*Key{key}}}, nil
}

var (
	errPrivate = errors.New("this is a private key, which verifying does not need: give the public one " +
		"(openssl pkey -in private.pem -pubout), and replace the private key if it was shared")
	errNotKey = errors.New(`no public key in it: expected "-----BEGIN PUBLIC KEY-----", base64 and "-----END PUBLIC KEY-----"`)

	literalBreak = regexp.MustCompile(`\\+[nr]`)
	block        = regexp.MustCompile(`^-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END ([A-Z0-9 ]+)-----$`)
)

func parsePEM(text string) (*Key, error) {
	if len(text) > maxPEM {
		return nil, errors.New("longer than 64 KiB, which no key is")
	}
	text = literalBreak.ReplaceAllString(unwrap(text), "\n")
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil, errors.New("empty: is the variable set?")
	case strings.HasPrefix(text, "{"):
		return nil, errors.New("this is JSON: give a JWKS document to Static")
	case strings.HasPrefix(text, "ssh-") || strings.HasPrefix(text, "ecdsa-sha2-"):
		return nil, errors.New("this is an OpenSSH key: convert it with ssh-keygen -e -m PKCS8 -f key.pub")
	case strings.Count(text, "-----BEGIN ") > 1:
		return nil, errors.New("more than one PEM block: keep the one public key")
	}
	if strings.Contains(text, "-----") {
		m := block.FindStringSubmatch(text)
		if m == nil || m[1] != m[3] {
			return nil, errNotKey
		}
		switch label := m[1]; {
		case strings.Contains(label, "PRIVATE KEY"):
			return nil, errPrivate
		case label != "PUBLIC KEY" && label != "RSA PUBLIC KEY" && label != "CERTIFICATE":
			return nil, fmt.Errorf("a block %q holds no public key: make one with openssl pkey -pubout", label)
		}
		text = m[2]
	}
	der, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(strings.Join(strings.Fields(text), ""), "="))
	if err != nil || len(der) == 0 {
		return nil, errNotKey
	}
	public, err := parseDER(der)
	if err != nil {
		return nil, err
	}
	key, reason := newKey("", "", public)
	if reason != "" {
		return nil, unfit(public, reason)
	}
	return key, nil
}

// unwrap removes a byte order mark, spaces and pairs of quotes around text.
func unwrap(text string) string {
	for {
		text = strings.TrimSpace(strings.TrimPrefix(text, "\uFEFF"))
		n := len(text)
		if n < 2 || text[0] != text[n-1] || (text[0] != '"' && text[0] != '\'') {
			return text
		}
		text = text[1 : n-1]
	}
}

// parseDER reads a key by its structure, which is unambiguous, and not by the
// label above it, which people copy wrongly.
func parseDER(der []byte) (any, error) {
	if k, err := x509.ParsePKIXPublicKey(der); err == nil {
		return k, nil
	}
	if k, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return k, nil
	}
	if c, err := x509.ParseCertificate(der); err == nil && c.PublicKey != nil {
		return c.PublicKey, nil
	}
	_, err8 := x509.ParsePKCS8PrivateKey(der)
	_, err1 := x509.ParsePKCS1PrivateKey(der)
	_, errEC := x509.ParseECPrivateKey(der)
	if err8 == nil || err1 == nil || errEC == nil {
		return nil, errPrivate
	}
	return nil, errors.New(`damaged, or of a kind that is not supported: copy it whole, from "-----BEGIN PUBLIC KEY-----" to "-----END PUBLIC KEY-----"; ` +
		"RSA, EC (P-256, P-384, P-521) and Ed25519 are supported")
}

// unfit explains why a key that could be read is not to be trusted.
func unfit(public any, reason string) error {
	switch k := public.(type) {
	case *rsa.PublicKey:
		return fmt.Errorf("an RSA key of %d bits and exponent %d is refused (%s): use 2048 to %d bits and exponent 65537",
			k.N.BitLen(), k.E, reason, maxRSABits)
	case *ecdsa.PublicKey:
		if reason == "point" {
			return errors.New("the EC key is not a point on its curve")
		}
		return fmt.Errorf("curve %s is refused: use P-256, P-384 or P-521", k.Curve.Params().Name)
	case ed25519.PublicKey:
		return fmt.Errorf("not a point that an honest Ed25519 key can be (%s)", reason)
	}
	return fmt.Errorf("a key of type %T cannot verify signatures: use RSA, EC or Ed25519", public)
}

// single is one key that answers everything it fits.
type single struct {
	fixed
	list []*Key
}

func (s *single) keys(_ context.Context, n name, alg string) ([]*Key, error) {
	if !keyid.Valid(n.kid) || !s.list[0].Fits(alg) {
		return nil, nil
	}
	return s.list[:1:1], nil
}

func (s *single) soleKey() *Key { return s.list[0] }

func (s *single) has(k *Key) bool { return k == s.list[0] }

func (s *single) hasAt(k *Key, _ time.Time) bool { return k == s.list[0] }

func (s *single) health() Health { return Health{Ready: true, Keys: 1} }

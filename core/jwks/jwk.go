package jwks

import (
	"errors"
	"strings"

	"github.com/authkeel/authkeel/core/internal/keyid"
	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// jwk is the part of a JSON Web Key (RFC 7517 section 4) that is looked at.
type jwk struct {
	kty, kid, alg, use string
	crv, n, e, x, y    string
	pub                string
	issuer             string
	ops, x5c           strictjson.Value
	x5t                thumbprints
	private            bool
}

// parseJWK reads one element of a key set. The reason is empty exactly when
// there is a key.
func parseJWK(v strictjson.Value) (k *Key, reason string) {
	if v.Kind() != strictjson.Object {
		return nil, "malformed"
	}
	var buf [16]strictjson.Member
	members, err := strictjson.Parse(string(v), buf[:0])
	if errors.Is(err, strictjson.ErrDuplicate) {
		return nil, "duplicate_member"
	}
	if err != nil {
		return nil, "malformed"
	}
	var j jwk
	for _, m := range members {
		if !j.set(m) {
			return nil, "malformed"
		}
	}
	if reason := j.check(); reason != "" {
		return nil, reason
	}
	public, reason := j.public()
	if reason != "" {
		return nil, reason
	}
	// The strings are slices of the document, which must not stay in memory.
	if k, reason = newKey(strings.Clone(j.kid), strings.Clone(j.alg), public); reason != "" {
		return nil, reason
	}
	k.issuer, k.x5t = strings.Clone(j.issuer), j.thumbprints()
	return k, ""
}

// set takes over one member, false when it has the wrong type. A member that is
// null says nothing, like one that is absent: serializers write such members for
// whatever a key does not have.
func (j *jwk) set(m strictjson.Member) bool {
	if m.Value.Kind() == strictjson.Null {
		return true
	}
	var text *string
	switch m.Name {
	case "kty":
		text = &j.kty
	case "kid":
		text = &j.kid
	case "alg":
		text = &j.alg
	case "use":
		text = &j.use
	case "crv":
		text = &j.crv
	case "n":
		text = &j.n
	case "e":
		text = &j.e
	case "x":
		text = &j.x
	case "y":
		text = &j.y
	case "pub":
		text = &j.pub
	case "issuer":
		// RFC 7517 does not have it, so that another type is no reason to drop the
		// key; as JSON it equals no issuer.
		if j.issuer, _ = m.Value.Text(); j.issuer == "" {
			j.issuer = string(m.Value)
		}
	case "x5t":
		j.x5t.sha1 = certificateThumbprint(m.Value)
	case "x5t#S256":
		j.x5t.sha256 = certificateThumbprint(m.Value)
	case "key_ops":
		j.ops = m.Value
	case "x5c":
		j.x5c = m.Value
	case "d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv":
		j.private = true
	}
	if text == nil {
		return true
	}
	var ok bool
	*text, ok = m.Value.Text()
	return ok
}

// check says why the key is not meant for us, whatever its material.
func (j *jwk) check() (reason string) {
	switch {
	case j.kty == "oct":
		return "symmetric"
	case j.private:
		return "private"
	case j.kty == "":
		return "malformed"
	case !keyid.Valid(j.kid):
		return "key_id"
	case j.use != "" && j.use != "sig":
		return "use"
	case !verifies(j.ops):
		return "key_ops"
	}
	return ""
}

func (j *jwk) public() (public any, reason string) {
	switch j.kty {
	case "RSA":
		return parseRSA(j.n, j.e)
	case "EC":
		return parseEC(j.crv, j.x, j.y)
	case "OKP":
		return parseOKP(j.crv, j.x)
	case "AKP":
		if parseAKP != nil {
			return parseAKP(j.alg, j.pub)
		}
	}
	return nil, "key_type"
}

// thumbprints are those that the key names, or of the certificate that x5c begins
// with. Whether that is one for this very key is not looked at (RFC 7517 section
// 4.7): nothing but a name is taken from it, and certificates are replaced at
// other times than keys.
func (j *jwk) thumbprints() thumbprints {
	t := j.x5t
	if chain, ok := j.x5c.Elements(nil); ok && len(chain) > 0 {
		text, _ := chain[0].Text()
		t.of(text)
	}
	return t
}

// certificateThumbprint returns the bytes of a thumbprint, or "" when v is not one.
func certificateThumbprint(v strictjson.Value) string {
	text, _ := v.Text()
	raw, _ := parseThumbprint(text)
	return raw
}

// verifies reports whether key_ops (RFC 7517 section 4.3) admits the checking of
// signatures: absent, empty, or naming it.
func verifies(ops strictjson.Value) bool {
	if ops == "" {
		return true
	}
	list, ok := ops.Elements(nil)
	if !ok {
		return false
	}
	for _, op := range list {
		if text, _ := op.Text(); text == "verify" {
			return true
		}
	}
	return len(list) == 0
}

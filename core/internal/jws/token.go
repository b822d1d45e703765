// Package jws turns the text of a JSON Web Token in compact form into a header,
// claims and a signature, and checks the signature under a key (RFC 7515, RFC
// 7519). It is strict about form and knows nothing of HTTP, issuers or
// configuration: which issuer, algorithm and claims are accepted is decided by
// package core.
//
// The order of calls is [Token.Split], [Token.ReadHeader], [Token.ReadClaims],
// [Token.Signature] and [Method.Verify].
package jws

import (
	"encoding/base64"
	"strings"
)

// Token is a token on its way from text to checked claims. Until its signature
// has been verified, nothing in it can be trusted.
type Token struct {
	Header  Header
	Claims  Claims
	Payload string // JSON; all strings of Claims are parts of it

	signed                        string // what the signature covers: header.payload
	header64, payload64, signed64 string
	signature                     [512]byte // room for the signature, up to RSA 4096
}

// strictBase64 is base64url without padding whose unused bits are zero: one
// spelling for each value (RFC 7515 appendix C, RFC 4648 section 3.5).
var strictBase64 = base64.RawURLEncoding.Strict()

// Split finds the three segments of the compact form (RFC 7515 section 7.1)
// without looking past a fourth.
func (t *Token) Split(text string) *Error {
	first := strings.IndexByte(text, '.')
	if first < 0 {
		return ErrSegments
	}
	second := strings.IndexByte(text[first+1:], '.')
	if second < 0 {
		return ErrSegments
	}
	second += first + 1
	if third := strings.IndexByte(text[second+1:], '.'); third >= 0 {
		return manySegments(text[second+1+third+1:])
	}
	// encoding/base64 skips line breaks wherever they stand.
	if strings.IndexByte(text, '\n') >= 0 || strings.IndexByte(text, '\r') >= 0 {
		return ErrBase64
	}
	t.signed = text[:second]
	t.header64, t.payload64, t.signed64 = text[:first], text[first+1:second], text[second+1:]
	if t.header64 == "" || t.payload64 == "" || t.signed64 == "" {
		return ErrSegments
	}
	return nil
}

// manySegments tells an encrypted token, which has five segments (RFC 7516
// section 7.1), from garbage. rest is what follows the third dot.
func manySegments(rest string) *Error {
	fourth := strings.IndexByte(rest, '.')
	if fourth >= 0 && strings.IndexByte(rest[fourth+1:], '.') < 0 {
		return ErrEncrypted
	}
	return ErrSegments
}

// ReadHeader decodes the header, or takes it from the cache.
func (t *Token) ReadHeader(cache *HeaderCache) *Error {
	if h := cache.get(t.header64); h != nil {
		t.Header = *h
		return nil
	}
	text, err := decode(t.header64)
	if err != nil {
		return err
	}
	return t.Header.parse(text)
}

// ReadClaims decodes the payload, in one allocation, and the registered claims
// in it.
func (t *Token) ReadClaims() (err *Error) {
	if t.Payload, err = decode(t.payload64); err != nil {
		return err
	}
	return t.Claims.parse(t.Payload)
}

// Signature returns the signature in a buffer of the token's own.
func (t *Token) Signature() ([]byte, *Error) {
	signature, err := strictBase64.AppendDecode(t.signature[:0], []byte(t.signed64))
	if err != nil {
		return nil, ErrBase64
	}
	return signature, nil
}

// VerifiedBy reports whether the signature was made by the owner of the public
// key, with the method.
func (t *Token) VerifiedBy(m Method, signature []byte, public any) bool {
	return m.Verify(t.signed, signature, public) == nil
}

func decode(segment string) (string, *Error) {
	var scratch [2048]byte
	buf := scratch[:]
	if n := strictBase64.DecodedLen(len(segment)); n > len(buf) {
		buf = make([]byte, n)
	}
	n, err := strictBase64.Decode(buf, []byte(segment))
	if err != nil {
		return "", ErrBase64
	}
	return string(buf[:n]), nil
}

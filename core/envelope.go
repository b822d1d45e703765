package core

import (
	"encoding/base64"
	"strings"
)

// envelope is a token taken apart, nothing of it believed yet.
type envelope struct {
	header

	header64, payload64 string
	signed              string // what the signature is over: header.payload
	signature           string // still base64url
	payload             string // JSON
}

// strictBase64 is base64url without padding whose unused bits are zero: one
// spelling for each value (RFC 7515 appendix C, RFC 4648 section 3.5).
var strictBase64 = base64.RawURLEncoding.Strict()

// split finds the three segments of a JWS in compact form (RFC 7515 section
// 7.1) without looking past a fourth.
func (e *envelope) split(token string) *Error {
	first := strings.IndexByte(token, '.')
	if first < 0 {
		return errSegments
	}
	second := strings.IndexByte(token[first+1:], '.')
	if second < 0 {
		return errSegments
	}
	second += first + 1
	if strings.IndexByte(token[second+1:], '.') >= 0 {
		return errSegments
	}
	// encoding/base64 skips line breaks wherever they stand.
	if strings.IndexByte(token, '\n') >= 0 || strings.IndexByte(token, '\r') >= 0 {
		return errBase64
	}
	e.header64, e.payload64 = token[:first], token[first+1:second]
	e.signed, e.signature = token[:second], token[second+1:]
	if e.header64 == "" || e.payload64 == "" || e.signature == "" {
		return errSegments
	}
	return nil
}

// readPayload decodes the payload, which all strings of the claims are parts of:
// one allocation.
func (e *envelope) readPayload() (err *Error) {
	e.payload, err = decode64(e.payload64)
	return err
}

func decode64(segment string) (string, *Error) {
	var scratch [2048]byte
	buf := scratch[:]
	if n := strictBase64.DecodedLen(len(segment)); n > len(buf) {
		buf = make([]byte, n)
	}
	n, err := strictBase64.Decode(buf, []byte(segment))
	if err != nil {
		return "", errBase64
	}
	return string(buf[:n]), nil
}

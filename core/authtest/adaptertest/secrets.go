package adaptertest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// tellsNothing requires that a refusal contains no part of the token and no word
// about the reason.
func (c *client) tellsNothing(a *answer) {
	c.t.Helper()
	text := strings.ReplaceAll(a.text(), "token expired", "") // the only reason that a client is told
	for _, secret := range append(secrets(a.sent), internals...) {
		if strings.Contains(text, strings.ToLower(secret)) {
			c.errorf("%s: the answer contains %q", a, secret)
		}
	}
}

// text returns all that a client reads in the answer, in lower case.
func (a *answer) text() string {
	var b bytes.Buffer
	fmt.Fprintln(&b, a.Status)
	_ = a.Header.Write(&b) // a buffer takes everything
	b.Write(a.body)
	return strings.ToLower(b.String())
}

// internals are words about the reason of a refusal, which no client may read.
var internals = []string{
	"jwt", "jws", "crypto", "rsa", "ecdsa", "hs256", "base64", "json:", "unmarshal", "character",
	"kid", "signature", "issuer", "audience", "expired", "malformed", "segment", "claim",
	"panic", "goroutine", ".go:", "dial ", "127.0.0.1",
}

// secrets returns the parts of what was sent that no answer may repeat: the
// segments of tokens and the values of their claims.
func secrets(sent []string) []string {
	var found []string
	for i := 1; i < len(sent); i += 2 {
		for word := range strings.FieldsFuncSeq(sent[i], func(r rune) bool { return strings.ContainsRune(" ,;=\"", r) }) {
			segments := strings.Split(word, ".")
			if len(segments) != 3 {
				continue
			}
			for _, segment := range segments {
				if len(segment) >= 8 {
					found = append(found, segment)
				}
			}
			payload, err := base64.RawURLEncoding.DecodeString(segments[1])
			var claims map[string]any
			if err == nil && json.Unmarshal(payload, &claims) == nil {
				found = append(found, texts(claims)...)
			}
		}
	}
	return found
}

// texts returns the strings in a JSON value that are too long to be part of a
// refusal by chance.
func texts(v any) []string {
	var found []string
	switch v := v.(type) {
	case string:
		if len(v) >= 5 {
			found = append(found, v)
		}
	case []any:
		for _, e := range v {
			found = append(found, texts(e)...)
		}
	case map[string]any:
		for _, e := range v {
			found = append(found, texts(e)...)
		}
	}
	return found
}

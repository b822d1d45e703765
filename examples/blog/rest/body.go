package rest

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/authkeel/authkeel/examples/blog"
)

// MaxBody is the largest body of a request, in bytes.
const MaxBody = 64 << 10

var (
	errTooLarge = errors.New("rest: the body is too large")
	errNotJSON  = errors.New("rest: the body is not JSON")
)

// Body is the body of a request.
type Body struct {
	Type   string // the header field Content-Type
	Length int64  // the header field Content-Length, -1 without it
	Reader io.Reader
}

// BodyOf is the body of a request, for frameworks on net/http.
func BodyOf(r *http.Request) Body {
	return Body{r.Header.Get("Content-Type"), r.ContentLength, r.Body}
}

// decode reads the one JSON value of the body.
func (b Body) decode(v any) error {
	if mediaType, _, err := mime.ParseMediaType(b.Type); err != nil || mediaType != jsonType {
		return errNotJSON
	}
	if b.Length > MaxBody { // nobody has to wait for the rest
		return errTooLarge
	}
	limited := &io.LimitedReader{R: b.Reader, N: MaxBody + 1}
	decoder := json.NewDecoder(limited)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err == nil {
		if _, err = decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		}
	}
	if limited.N <= 0 {
		return errTooLarge
	}
	return &blog.InvalidError{Field: "the body", Problem: "must be one JSON object with known members"}
}

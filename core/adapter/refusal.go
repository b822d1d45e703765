package adapter

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
)

// Refusal is the whole answer to a request that may not go on: status, header
// and body. Config.RewriteRefusal can change it for all frameworks at once.
type Refusal struct {
	Status int
	Header [][2]string // without Content-Type
	Body   Body        // the body, as application/json, unless Content is set

	// Content is a body of the application's own, sent as ContentType in place of
	// Body. nil: Body is sent.
	Content     []byte
	ContentType string

	Err error // for the log, never for the client
}

// Payload returns the body and its media type. HEAD requests get no body.
func (r *Refusal) Payload() (contentType string, body []byte) {
	if r.Content != nil {
		return r.ContentType, r.Content
	}
	return "application/json", r.Body.JSON()
}

// Write answers a net/http request with the refusal, header included.
func (r *Refusal) Write(w http.ResponseWriter) {
	SetHeader(r.Header, w.Header().Set, w.Header().Add)
	contentType, body := r.Payload()
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(r.Status)
	_, _ = w.Write(body) // a client that is gone needs no answer; net/http drops it for HEAD
}

// Body is what the client reads, as `application/json`. It names the class of
// the refusal, and nothing else unless a policy gave a hint.
type Body struct {
	Error       string // one of the codes in core's package documentation
	Description string
	More        map[string]any // further members; "error" and "error_description" in it do not count
}

// MarshalJSON writes the members of RFC 6750 section 3, and those of More. Where
// More cannot be marshalled it is left out.
func (b Body) MarshalJSON() ([]byte, error) {
	if len(b.More) > 0 {
		members := maps.Clone(b.More)
		// Some readers take a name in another case for the same.
		maps.DeleteFunc(members, func(name string, _ any) bool {
			return strings.EqualFold(name, "error") || strings.EqualFold(name, "error_description")
		})
		members["error"] = b.Error
		if b.Description != "" {
			members["error_description"] = b.Description
		}
		if text, err := json.Marshal(members); err == nil {
			return text, nil
		}
	}
	return json.Marshal(struct {
		Error       string `json:"error"`
		Description string `json:"error_description,omitempty"`
	}{b.Error, b.Description})
}

// String returns the error code, which is what an error handler prints that knows
// nothing of this type.
func (b Body) String() string { return b.Error }

// JSON returns the body as bytes.
func (b Body) JSON() []byte {
	text, err := b.MarshalJSON()
	if err != nil { // two strings always marshal
		return []byte(`{"error":"server_error"}`)
	}
	return text
}

package webhook

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestBufferedBodyIsBounded has a large upload pass by: all of it is read by others,
// and no more of it is kept than tells that it is too large.
func TestBufferedBodyIsBounded(t *testing.T) {
	v, err := NewVerifier(VerifierConfig{Secrets: []string{strings.Repeat("A", 32)}, MaxBody: 1000})
	if err != nil {
		t.Fatal(err)
	}
	h := &Handler{cfg: Config{Verifier: v}}
	r := h.BufferBody(httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("b", 100_000))))
	if n, err := io.Copy(io.Discard, r.Body); n != 100_000 || err != nil {
		t.Errorf("other code read %d bytes, %v, want 100000", n, err)
	}
	if n := r.Body.(*bufferedBody).seen.Len(); n != 1001 {
		t.Errorf("%d bytes are kept, want 1001", n)
	}
}

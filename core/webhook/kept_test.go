package webhook

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestKeptBodyIsBounded has a large upload pass by: all of it is read by others,
// and no more of it is kept than tells that it is too large.
func TestKeptBodyIsBounded(t *testing.T) {
	v, err := NewVerifier(VerifierConfig{Secrets: []string{strings.Repeat("A", 32)}, MaxBody: 1000})
	if err != nil {
		t.Fatal(err)
	}
	h := &Handler{cfg: Config{Verifier: v}}
	r := h.KeepBody(httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("b", 100_000))))
	if n, err := io.Copy(io.Discard, r.Body); n != 100_000 || err != nil {
		t.Errorf("others read %d bytes, %v, want 100000", n, err)
	}
	if n := r.Body.(*keptBody).seen.Len(); n != 1001 {
		t.Errorf("%d bytes are kept, want 1001", n)
	}
}

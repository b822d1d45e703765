package unverified_test

import (
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/unverified"
)

func TestParts(t *testing.T) {
	const token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyX2FkYSJ9."
	if got := unverified.Header(token)["alg"]; got != "none" {
		t.Errorf("got the algorithm %v", got)
	}
	if got := unverified.Claims(token)["sub"]; got != "user_ada" {
		t.Errorf("got the subject %v", got)
	}
	for _, text := range []string{"", "a.b", "a.b.c", "!.!.!", "W10.W10.", "ak_opaque", token + ".x"} {
		if got := unverified.Claims(text); got != nil {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

package core_test

import (
	"context"
	"errors"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// TestCheckConfirmation: a token that is bound to a key is refused unless the
// program checks the binding, at every request, cached tokens included.
func TestCheckConfirmation(t *testing.T) {
	const bound = `{"x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}`
	var answer error
	asked := 0
	a := build(t, func(c *core.Config) {
		c.Issuers[0].CheckConfirmation = func(_ context.Context, r adapter.Request, token core.Token) error {
			asked++
			if got := string(token.Claim("cnf")); got != bound {
				t.Errorf("got cnf %s", got)
			}
			if r != nil {
				if proof, _ := r.Header("X-Proof", 0); proof != "right" {
					return errors.New("no proof")
				}
			}
			return answer
		}
	})
	token := quick("cnf", bound)
	with := request("Authorization", "Bearer "+token, "X-Proof", "right")
	for range 3 {
		acceptedRequest(t, a, with)
		refusedRequest(t, a, bearer(token), core.ErrNotAccepted, "not_accepted")
	}
	if asked != 6 {
		t.Errorf("asked %d times for 6 requests", asked)
	}
	if _, err := a.Verify(t.Context(), token); err != nil {
		t.Errorf("Verify, without a request: %v", err)
	}
	answer = core.ErrUnavailable
	refusedRequest(t, a, with, core.ErrUnavailable, "provider_unavailable")
	answer = nil
	for _, cnf := range []string{`"x"`, "7", "[]", "true"} {
		refused(t, a, quick("cnf", cnf), core.ErrUnsupported, "confirmation_not_supported")
	}
	before := asked
	accepted(t, a, quick())
	accepted(t, a, quick("cnf", "null"))
	if asked != before {
		t.Error("asked about a token that is not bound to a key")
	}
}

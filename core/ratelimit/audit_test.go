package ratelimit

import (
	"testing"

	"github.com/authkeel/authkeel/core/internal/audit"
)

// TestAuditsAreNotCounted: the requests of an audit pass a limit, and only while it
// runs.
func TestAuditsAreNotCounted(t *testing.T) {
	l := limiter(t)
	s := audit.Start()
	for _, secret := range []string{s.Secret(), s.ExemptSecret()} {
		if got := count(l, from("192.0.2.1:1", audit.Header, secret), 5); got != 5 {
			t.Errorf("got %d requests of an audit admitted, want all 5", got)
		}
	}
	if got := count(l, from("192.0.2.1:1", audit.Header, s.Secret()+"x"), 5); got != 1 {
		t.Errorf("got %d requests with a wrong secret admitted, want 1: that those of the audit were not counted", got)
	}
	s.End()
	for _, secret := range []string{s.Secret(), s.ExemptSecret(), ""} {
		if admitted(l, from("192.0.2.1:1", audit.Header, secret)) {
			t.Errorf("a request with the secret %q is admitted, want it counted after the audit", secret)
		}
	}
}

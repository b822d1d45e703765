package form_test

import (
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/clerk/internal/form"
)

func TestIsID(t *testing.T) {
	for id, want := range map[string]bool{
		"user_1": true, "user_a_b": true, "user_" + strings.Repeat("a", 128): true,
		"user_": false, "user": false, "": false, "org_1": false, "user_a-b": false, "user_ä": false, "user_" + strings.Repeat("a", 129): false,
	} {
		if got := form.IsID("user", id); got != want {
			t.Errorf("%.20s: got %v, want %v", id, got, want)
		}
	}
}

package keyid_test

import (
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/internal/keyid"
)

func TestValid(t *testing.T) {
	for _, tt := range []struct {
		name, kid string
		want      bool
	}{
		{"missing", "", true},
		{"a thumbprint", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", true},
		{"a path", "../../dev/null", true},
		{"text outside ASCII", "schlüssel 1", true},
		{"256 bytes", strings.Repeat("k", 256), true},
		{"257 bytes", strings.Repeat("k", 257), false},
		{"128 characters of 2 bytes and one more byte", strings.Repeat("ü", 128) + "k", false},
		{"NUL", "a\x00b", false},
		{"a line break", "a\nb", false},
		{"DEL", "a\x7f", false},
		{"a C1 control character", "a\u0085b", false},
	} {
		if got := keyid.Valid(tt.kid); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

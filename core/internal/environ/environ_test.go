package environ_test

import (
	"slices"
	"testing"

	"github.com/authkeel/authkeel/core/internal/environ"
)

func TestValue(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "  ": "", "a": "a", " a\n": "a", `"a b"`: "a b", " ' a ' ": "a", `"a`: `"a`, `"`: `"`, `""`: "", `'a"`: `'a"`,
	} {
		t.Setenv("SETTING", text)
		if got := environ.Value("SETTING"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestList(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, "a": {"a"}, " a , b ": {"a", "b"}, ",": {"", ""}, "a,": {"a", ""}, `"a, b"`: {"a", "b"},
	} {
		t.Setenv("SETTING", text)
		if got := environ.List("SETTING"); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

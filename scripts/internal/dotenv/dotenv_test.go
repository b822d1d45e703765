package dotenv_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/dotenv"
)

// seeds are files, and the settings that they make.
var seeds = map[string][]dotenv.Setting{
	"A=1\n":                           {{Name: "A", Value: "1"}},
	"A=1":                             {{Name: "A", Value: "1"}},
	"export A = 1 # why\n":            {{Name: "A", Value: "1"}},
	"A=a#b\n":                         {{Name: "A", Value: "a#b"}},
	"A=#b\n":                          {{Name: "A"}},
	"A='it is # 1'\n":                 {{Name: "A", Value: "it is # 1"}},
	"A=\"a\\nb\\\"c\" # why\nB=2":     {{Name: "A", Value: "a\nb\"c"}, {Name: "B", Value: "2"}},
	"A=\"-----BEGIN\nkey\n-----END\"": {{Name: "A", Value: "-----BEGIN\nkey\n-----END"}},
	"A=\"open\nB=2":                   {{Name: "A", Value: `"open`}, {Name: "B", Value: "2"}},
	"# A=1\n#B=2\n# words\n":          {{Name: "A", Commented: true}, {Name: "B", Commented: true}},
	"\ufeffA=1\r\nB=\r\n":             {{Name: "A", Value: "1"}, {Name: "B"}},
	"no assignment\n1A=2\n\n":         nil,
}

func TestParse(t *testing.T) {
	for text, want := range seeds {
		if got := dotenv.Parse(text); !slices.Equal(got, want) {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
	}
	if got := dotenv.Values("A=1\n# A=2\nA=3\n"); len(got) != 1 || got["A"] != "3" {
		t.Errorf("got %v, want the last of two", got)
	}
}

// FuzzParse: no text makes the reader fail, every name is one, and a setting that
// stands on a line of its own is found whatever the quotes before it.
func FuzzParse(f *testing.F) {
	for text := range seeds {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range dotenv.Parse(text) {
			if s.Name == "" || strings.ContainsAny(s.Name, " =#\n") || s.Commented && s.Value != "" {
				t.Errorf("got %+v", s)
			}
		}
		if !strings.ContainsAny(text, `"'`) {
			list := dotenv.Parse(text + "\nLAST=1\n")
			if n := len(list); n == 0 || list[n-1] != (dotenv.Setting{Name: "LAST", Value: "1"}) {
				t.Errorf("the last setting is not found in %q", text)
			}
		}
	})
}

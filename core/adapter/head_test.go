package adapter_test

import (
	"bufio"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/adapter"
)

func values(h adapter.Head, name string) []string {
	var all []string
	for i := 0; ; i++ {
		value, ok := h.Value(name, i)
		if !ok {
			return all
		}
		all = append(all, value)
	}
}

func TestHeadValue(t *testing.T) {
	for _, tt := range []struct {
		head, name string
		want       []string
	}{
		{"", "X-A", nil},
		{"X-A: 1\r\n\r\n", "X-A", []string{"1"}},
		{"X-A: 1", "X-A", []string{"1"}},
		{"x-a:\t1 \t\r\nX-B: 3\r\nX-a:2\r\n\r\n", "X-A", []string{"1", "2"}},
		{"X-A:\r\nX-A: \r\n", "X-A", []string{"", ""}},
		{"X-A: a:b\n", "X-A", []string{"a:b"}},
		{"X-Ab: 1\r\nX: 2\r\nX-A\r\n", "X-A", nil},
		{"X-A : 1\r\n X-A: 2\r\n", "X-A", nil},
		{"X-A: 1\r\n 2\r\n\tX-A: 3\r\nX-A: 4\r\n", "X-A", []string{"1\r\n 2\r\n\tX-A: 3", "4"}},
		{"X-To\u212Aen: 1\r\n", "X-Token", nil}, // the Kelvin sign folds to k
		{"Ho\u017Ft: 1\r\n", adapter.Host, nil}, // the long s folds to s
		{"X-A: 1\r\n\r\nX-A: 2\r\n", "X-A", []string{"1"}},
		{"X-A: 1\n\nX-A: 2\n", "X-A", []string{"1"}},
		{"Host: a\r\nhost: b\r\n", adapter.Host, []string{"a", "b"}},
	} {
		if got := values(adapter.Head(tt.head), tt.name); !slices.Equal(got, tt.want) {
			t.Errorf("%s in %q: got %q, want %q", tt.name, tt.head, got, tt.want)
		}
	}
}

func TestHeadHasTrailers(t *testing.T) {
	for head, want := range map[string]bool{
		"":                                   false,
		"Host: a\r\nContent-Length: 1\r\n":   false,
		"X-Transfer-Encoding: chunked\r\n":   false,
		"Transfer-Encoding: chunked\r\n":     true,
		"Host: a\r\ntransfer-encoding: x\n":  true,
		"X: 1\r\n Transfer-Encoding: no\r\n": false,
	} {
		if got := adapter.Head(head).HasTrailers(); got != want {
			t.Errorf("%q: got %v, want %v", head, got, want)
		}
	}
}

// FuzzHead compares with net/textproto, which is stricter: what it reads of a
// head without folded lines must be the same.
func FuzzHead(f *testing.F) {
	f.Add("Host: a\r\nx-a: 1\r\nX-A:\t2\r\n", "X-A")
	f.Add("X-A: 1\r\n 2\r\n", "X-A")
	f.Add("X-To\u212Aen: 1\nX-Token: 2", "X-Token")
	f.Add(":\r\n\r", "")
	f.Fuzz(func(t *testing.T, head, name string) {
		got := values(adapter.Head(head), name)
		if strings.Contains(head, "\n ") || strings.Contains(head, "\n\t") {
			return
		}
		parsed, err := textproto.NewReader(bufio.NewReader(strings.NewReader(strings.TrimRight(head, "\r\n") + "\r\n\r\n"))).ReadMIMEHeader()
		if want := parsed.Values(name); err == nil && !slices.Equal(got, want) {
			t.Errorf("%q in %q: got %q, want %q", name, head, got, want)
		}
	})
}

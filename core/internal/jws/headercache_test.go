package jws

import (
	"strings"
	"testing"
)

// TestHeaderCache: a header that was seen reads the same as at first, only the
// very same text counts, and what is remembered is a copy.
func TestHeaderCache(t *testing.T) {
	seen := NewHeaderCache()
	memory := []byte(encoded(`{"alg":"ES256","kid":"k","typ":"at+jwt"}`, `{}`))
	var first, again, other Token
	if first.Split(string(memory)) != nil || first.ReadHeader(seen) != nil {
		t.Fatal("not read")
	}
	if seen.get(first.header64) != nil {
		t.Fatal("a header is remembered before its signature verified")
	}
	seen.Put(&first)
	if again.Split(string(memory)) != nil || again.ReadHeader(seen) != nil || again.Header != first.Header {
		t.Errorf("got %+v, want %+v", again.Header, first.Header)
	}
	if other.Split(encoded(`{"alg":"ES256","kid":"l","typ":"at+jwt"}`, `{}`)) != nil || other.ReadHeader(seen) != nil || other.Header.KeyID != "l" {
		t.Errorf("got %+v for another header", other.Header)
	}
	long := Token{header64: strings.Repeat("A", maxCachedHeader+1)}
	seen.Put(&long)
	if seen.get(long.header64) != nil {
		t.Error("a long header is remembered")
	}
	if n := testing.AllocsPerRun(100, func() { seen.Put(&first); _ = seen.get(first.header64) }); n != 0 {
		t.Errorf("got %v allocations for a header that was seen", n)
	}
}

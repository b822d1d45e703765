package core

import (
	"hash/maphash"
	"strings"
	"testing"
)

// TestSeenHeaders: a header that was seen reads the same as at first, only the
// very same text counts, and what is remembered is a copy.
func TestSeenHeaders(t *testing.T) {
	seen := &seenHeaders{seed: maphash.MakeSeed()}
	memory := []byte(encoded(`{"alg":"ES256","kid":"k","typ":"at+jwt"}`, `{}`))
	var first, again, other envelope
	if first.split(string(memory)) != nil || first.readHeader(seen) != nil {
		t.Fatal("not read")
	}
	if seen.get(first.header64) != nil {
		t.Fatal("a header is remembered before its signature held")
	}
	seen.put(&first)
	if again.split(string(memory)) != nil || again.readHeader(seen) != nil || again.header != first.header {
		t.Errorf("got %+v, want %+v", again.header, first.header)
	}
	if other.split(encoded(`{"alg":"ES256","kid":"l","typ":"at+jwt"}`, `{}`)) != nil || other.readHeader(seen) != nil || other.kid != "l" {
		t.Errorf("got %+v for another header", other.header)
	}
	long := envelope{header64: strings.Repeat("A", maxSeenHeader+1)}
	seen.put(&long)
	if seen.get(long.header64) != nil {
		t.Error("a long header is remembered")
	}
	if n := testing.AllocsPerRun(100, func() { seen.put(&first); _ = seen.get(first.header64) }); n != 0 {
		t.Errorf("got %v allocations for a header that was seen", n)
	}
}

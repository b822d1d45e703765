package jws

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// HeaderCache remembers headers under which signatures verified. A key signs all
// its tokens under one header, so reading it again each time is wasted: an
// allocation and 2 % of verifying EdDSA (BenchmarkVerify/EdDSA/uncached). Make
// it with [NewHeaderCache].
type HeaderCache struct {
	seed  maphash.Seed
	slots [8]atomic.Pointer[cachedHeader]
}

type cachedHeader struct {
	encoded string
	Header
}

// maxCachedHeader is the longest header that is remembered, in bytes; longer
// ones are read each time.
const maxCachedHeader = 1024

// NewHeaderCache returns an empty cache of 8 headers.
func NewHeaderCache() *HeaderCache { return &HeaderCache{seed: maphash.MakeSeed()} }

func (c *HeaderCache) slot(encoded string) *atomic.Pointer[cachedHeader] {
	return &c.slots[maphash.String(c.seed, encoded)%uint64(len(c.slots))]
}

func (c *HeaderCache) get(encoded string) *Header {
	if len(encoded) > maxCachedHeader {
		return nil
	}
	if h := c.slot(encoded).Load(); h != nil && h.encoded == encoded {
		return &h.Header
	}
	return nil
}

// Put remembers the header of a token whose signature verified. Tokens with bad
// signatures must not get here, or anyone could push a good header out.
func (c *HeaderCache) Put(t *Token) {
	if len(t.header64) > maxCachedHeader {
		return
	}
	if slot := c.slot(t.header64); slot.Load() == nil || slot.Load().encoded != t.header64 {
		slot.Store(&cachedHeader{strings.Clone(t.header64), t.Header}) // the token may be the framework's memory
	}
}

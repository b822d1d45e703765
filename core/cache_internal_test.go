package core

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// remember takes a token through the cache as proveOnce does.
func remember(t *testing.T, c *cache, token string, payload int, now, until time.Time) {
	t.Helper()
	f, leads := c.begin(token)
	if f == nil || !leads {
		t.Fatalf("got no lead for %q", token)
	}
	c.end(f, verified{id: &Identity{payload: strings.Repeat("p", payload)}, until: until}, nil, now)
}

// check holds chains, queue and counters against each other and returns the
// texts, oldest first.
func (c *cache) check(t *testing.T) []string {
	t.Helper()
	inChains := make(map[*entry]bool)
	for i := range c.buckets {
		for e := c.buckets[i].Load(); e != nil; e = e.next.Load() {
			if inChains[e] {
				t.Fatal("an entry is in two places of the chains")
			}
			inChains[e] = true
			if c.bucket(e.hash) != &c.buckets[i] {
				t.Errorf("%q is in another chain than its own", e.text)
			}
		}
	}
	var texts []string
	bytes := 0
	var before *entry
	for e := c.oldest; e != nil; before, e = e, e.newer {
		if e.older != before || !e.resident || !inChains[e] {
			t.Fatalf("%q: older %p, want %p; resident %v, in chains %v", e.text, e.older, before, e.resident, inChains[e])
		}
		texts = append(texts, e.text)
		bytes += e.size()
	}
	if before != c.newest || len(texts) != c.count || len(texts) != len(inChains) || bytes != c.bytes || len(c.flights) != 0 {
		t.Fatalf("queue has %d, counter %d, chains %d; bytes %d, counter %d; newest %p, want %p; %d flights",
			len(texts), c.count, len(inChains), bytes, c.bytes, c.newest, before, len(c.flights))
	}
	return texts
}

// TestCacheModel compares the cache with a list, over random operations.
func TestCacheModel(t *testing.T) {
	const limit = 40
	type known struct {
		token string
		until time.Time
	}
	random := rand.New(rand.NewPCG(1, 2))
	c := newCache(limit)
	c.buckets = c.buckets[:4] // long chains
	now := time.Unix(1_700_000_000, 0)
	var model []known
	for range 5000 {
		token := fmt.Sprintf("token-%d", random.IntN(120))
		found := -1
		for i := range model {
			if model[i].token == token {
				found = i
			}
		}
		e := c.get(token)
		if (e != nil) != (found >= 0) {
			t.Fatalf("%s: found %v, want %v", token, e != nil, found >= 0)
		}
		switch op := random.IntN(10); {
		case e != nil && op < 4:
			c.remove(e)
			c.remove(e) // a second goroutine that found it too
			model = append(model[:found:found], model[found+1:]...)
		case e == nil && op < 9:
			until := now.Add(time.Duration(random.IntN(60)) * time.Second)
			remember(t, c, token, random.IntN(100), now, until)
			for len(model) > 0 && !now.Before(model[0].until) {
				model = model[1:]
			}
			model = append(model, known{token, until})
			model = model[max(0, len(model)-limit):]
		default:
			now = now.Add(time.Second)
		}
		texts := c.check(t)
		if len(texts) != len(model) {
			t.Fatalf("got %d entries, want %d", len(texts), len(model))
		}
		for i := range texts {
			if texts[i] != model[i].token {
				t.Fatalf("entry %d: got %s, want %s", i, texts[i], model[i].token)
			}
		}
	}
}

func TestCacheBytes(t *testing.T) {
	c := newCache(1 << 20)
	now := time.Unix(1_700_000_000, 0)
	const payload = 3000
	size := maxCachedTokenBytes + payload + entryOverhead
	for i := range 2 * maxCacheBytes / size {
		token := fmt.Sprintf("%0*d", maxCachedTokenBytes, i)
		remember(t, c, token, payload, now, now.Add(time.Hour))
		if c.bytes > maxCacheBytes {
			t.Fatalf("got %d bytes after %d tokens, the limit is %d", c.bytes, i+1, maxCacheBytes)
		}
	}
	if got, want := len(c.check(t)), maxCacheBytes/size; got != want {
		t.Errorf("got %d tokens in %d bytes, want %d", got, c.bytes, want)
	}
}

// TestCacheSameToken: two flights cannot be under way for one token, and none
// starts for a token that is there already.
func TestCacheSameToken(t *testing.T) {
	c := newCache(10)
	now := time.Unix(1_700_000_000, 0)
	f, leads := c.begin("a")
	if f == nil || !leads {
		t.Fatal("got no lead")
	}
	if again, leads := c.begin("a"); again != f || leads {
		t.Errorf("got %p, %v, want the flight under way", again, leads)
	}
	c.flights[f.hash] = &flight{hash: f.hash, token: "b"} // as if their hashes were equal
	if other, leads := c.begin("a"); other != nil || leads {
		t.Errorf("got %p, %v, want neither", other, leads)
	}
	c.flights[f.hash] = f
	first := &Identity{payload: "1"}
	c.end(f, verified{id: first, until: now.Add(time.Hour)}, nil, now)
	late, leads := c.begin("a") // by a request that looked before the first flight ended
	if late == nil || leads || late.id != first {
		t.Fatalf("got %+v, %v, want what the first flight brought", late, leads)
	}
	<-late.done
	c.check(t)
}

// TestRefusedIsNotKept: errors and nothing at all leave no entry.
func TestRefusedIsNotKept(t *testing.T) {
	c := newCache(10)
	now := time.Unix(1_700_000_000, 0)
	for _, err := range []error{errSignature, unavailable("x", nil), nil} {
		f, _ := c.begin("a")
		c.end(f, verified{}, err, now)
		if c.get("a") != nil {
			t.Errorf("%v: got an entry", err)
		}
	}
	if texts := c.check(t); len(texts) != 0 {
		t.Errorf("got %q, want nothing", texts)
	}
	long := strings.Repeat("x", maxCachedTokenBytes+1)
	if c.get(long) != nil {
		t.Error("got an entry for a long token")
	}
}

// TestCacheCountsAllThatItKeeps: lists, strings that were unescaped and data of the
// provider count, or an issuer's tokens could take more than the limit.
func TestCacheCountsAllThatItKeeps(t *testing.T) {
	roles := make([]string, 185)
	for i := range roles {
		roles[i] = "role"
	}
	plain := &entry{text: "t", verified: verified{id: &Identity{payload: "{}"}}}
	lists := &entry{text: "t", verified: verified{id: &Identity{payload: "{}", data: IdentityData{Roles: roles}}}}
	escaped := &entry{text: "t", verified: verified{id: &Identity{payload: `{\}`, data: IdentityData{Roles: roles}}}}
	provider := &entry{text: "t", verified: verified{id: &Identity{payload: "{}", data: IdentityData{ProviderData: 1}}}}
	if got := lists.size() - plain.size(); got != 185*16 {
		t.Errorf("185 roles count %d bytes, want 16 for each", got)
	}
	if got := escaped.size() - lists.size(); got != 185*4+1 {
		t.Errorf("185 unescaped roles count %d bytes more, want their text", got)
	}
	if got := provider.size() - plain.size(); got != providerOverhead {
		t.Errorf("data of the provider counts %d bytes, want %d", got, providerOverhead)
	}
}

package revocation

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/store"
)

func filled(tb testing.TB) *List {
	tb.Helper()
	l := newList(tb, on(store.NewMemory(store.MemoryOptions{})))
	now := time.Now()
	for i := range 10_000 { // not through the store, which takes seconds
		for _, k := range []kind{session, token, subject, organization, client} {
			e, err := l.newEntry(k, iss, fmt.Sprint("id_", i), now)
			if err != nil {
				tb.Fatal(err)
			}
			l.known.put(e, 0, now)
		}
	}
	return l
}

func BenchmarkRevoked(b *testing.B) {
	l := filled(b)
	for name, id := range map[string]*core.Identity{
		"miss": caller(), "hit": caller(func(d *core.IdentityData) { d.SessionID = "id_77" }),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if revoked, err := l.Revoked(context.Background(), id); err != nil || revoked != (name == "hit") {
					b.Fatal(revoked, err)
				}
			}
		})
	}
	b.Run("empty", func(b *testing.B) {
		l, id := newList(b, on(store.NewMemory(store.MemoryOptions{}))), caller()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := l.Revoked(context.Background(), id); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestRevokedAllocatesNothing(t *testing.T) {
	l := newList(t) // without a store: no reading of it in between
	must(t, l.RevokeSession(t.Context(), iss, "sess_2"))
	for _, id := range []*core.Identity{caller(), caller(func(d *core.IdentityData) { d.SessionID = "sess_2" })} {
		if n := testing.AllocsPerRun(100, func() { _, _ = l.Revoked(t.Context(), id) }); n != 0 {
			t.Errorf("got %v allocations, want 0", n)
		}
	}
}

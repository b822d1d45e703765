package journal_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core/internal/journal"
	"github.com/authkeel/authkeel/core/store"
)

func read(t *testing.T, j *journal.Journal) []string {
	t.Helper()
	h, err := j.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for from := h.First; from <= h.Last; from += journal.MaxRead {
		entries, err := j.Entries(t.Context(), from, h.Last)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, entries...)
	}
	return all
}

// TestWritersAtOnce: no entry is lost, also in an empty journal, and each has a
// number of its own.
func TestWritersAtOnce(t *testing.T) {
	const writers, each = 8, 20
	s := store.NewMemory(store.MemoryOptions{})
	newOne := func() *journal.Journal { return journal.New(s, "j:", time.Hour, time.Hour, time.Now) }
	var wg sync.WaitGroup
	for w := range writers {
		j := newOne()
		wg.Go(func() {
			for i := range each {
				if err := j.Add(context.Background(), fmt.Sprintf("%d_%d", w, i), 0); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := read(t, newOne())
	slices.Sort(got)
	if got = slices.Compact(got); len(got) != writers*each || got[0] == "" {
		t.Errorf("read %d entries, want %d", len(got), writers*each)
	}
}

// TestWriterThatDied leaves an entry beyond the head: the next writer counts it.
func TestWriterThatDied(t *testing.T) {
	s := store.NewMemory(store.MemoryOptions{})
	j := journal.New(s, "j:", time.Hour, time.Hour, time.Now)
	if err := j.Add(t.Context(), "a", 0); err != nil {
		t.Fatal(err)
	}
	h, err := j.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Set(t.Context(), j.EntryKey(h.Last+1), "b", time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := j.Add(t.Context(), "c", 0); err != nil {
		t.Fatal(err)
	}
	if got := read(t, j); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("got %q", got)
	}
}

func TestNeeded(t *testing.T) {
	j := journal.New(store.NewMemory(store.MemoryOptions{}), "j:", time.Hour, time.Hour, time.Now)
	add := func(entry string, needed int64) journal.Head {
		t.Helper()
		if err := j.Add(t.Context(), entry, needed); err != nil {
			t.Fatal(err)
		}
		h, err := j.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	first := add("a", 0).First
	add("b", 0)
	if h := add("c", first+1); h.First != first+1 || h.Last != first+2 {
		t.Errorf("got %v, want the entries from b to c", h)
	}
	if h := add("d", first); h.First != first+1 {
		t.Errorf("got %v: an entry came back", h)
	}
	if h := add("e", first+100); h.First != h.Last { // e itself is needed whatever the caller knows
		t.Errorf("got %v, want e alone", h)
	}
	if got := read(t, j); !slices.Equal(got, []string{"e"}) {
		t.Errorf("got %q", got)
	}
}

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := journal.New(store.NewMemory(store.MemoryOptions{}), "j:", time.Minute, time.Hour, time.Now)
		if err := j.Add(t.Context(), "a", 0); err != nil {
			t.Fatal(err)
		}
		before, _ := j.Head(t.Context())
		time.Sleep(30 * time.Second)
		if err := j.Add(t.Context(), "b", 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		if got := read(t, j); !slices.Equal(got, []string{"", "b"}) {
			t.Errorf("got %q", got)
		}
		time.Sleep(time.Hour)
		if h, err := j.Head(t.Context()); h != (journal.Head{}) || err != nil {
			t.Errorf("got %v, %v, want no head", h, err)
		}
		if err := j.Add(t.Context(), "c", 0); err != nil {
			t.Fatal(err)
		}
		if h, err := j.Head(t.Context()); err != nil || h.First <= before.Last || h.First != h.Last {
			t.Errorf("got %v, %v: the numbers must be new ones", h, err)
		}
	})
}

func TestDamagedHead(t *testing.T) {
	s := store.NewMemory(store.MemoryOptions{})
	j := journal.New(s, "j:", time.Hour, time.Hour, time.Now)
	for _, text := range []string{"x", "1", "5 1", "0 0", "-1 -2", "1 2 3", "01 2", " 1 2", "1 99999999999999999999"} {
		if err := s.Set(t.Context(), j.HeadKey(), text, time.Hour); err != nil {
			t.Fatal(err)
		}
		if h, err := j.Head(t.Context()); err == nil {
			t.Errorf("head %q: got %v, want an error", text, h)
		}
		if err := j.Add(t.Context(), "a", 0); err == nil {
			t.Errorf("head %q: Add returned no error", text)
		}
	}
}

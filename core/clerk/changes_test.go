package clerk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core/internal/journal"
	"github.com/authkeel/authkeel/core/store"
	"github.com/authkeel/authkeel/core/webhook"
)

// failingStore is a store that a test switches off.
type failingStore struct {
	store.Store
	mu  sync.Mutex
	err error
	n   int // calls of Get
}

func (s *failingStore) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *failingStore) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	return s.err
}

func (s *failingStore) Get(ctx context.Context, keys ...string) ([]string, error) {
	if err := s.failure(); err != nil {
		return nil, err
	}
	return s.Store.Get(ctx, keys...)
}

// replicas are Directories over one fake Clerk and one store.
func replicas(t *testing.T, n int, f *fakeUsers, s store.Store) []*Directory {
	t.Helper()
	list := make([]*Directory, n)
	for i := range list {
		list[i] = newDirectory(t, f, func(cfg *DirectoryConfig) { cfg.Store, cfg.Memberships = s, f })
	}
	return list
}

// TestRoleChangeReachesReplicas: an event that one replica receives counts on all
// of them within a second.
func TestRoleChangeReachesReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.orgs = map[string][]string{"user_ada": {"org_1"}}
		all := replicas(t, 3, f, store.NewMemory(store.MemoryOptions{}))
		for range 3 { // the first time the journal is empty
			f.set(func(f *fakeUsers) { f.users["user_ada"] = user("user_ada", `{"role":"admin"}`) })
			if err := all[0].Forget(t.Context(), "user_ada"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(syncEvery)
			for i, d := range all {
				if got := roles(t, d); !slices.Equal(got, []string{"admin"}) {
					t.Fatalf("replica %d: got %v before the change", i, got)
				}
			}
			f.set(func(f *fakeUsers) { f.users["user_ada"] = user("user_ada", `{"role":"member"}`) })
			event := &webhook.Event{Type: UserUpdated, Data: []byte(`{"id":"user_ada"}`)}
			if err := all[1].Invalidate(t.Context(), event); err != nil {
				t.Fatal(err)
			}
			time.Sleep(syncEvery)
			for i, d := range all {
				if got := roles(t, d); !slices.Equal(got, []string{"member"}) {
					t.Errorf("replica %d: got %v a second after the event", i, got)
				}
			}
		}
		before := f.count()
		if err := all[2].Invalidate(t.Context(), &webhook.Event{Type: OrganizationDeleted, Data: []byte(`{"id":"org_1"}`)}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(syncEvery)
		for _, d := range all {
			roles(t, d)
		}
		if n := f.count() - before; n != len(all) {
			t.Errorf("after the organization was deleted: %d lookups, want one on each replica", n)
		}
	})
}

// TestChangeForgetsNobodyElse: other users stay remembered, and the store is read
// once a second however many requests come.
func TestChangeForgetsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.users["user_mo"] = user("user_mo", `{}`)
		s := &failingStore{Store: store.NewMemory(store.MemoryOptions{})}
		all := replicas(t, 2, f, s)
		mo := func(d *Directory) {
			if _, err := d.User(t.Context(), "user_mo"); err != nil {
				t.Fatal(err)
			}
		}
		if err := all[0].Forget(t.Context(), "user_x"); err != nil {
			t.Fatal(err)
		}
		mo(all[1])
		before := f.count()
		for i := range 50 {
			if err := all[0].Forget(t.Context(), fmt.Sprint("user_", i)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(syncEvery)
		reads := s.n
		for range 100 {
			mo(all[1])
		}
		if n := f.count() - before; n != 0 {
			t.Errorf("%d lookups of a user who did not change, want none", n)
		}
		if n := s.n - reads; n != 2 { // the head, and the entries
			t.Errorf("%d reads of the store, want 2", n)
		}
		for i := range journal.MaxRead + 1 {
			if err := all[0].Forget(t.Context(), fmt.Sprint("user_", i)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(syncEvery)
		mo(all[1])
		if n := f.count() - before; n != 1 {
			t.Errorf("%d lookups after more changes than are read at once, want 1", n)
		}
	})
}

// TestJournalThatExpired: a replica that cannot know what it missed forgets
// everything.
func TestJournalThatExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory(store.MemoryOptions{})
		j := newChanges(s, "default", time.Minute, time.Now, slog.New(slog.DiscardHandler))
		var forgotten []string
		sync := func() []string {
			forgotten = nil
			j.sync(t.Context(), func(id string) { forgotten = append(forgotten, id) })
			return forgotten
		}
		add := func(id string) {
			if err := newChanges(s, "default", time.Minute, time.Now, slog.New(slog.DiscardHandler)).add(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		sync()
		add("user_a")
		time.Sleep(syncEvery)
		if got := sync(); !slices.Equal(got, []string{""}) {
			t.Errorf("the journal's beginning: got %q, want everything", got)
		}
		add("user_b")
		time.Sleep(syncEvery)
		if got := sync(); !slices.Equal(got, []string{"user_b"}) {
			t.Errorf("a change: got %q", got)
		}
		time.Sleep(2 * time.Hour)
		if got := sync(); !slices.Equal(got, []string{""}) {
			t.Errorf("an expired journal: got %q, want everything", got)
		}
		add("user_c")
		time.Sleep(syncEvery)
		if got := sync(); !slices.Equal(got, []string{""}) {
			t.Errorf("a new journal: got %q, want everything", got)
		}
		// A store that took over has lost user_c, and gave its number to another.
		head, err := j.journal.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Set(t.Context(), j.journal.EntryKey(head.Last), "user_d", time.Hour); err != nil {
			t.Fatal(err)
		}
		time.Sleep(syncEvery)
		if got := sync(); !slices.Equal(got, []string{""}) {
			t.Errorf("another entry with the number of one that was read: got %q, want everything", got)
		}
		time.Sleep(syncEvery)
		if got := sync(); got != nil {
			t.Errorf("after that: got %q, want nothing", got)
		}
		if err := s.Set(t.Context(), j.journal.HeadKey(), "x", time.Hour); err != nil {
			t.Fatal(err)
		}
		time.Sleep(syncEvery)
		if got := sync(); got != nil {
			t.Errorf("a damaged head: got %q, want nothing and a warning", got)
		}
	})
}

// TestStoreOutage: while the store is away rights count until MaxAge, an event
// fails so that it is delivered again, and one line says so.
func TestStoreOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		s := &failingStore{Store: store.NewMemory(store.MemoryOptions{})}
		var log bytes.Buffer
		d := newDirectory(t, f, func(cfg *DirectoryConfig) {
			cfg.Store, cfg.Logger = s, slog.New(slog.NewTextHandler(&log, nil))
		})
		roles(t, d)
		s.set(store.ErrUnavailable)
		for range 5 {
			time.Sleep(syncEvery)
			if got := roles(t, d); !slices.Equal(got, []string{"admin"}) {
				t.Errorf("got %v", got)
			}
		}
		if n := bytes.Count(log.Bytes(), []byte("\n")); n != 1 {
			t.Errorf("got %d lines, want 1: %s", n, log.String())
		}
		f.set(func(f *fakeUsers) { f.users["user_ada"] = user("user_ada", `{"role":"member"}`) })
		err := d.Invalidate(t.Context(), &webhook.Event{Type: UserUpdated, Data: []byte(`{"id":"user_ada"}`)})
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("an event: got %v, want the store's outage", err)
		}
		if got := roles(t, d); !slices.Equal(got, []string{"member"}) {
			t.Errorf("the replica that received it: got %v", got)
		}
	})
}

// hangingStore is a store that ignores its context and does not return before
// release is closed.
type hangingStore struct {
	store.Store
	release chan struct{}
	calls   atomic.Int64
}

func (s *hangingStore) Get(ctx context.Context, keys ...string) ([]string, error) {
	s.calls.Add(1)
	<-s.release
	return s.Store.Get(context.WithoutCancel(ctx), keys...)
}

// TestStoreThatHangs: no request waits longer for it than one call may take, one
// call is under way at most, and one line says so.
func TestStoreThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &hangingStore{Store: store.NewMemory(store.MemoryOptions{}), release: make(chan struct{})}
		var log bytes.Buffer
		d := newDirectory(t, newFake(), func(cfg *DirectoryConfig) {
			cfg.Store, cfg.Logger = s, slog.New(slog.NewTextHandler(&log, nil))
		})
		var wait sync.WaitGroup
		for _, want := range []time.Duration{journal.Timeout, 0} {
			start := time.Now()
			for range 10 {
				wait.Go(func() {
					if got, waited := roles(t, d), time.Since(start); !slices.Equal(got, []string{"admin"}) || waited != want {
						t.Errorf("got %v after %v, want admin after %v", got, waited, want)
					}
				})
			}
			wait.Wait()
			time.Sleep(2 * syncEvery)
		}
		if n := s.calls.Load(); n != 1 {
			t.Errorf("%d calls of the store, want 1", n)
		}
		if n := strings.Count(log.String(), "\n"); n != 1 {
			t.Errorf("got %d lines, want 1: %s", n, log.String())
		}
		close(s.release)
		synctest.Wait()
		roles(t, d)
		if n := s.calls.Load(); n < 2 {
			t.Error("the store is not read again")
		}
	})
}

// TestPanicOfTheStore: it is read on a goroutine of the Directory.
func TestPanicOfTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, fault := range map[string]func(){"a panic": func() { panic("a nil connection") }, "the end of its goroutine": runtime.Goexit} {
			var log bytes.Buffer
			d := newDirectory(t, newFake(), func(cfg *DirectoryConfig) {
				cfg.Store, cfg.Logger = faultyStore{store.NewMemory(store.MemoryOptions{}), fault}, slog.New(slog.NewTextHandler(&log, nil))
			})
			if got := roles(t, d); !slices.Equal(got, []string{"admin"}) || !strings.Contains(log.String(), "panicked") {
				t.Errorf("%s: got %v and the log %q", name, got, log.String())
			}
		}
	})
}

type faultyStore struct {
	store.Store
	fault func()
}

func (s faultyStore) Get(context.Context, ...string) ([]string, error) { s.fault(); return nil, nil }

func TestDirectoryStoreConfig(t *testing.T) {
	s := store.NewMemory(store.MemoryOptions{})
	for name, cfg := range map[string]DirectoryConfig{
		"a colon":       {Users: newFake(), Store: s, Name: "a:b"},
		"a long name":   {Users: newFake(), Store: s, Name: string(make([]byte, 65))},
		"a long MaxAge": {Users: newFake(), Store: s, MaxAge: store.MaxDuration},
	} {
		if _, err := NewDirectory(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	a, b := newDirectory(t, newFake(), func(c *DirectoryConfig) { c.Store, c.Name = s, "a" }), newDirectory(t, newFake(), func(c *DirectoryConfig) { c.Store, c.Name = s, "b" })
	if a.changes.journal.HeadKey() == b.changes.journal.HeadKey() {
		t.Error("two names share a journal")
	}
}

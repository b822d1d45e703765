package clerk

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/store"
)

const (
	// syncEvery is how long a replica may not know of a change on another one.
	syncEvery   = time.Second
	syncTimeout = 250 * time.Millisecond // of the Store, before a request goes on without it
	maxEntries  = 100                    // read at once; with more changes everything is forgotten
)

// journal is the list of recent changes that the replicas share. The store holds
// the number of the newest entry, the head, and the entries under their numbers:
// the ID of a user or an organization each. A replica reads the head once a
// second while it has requests, and the entries since it last looked.
//
// Entries live longer than anything that replicas remember. When the head is
// missing or lower than before, or an entry is missing, nothing is certain and
// the replica forgets everything.
type journal struct {
	store  store.Store
	prefix string
	ttl    time.Duration
	now    func() time.Time
	logger *slog.Logger

	mu      sync.Mutex // held while the store is asked, so that one request does
	checked time.Time
	known   bool  // head was read at least once
	head    int64 // the newest entry that this replica knows; 0 for an empty journal
	warned  time.Time
}

func newJournal(s store.Store, name string, remembered time.Duration, now func() time.Time, logger *slog.Logger) *journal {
	return &journal{store: s, prefix: "clerk:directory:" + name + ":", ttl: remembered + time.Hour, now: now, logger: logger}
}

func (j *journal) headKey() string { return j.prefix + "head" }

func (j *journal) entryKey(n int64) string { return j.prefix + strconv.FormatInt(n, 10) }

// add appends an entry.
func (j *journal) add(ctx context.Context, id string) error {
	const attempts = 100 // each that fails lets another replica's entry in
	for range attempts {
		head, text, err := j.readHead(ctx)
		if err != nil {
			return err
		}
		if text == "" {
			// An empty journal starts at the time in milliseconds: higher than any number
			// that a replica remembers from a journal that expired.
			if _, _, err := j.store.Swap(ctx, j.headKey(), "", strconv.FormatInt(j.now().UnixMilli(), 10), j.ttl); err != nil {
				return fmt.Errorf("clerk: the change was not announced to other replicas: %w", err)
			}
			continue
		}
		next := head + 1
		_, added, err := j.store.Swap(ctx, j.entryKey(next), "", id, j.ttl)
		if err != nil {
			return fmt.Errorf("clerk: the change was not announced to other replicas: %w", err)
		}
		// A replica that finds an entry beyond the head moves the head in place of the
		// entry's writer, which may have died.
		if _, _, err := j.store.Swap(ctx, j.headKey(), text, strconv.FormatInt(next, 10), j.ttl); err != nil {
			return fmt.Errorf("clerk: the change was not announced to other replicas: %w", err)
		}
		if added {
			return nil
		}
	}
	return fmt.Errorf("clerk: the change was not announced to other replicas: too many at once: %w", store.ErrUnavailable)
}

// readHead returns the number of the newest entry and its text, "" for an empty
// journal.
func (j *journal) readHead(ctx context.Context) (int64, string, error) {
	values, err := j.store.Get(ctx, j.headKey())
	if err != nil {
		return 0, "", fmt.Errorf("clerk: DirectoryConfig.Store: %w", err)
	}
	if values[0] == "" {
		return 0, "", nil
	}
	head, err := strconv.ParseInt(values[0], 10, 64)
	if err != nil || head < 1 {
		return 0, "", fmt.Errorf("clerk: DirectoryConfig.Store has %.40q as the head of the journal", values[0])
	}
	return head, values[0], nil
}

// sync calls forget for each change since the last time, at most once a second,
// and with "" for everything. While the store does not answer, what is
// remembered counts until its MaxAge, as without a store.
func (j *journal) sync(ctx context.Context, forget func(id string)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.now().Round(0)
	if age := now.Sub(j.checked); age >= 0 && age < syncEvery {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), syncTimeout)
	defer cancel()
	err := j.read(ctx, forget)
	j.checked = now
	if err != nil && now.Sub(j.warned) >= warnEvery {
		j.warned = now
		j.logger.WarnContext(ctx, "clerk: changes on other replicas are not seen: rights count until MaxAge", "error", err)
	}
}

func (j *journal) read(ctx context.Context, forget func(id string)) error {
	head, _, err := j.readHead(ctx)
	if err != nil {
		return err
	}
	known, last := j.known, j.head
	switch {
	case known && head == last:
		return nil
	case !known, head < last, head-last > maxEntries:
		j.known, j.head = true, head
		forget("")
		return nil
	}
	keys := make([]string, 0, head-last)
	for n := last + 1; n <= head; n++ {
		keys = append(keys, j.entryKey(n))
	}
	ids, err := j.store.Get(ctx, keys...)
	if err != nil {
		return fmt.Errorf("clerk: DirectoryConfig.Store: %w", err)
	}
	j.head = head
	for _, id := range ids {
		forget(id) // "" for an entry that is missing
	}
	return nil
}

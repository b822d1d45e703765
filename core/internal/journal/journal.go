// Package journal spreads changes to all replicas that share a store.
//
// A journal is a list of numbered entries. The store holds the head, which is the
// numbers of the first and of the last entry, and each entry under its number. A
// replica reads the head from time to time, and the entries since it last looked.
package journal

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/store"
)

const (
	// MaxRead is the most entries that one call of Entries reads.
	MaxRead = 100
	// Timeout is how long one call of a store may take when a journal is read.
	Timeout = 250 * time.Millisecond
)

// Journal is one journal in a store. Its methods may be called from many
// goroutines and on many replicas at once.
type Journal struct {
	store             store.Store
	prefix            string
	entryTTL, headTTL time.Duration
	now               func() time.Time
}

// New returns the journal whose keys begin with prefix. An entry lives for
// entryTTL. The head lives for headTTL after the last entry, which must not be
// shorter than entryTTL on any replica.
func New(s store.Store, prefix string, entryTTL, headTTL time.Duration, now func() time.Time) *Journal {
	return &Journal{store: s, prefix: prefix, entryTTL: entryTTL, headTTL: headTTL, now: now}
}

// Head says which entries there are. Without entries, First is Last+1. It is zero
// for a journal that was never written, or that the store has lost.
type Head struct {
	First int64 // the first entry that somebody may need
	Last  int64 // the newest entry
}

// String is how the store holds a head.
func (h Head) String() string {
	return strconv.FormatInt(h.First, 10) + " " + strconv.FormatInt(h.Last, 10)
}

func parseHead(text string) (h Head, ok bool) {
	first, last, _ := strings.Cut(text, " ")
	var errs [2]error
	h.First, errs[0] = strconv.ParseInt(first, 10, 64)
	h.Last, errs[1] = strconv.ParseInt(last, 10, 64)
	return h, errs == [2]error{} && h.First >= 1 && h.Last >= h.First-1 && h.String() == text
}

// HeadKey is the key of the head in the store.
func (j *Journal) HeadKey() string { return j.prefix + "head" }

// Key is a key beside those of the head and the entries.
func (j *Journal) Key(name string) string { return j.prefix + name }

// EntryKey is the key of an entry in the store.
func (j *Journal) EntryKey(n int64) string { return j.prefix + strconv.FormatInt(n, 10) }

// Head reads the head.
func (j *Journal) Head(ctx context.Context) (Head, error) {
	h, _, err := j.Look(ctx, 0)
	return h, err
}

// Look reads the head, and the entry with a number, "" when it is not there. A
// replica that gives the last number it knows sees by its entry whether this is
// still the journal that it has read: a store that was emptied, or that took over
// from one that had more, may have given the number to another entry.
func (j *Journal) Look(ctx context.Context, n int64) (h Head, entry string, err error) {
	keys := []string{j.HeadKey(), j.EntryKey(n)}
	if n == 0 { // there is none
		keys = keys[:1]
	}
	values, err := j.store.Get(ctx, keys...)
	if err != nil {
		return Head{}, "", err
	}
	if n != 0 {
		entry = values[1]
	}
	if values[0] == "" {
		return Head{}, entry, nil
	}
	h, ok := parseHead(values[0])
	if !ok {
		return Head{}, "", fmt.Errorf("the store has %.40q as the head of the journal", values[0])
	}
	return h, entry, nil
}

// Entries reads the entries from the first number to the last one, both included
// and [MaxRead] at most. An entry that expired, or that the store has lost, is "".
func (j *Journal) Entries(ctx context.Context, first, last int64) ([]string, error) {
	keys := make([]string, 0, MaxRead)
	for n := first; n <= last && len(keys) < MaxRead; n++ {
		keys = append(keys, j.EntryKey(n))
	}
	return j.store.Get(ctx, keys...)
}

// Add appends an entry. needed is the lowest number of an entry that the caller
// knows to be needed still, 0 when it does not know: those before it are left out
// from now on. After an error it is not known whether the entry was added.
func (j *Journal) Add(ctx context.Context, entry string, needed int64) error {
	const attempts = 100 // each that fails lets another replica's entry in
	for range attempts {
		old, err := j.Head(ctx)
		if err != nil {
			return err
		}
		if old == (Head{}) {
			// A new journal starts at the time in milliseconds: higher than any number
			// that a replica remembers from a journal that the store has lost.
			n := j.now().UnixMilli()
			if _, _, err := j.store.Swap(ctx, j.HeadKey(), "", Head{First: n + 1, Last: n}.String(), j.headTTL); err != nil {
				return err
			}
			continue
		}
		next := Head{First: max(old.First, min(needed, old.Last+1)), Last: old.Last + 1}
		_, added, err := j.store.Swap(ctx, j.EntryKey(next.Last), "", entry, j.entryTTL)
		if err != nil {
			return err
		}
		// A replica that finds an entry beyond the head moves the head in place of the
		// entry's writer, which may have died.
		if _, _, err := j.store.Swap(ctx, j.HeadKey(), old.String(), next.String(), j.headTTL); err != nil {
			return err
		}
		if added {
			return nil
		}
	}
	return fmt.Errorf("too many entries at once: %w", store.ErrUnavailable)
}

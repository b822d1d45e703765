package revocation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/authkeel/authkeel/core/internal/journal"
	"github.com/authkeel/authkeel/core/internal/safelog"
)

const (
	// refreshAfter is the age at which a request starts a reading of the journal,
	// without waiting for it.
	refreshAfter = 500 * time.Millisecond
	// maxAge is the age at which a request waits for a reading.
	maxAge = time.Second
	// retryAfter is the pause after a reading that failed.
	retryAfter = 250 * time.Millisecond
)

// flight is a reading of the journal for which requests wait.
type flight struct {
	done    chan struct{}
	started int64
}

// elapsed is the time since the list was made. It does not follow changes of the
// system's clock.
func (l *List) elapsed() int64 { return int64(l.cfg.Now().Sub(l.started)) }

// isFresh reports whether what is known is younger than limit at a time. A reading
// may have begun after that time; one that began long after it shows that Now was
// set back, and its age is not known.
func (l *List) isFresh(now int64, limit time.Duration) bool {
	age := now - l.fresh.Load()
	return -int64(limit) < age && age < int64(limit)
}

// current returns nil when what is known is younger than a second, or counts all
// the same by AllowStale. It reads the journal when it has to.
func (l *List) current(ctx context.Context, at time.Time) error {
	now := int64(at.Sub(l.started))
	if l.isFresh(now, refreshAfter) {
		return nil
	}
	f := l.refresh(now)
	if l.isFresh(now, maxAge) {
		return nil
	}
	if f != nil && !l.outlasts(now) {
		if err := f.wait(ctx, now); err != nil {
			return err
		}
		if l.isFresh(now, maxAge) {
			return nil
		}
	}
	if l.isFresh(now, maxAge+l.cfg.AllowStale) && l.cfg.AllowStale > 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		return errSlow
	}
	return fmt.Errorf("revocation: the store could not be read for more than %v: %w", maxAge+l.cfg.AllowStale, l.err)
}

var errSlow = errors.New("revocation: the store has not answered in time, or there is more to read than could be read until now")

// outlasts reports whether the outage is known and AllowStale covers it, so that
// no request has to wait for the store.
func (l *List) outlasts(now int64) bool {
	if l.cfg.AllowStale == 0 || !l.isFresh(now, maxAge+l.cfg.AllowStale) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err != nil
}

// refresh returns the reading that runs. It starts one where none does, unless the
// last one failed a moment ago: then it returns nil.
func (l *List) refresh(now int64) *flight {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.flight != nil {
		return l.flight
	}
	if pause := now - l.attempted; l.err != nil && pause >= 0 && pause < int64(retryAfter) {
		return nil
	}
	f := &flight{done: make(chan struct{}), started: now}
	l.flight = f
	// A goroutine of its own: the request that started it may end, and others wait.
	go func() {
		defer close(f.done)
		began, err := l.readJournal(context.Background())
		l.mu.Lock()
		defer l.mu.Unlock()
		if err == nil {
			l.fresh.Store(began) // with mu: or a request could take a reading that is over for one that is slow
		}
		l.flight, l.err, l.attempted = nil, err, l.elapsed()
		l.report()
		if err != nil {
			l.retryLater()
		}
	}()
	return f
}

// wait returns when the reading has ended or has taken too long, and an error when
// the request has ended.
func (f *flight) wait(ctx context.Context, now int64) error {
	rest := journal.Timeout - time.Duration(now-f.started)
	if rest <= 0 {
		return nil
	}
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-f.done:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// report logs the beginning and the end of an outage that requests notice. l.mu is
// held.
func (l *List) report() {
	switch {
	case l.err == nil && l.reported:
		l.reported = false
		safelog.Log(context.Background(), l.logger(), slog.LevelInfo, "authkeel: revocations are read from the store again")
	case l.err != nil && !l.reported && !l.isFresh(l.attempted, maxAge):
		l.reported = true
		meanwhile := "every token is refused with status 503"
		if l.cfg.AllowStale > 0 {
			meanwhile = "the revocations that are known count, for " + l.cfg.AllowStale.String() + " at most"
		}
		safelog.Log(context.Background(), l.logger(), slog.LevelError, "authkeel: revocations cannot be read from the store",
			slog.String("error", l.err.Error()), slog.String("meanwhile", meanwhile))
	}
}

// read reads the journal for a caller that waits for it.
func (l *List) read(ctx context.Context) error {
	began, err := l.readJournal(ctx)
	if err == nil {
		l.fresh.Store(began)
	}
	return err
}

// readJournal reads the entries since the last time, and the first time all that may
// be in force. After an error the next call goes on where this one stopped. began is
// when it started: nothing that was revoked before then is missing.
func (l *List) readJournal(ctx context.Context) (began int64, err error) {
	l.reading.Lock()
	defer l.reading.Unlock()
	defer func() {
		if recover() != nil { // it may run on a goroutine of ours
			err = errors.New("revocation: Config.Store panicked")
		}
	}()
	began = l.elapsed()
	var head journal.Head
	lastText, err := within(ctx, func(ctx context.Context) (text string, err error) {
		head, text, err = l.journal.Look(ctx, l.last)
		return text, err
	})
	if err != nil {
		return 0, err
	}
	if head.Last < l.last || lastText != l.lastText && (lastText != "" || l.inForce(l.lastText)) {
		// What this replica knows stays in force.
		l.last, l.lastText = 0, ""
		l.known.forgetNumbers()
		l.unshared.Store(true)
		safelog.Log(ctx, l.logger(), slog.LevelError, "authkeel: the store has lost revocations; those that this replica knows are written again")
	}
	for from := max(l.last+1, head.First); from <= head.Last; from = l.last + 1 {
		to := min(from+journal.MaxRead-1, head.Last)
		entries, err := within(ctx, func(ctx context.Context) ([]string, error) { return l.journal.Entries(ctx, from, to) })
		if err != nil {
			return 0, err
		}
		if err := l.apply(entries, from); err != nil {
			return 0, err
		}
		l.last, l.lastText = to, entries[len(entries)-1]
	}
	if l.last != head.Last { // a journal without entries
		l.last, l.lastText = head.Last, ""
	}
	l.republish()
	return began, nil
}

// inForce reports whether an entry is, and will be for as long as clocks of
// replicas may differ.
func (l *List) inForce(text string) bool {
	e, ok := parseEntry(text)
	return ok && e.until > l.cfg.Now().Add(time.Minute).Unix()
}

// apply puts entries of the journal into the table. One that cannot be read may be
// a revocation, so nothing is certain as long as the store has it.
func (l *List) apply(entries []string, from int64) error {
	now := l.cfg.Now()
	list := make([]entry, len(entries))
	for i, text := range entries {
		if text == "" {
			continue // it has expired
		}
		e, ok := parseEntry(text)
		if !ok {
			return fmt.Errorf("the record %s is not a revocation that this version can read: remove it from the store", l.journal.EntryKey(from+int64(i)))
		}
		list[i] = e
	}
	for i, e := range list {
		if e.issuer != "" {
			l.known.put(e, from+int64(i), now)
		}
	}
	return nil
}

// within bounds one call of the store.
func within[T any](ctx context.Context, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, journal.Timeout)
	defer cancel()
	return f(ctx)
}

// Ready reads the store, so that the first request need not wait for it. Without it
// a replica with many revocations answers 503 until it has read them. The error is
// that of the store; the list recovers by itself, so it is no reason not to start.
func (l *List) Ready(ctx context.Context) error {
	if l.journal == nil {
		return nil
	}
	return l.read(ctx)
}

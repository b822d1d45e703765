package revocation

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/authkeel/authkeel/core/internal/safelog"
)

const (
	// republishFor is how long one replica writes, and the others leave it alone.
	republishFor = 5 * time.Second
	// republishRead is how many entries it writes between two readings.
	republishRead = 50
	// retryEvery is the pause between two attempts when no request makes the list read
	// the journal.
	retryEvery = 2 * time.Second
)

// republish writes revocations into the journal that are in force here and are not
// in it, because the store has lost them or could not be reached. A goroutine does
// so, because requests wait for who calls this; l.reading is held.
func (l *List) republish() {
	if !l.unshared.Load() || !l.republishing.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer l.retryLater()
		defer l.republishing.Store(false)
		defer func() {
			if recover() != nil { // Config.Store panicked; reading it says so
				l.unshared.Store(true)
			}
		}()
		l.unshared.Store(false)
		if err := l.writeAgain(context.Background()); err != nil {
			l.unshared.Store(true)
			safelog.Log(context.Background(), l.logger(), slog.LevelWarn, "authkeel: revocations could not be written again yet", slog.String("error", err.Error()))
		}
	}()
}

// writeAgain writes what is missing in the journal, in the order in which it was
// revoked. One replica does so at a time: the others find it in the journal then.
func (l *List) writeAgain(ctx context.Context) error {
	if len(l.known.unshared(l.cfg.Now())) == 0 { // another replica has written all of it
		l.known.dropUnnumbered()
		return nil
	}
	lease, mine := l.journal.Key("writer"), rand.Text()
	_, leased, err := l.cfg.Store.Swap(ctx, lease, "", mine, republishFor)
	if err != nil {
		return err
	}
	if !leased {
		l.unshared.Store(true) // the next reading looks what is missing still
		return nil
	}
	until := time.Now().Add(republishFor)
	for i, e := range l.known.unshared(l.cfg.Now()) {
		if time.Now().After(until) {
			l.unshared.Store(true)
			return nil
		}
		if i%republishRead == 0 {
			if err := l.read(ctx); err != nil {
				return err
			}
		}
		if l.known.covers(e, true) {
			continue
		}
		if err := l.journal.Add(ctx, e.String(), l.known.needed(l.cfg.Now())); err != nil {
			return err
		}
	}
	if err := l.read(ctx); err != nil {
		return err
	}
	l.known.dropUnnumbered()
	_, _, err = l.cfg.Store.Swap(ctx, lease, mine, "", 0)
	return err
}

// retryLater reads the journal in a while, and then writes what is still missing in
// it. Without it a replica that gets no more requests, such as one that is about to be
// replaced, would keep a revocation to itself.
func (l *List) retryLater() {
	if !l.unshared.Load() || !l.retrying.CompareAndSwap(false, true) {
		return
	}
	time.AfterFunc(retryEvery, func() {
		l.retrying.Store(false)
		if l.known.hasUnshared(l.cfg.Now()) && l.refresh(l.elapsed()) == nil {
			l.retryLater() // a reading has just failed
		}
	})
}

package revocation

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/internal/journal"
	"github.com/authkeel/authkeel/core/store"
)

// List knows what was revoked. It is a [core.RevocationList]: give it to
// core.Config.Revocations. It is safe for concurrent use; one serves a whole
// program. Make it with [New].
type List struct {
	cfg     Config
	started time.Time // the beginning of all durations here
	known   *table

	journal *journal.Journal // nil: this process alone
	fresh   atomic.Int64     // when the last successful reading of the journal began

	reading  sync.Mutex // held while the journal is read
	last     int64      // the newest entry that was read; guarded by reading
	lastText string     // what it says; guarded by reading

	unshared     atomic.Bool // something that is in force here may not be in the journal
	republishing atomic.Bool
	retrying     atomic.Bool // a timer runs

	mu        sync.Mutex // guards what follows
	flight    *flight    // the reading that runs; nil: none
	attempted int64      // when the last one ended
	err       error      // of the last one
	reported  bool       // the outage is in the log
}

var _ core.RevocationList = (*List)(nil)

// never is a time before everything.
const never = math.MinInt64 / 2

// Revoked reports whether the token, its session, its subject, its organization or
// its client was revoked. It answers from memory, and reads the store when it has
// not done so for a while: see the package documentation. Its errors are outages,
// and tokens that the configuration does not allow for.
func (l *List) Revoked(ctx context.Context, id *core.Identity) (bool, error) {
	now := l.cfg.Now() // once: it costs as much as everything else
	if l.journal != nil {
		if err := l.current(ctx, now); err != nil {
			return false, err
		}
	}
	if err := l.check(id, now); err != nil {
		return false, err
	}
	issuer, issued, t := id.Issuer(), id.IssuedAt(), l.known
	sid, sub := id.SessionID(), id.Subject()
	return t.revoked(session, issuer, sid, issued, now) ||
		t.revoked(token, issuer, id.TokenID(), issued, now) ||
		t.revoked(subject, issuer, sub, issued, now) ||
		sid == "" && t.revoked(sessionless, issuer, sub, issued, now) ||
		t.revoked(organization, issuer, id.Organization().ID, issued, now) ||
		t.revoked(client, issuer, id.AuthorizedParty(), issued, now), nil
}

// RevokeSession revokes all tokens of a session (`sid`), whenever they were issued.
//
// Like all methods of its kind it returns when the revocation counts on this
// replica and is in the store, so that it counts on all others within a second. An
// error of the store is returned: the revocation then counts on this replica, which
// writes it by itself within seconds after the store answers again; repeat the call to
// be sure. [store.ErrFull] says that there is no room, [ErrInvalid] that the revocation
// could never match.
// issuer is `iss` exactly as the tokens have it.
func (l *List) RevokeSession(ctx context.Context, issuer, sessionID string) error {
	return l.revoke(ctx, session, issuer, sessionID, time.Time{})
}

// RevokeToken revokes one token by its ID (`jti`). Tokens without one cannot be
// revoked alone.
func (l *List) RevokeToken(ctx context.Context, issuer, tokenID string) error {
	return l.revoke(ctx, token, issuer, tokenID, time.Time{})
}

// RevokeSubject revokes all tokens of a subject (`sub`) that were issued at that
// time or before: give it the present time to sign somebody out everywhere. `iat`
// has seconds, so a token of the same second is revoked as well. The zero time
// revokes tokens whenever they were issued, for an account that is gone: it ends
// when the revocation is forgotten, after [Config].MaxTokenLife. A token without
// `iat` is always revoked.
func (l *List) RevokeSubject(ctx context.Context, issuer, sub string, before time.Time) error {
	return l.revoke(ctx, subject, issuer, sub, before)
}

// RevokeOrganization revokes the tokens with which somebody acts in an
// organization, [core.Identity.Organization]; see RevokeSubject for the time.
func (l *List) RevokeOrganization(ctx context.Context, issuer, id string, before time.Time) error {
	return l.revoke(ctx, organization, issuer, id, before)
}

// RevokeClient revokes the tokens that were issued to a client,
// [core.Identity.AuthorizedParty]; see RevokeSubject for the time.
func (l *List) RevokeClient(ctx context.Context, issuer, id string, before time.Time) error {
	return l.revoke(ctx, client, issuer, id, before)
}

// Now returns the present time of the list's clock, [Config].Now.
func (l *List) Now() time.Time { return l.cfg.Now() }

func (l *List) revoke(ctx context.Context, k kind, issuer, value string, before time.Time) error {
	e, err := l.newEntry(k, issuer, value, before)
	if err != nil {
		return err
	}
	shared := l.journal != nil
	if shared {
		// Without the others' revocations this replica does not know what there is room
		// for, nor what the journal has to keep.
		err = l.read(ctx)
	}
	now := l.cfg.Now()
	if err == nil && l.known.covers(e, shared) {
		return nil
	}
	if !l.known.room(now) {
		return fmt.Errorf("revocation: %d revocations are in force, raise Config.MaxEntries: %w", l.cfg.MaxEntries, store.ErrFull)
	}
	if !shared {
		l.known.put(e, 0, now)
		return nil
	}
	if err == nil {
		err = l.journal.Add(ctx, e.String(), l.known.needed(now))
	}
	if err == nil && l.read(ctx) == nil {
		return nil // as it was read from the journal
	}
	l.known.put(e, 0, now)
	l.unshared.Store(true)
	l.retryLater()
	if err != nil {
		return fmt.Errorf("revocation: the other replicas do not know yet that something was revoked: %w", err)
	}
	return nil
}

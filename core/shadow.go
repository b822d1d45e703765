package core

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sort"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/internal/safelog"
)

// Decision is what today's authentication decided about a request; see
// [ShadowFunc].
type Decision struct {
	Accepted bool
	Subject  string // of an accepted request; "" is not compared
}

// Shadow returns an Authenticator that decides as old does, and beside it asks
// next what it would decide. Differences are counted and logged with the reason,
// the first of each kind at once and then one a minute. Use it to find out whom a
// stricter configuration, another issuer or another version would refuse, before
// anybody is refused. A request costs one more verification at most, cached like
// any other; a difference never reaches the client.
//
// The result has old's settings; read the counts with
// [Authenticator.ShadowReport] or [Authenticator.ShadowHandler]. The Observer of
// next should be [Silent], or every difference is in the log twice.
func Shadow(old, next *Authenticator) *Authenticator {
	if old == nil || next == nil {
		panic("authkeel: Shadow(nil): handle the errors of core.New before")
	}
	both := *old
	both.shadow = newShadow(next, old.now)
	return &both
}

// ShadowFunc is [Shadow] for an API whose authentication is not authkeel's yet. Its
// RequireAuth and OptionalAuth let every request go on without an identity: mount
// it behind today's middleware, and let decided say what that middleware decided
// about the request, for example by what it left in the context.
func ShadowFunc(decided func(context.Context, adapter.Request) Decision, next *Authenticator) *Authenticator {
	if decided == nil || next == nil {
		panic("authkeel: ShadowFunc(nil): give it a function, and handle the error of core.New before")
	}
	watching := *next
	watching.shadow = newShadow(next, next.now)
	watching.shadow.decided = decided
	return &watching
}

// shadow compares decisions.
type shadow struct {
	next    *Authenticator
	decided func(context.Context, adapter.Request) Decision // nil: the Authenticator's own
	log     *refusalLog

	mu       sync.Mutex
	requests int
	counts   map[difference]*Difference
}

// difference is a kind of [Difference].
type difference struct{ old, next string }

// Difference counts requests about which old and next disagree in one way.
type Difference struct {
	Old   string    `json:"old"`  // "accepted", or old's reason code; "refused" where only that is known
	Next  string    `json:"next"` // the same of next; "another subject" where both accept
	Count int       `json:"count"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// ShadowReport is how often next would have decided differently.
type ShadowReport struct {
	Requests    int          `json:"requests"` // that were compared
	Differences []Difference `json:"differences"`
}

func newShadow(next *Authenticator, now func() time.Time) *shadow {
	return &shadow{next: next, log: newRefusalLog(now), counts: make(map[difference]*Difference)}
}

// ShadowReport returns the counts since the start. It is zero for an Authenticator
// that [Shadow] or [ShadowFunc] did not make.
func (a *Authenticator) ShadowReport() ShadowReport {
	if a.shadow == nil {
		return ShadowReport{}
	}
	s := a.shadow
	s.mu.Lock()
	defer s.mu.Unlock()
	report := ShadowReport{Requests: s.requests, Differences: make([]Difference, 0, len(s.counts))}
	for _, d := range s.counts {
		report.Differences = append(report.Differences, *d)
	}
	sort.Slice(report.Differences, func(i, j int) bool {
		x, y := report.Differences[i], report.Differences[j]
		return x.Count > y.Count || x.Count == y.Count && x.Old+x.Next < y.Old+y.Next
	})
	return report
}

// ShadowHandler shows [Authenticator.ShadowReport] as JSON. The counts name no
// token and no user, but they tell which checks exist: protect the route.
func (a *Authenticator) ShadowHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(a.ShadowReport()) // a client that is gone needs no answer
	})
}

// compare asks next about the request and notes a difference. id and err are what
// old decided.
func (s *shadow) compare(ctx context.Context, r adapter.Request, id *Identity, err error, optional bool) {
	nextID, nextErr := s.ask(ctx, r, optional)
	old, next := verdictOf(err), verdictOf(nextErr)
	subject := id.Subject()
	if s.decided != nil {
		d := s.decided(ctx, r)
		old, subject = "refused", d.Subject
		if d.Accepted {
			old = "accepted"
		}
		if old == "refused" && next != "accepted" {
			next = old // both refuse, and why is known of one alone
		}
	}
	if old == "accepted" && next == "accepted" && subject != "" && subject != nextID.Subject() {
		next = "another subject"
	}
	s.note(ctx, r, old, next, nextErr)
}

// ask returns what next decides. A panic in one of next's hooks must not reach the
// request, which next does not serve.
func (s *shadow) ask(ctx context.Context, r adapter.Request, optional bool) (id *Identity, err error) {
	defer func() {
		if p := recover(); p != nil {
			id, err = nil, unavailable("shared_check_failed", errors.New("a hook of the shadow's Authenticator panicked"))
		}
	}()
	if r == nil {
		return nil, errNoToken
	}
	id, _, err = s.next.authenticate(ctx, r, optional)
	return id, err
}

// verdictOf is "accepted", or the reason code.
func verdictOf(err error) string {
	if err == nil {
		return "accepted"
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return "refused"
}

// maxDifferences bounds the kinds that are counted; reasons are a closed list.
const maxDifferences = 512

func (s *shadow) note(ctx context.Context, r adapter.Request, old, next string, err error) {
	now := s.next.now()
	s.mu.Lock()
	s.requests++
	if old == next {
		s.mu.Unlock()
		return
	}
	d := s.counts[difference{old, next}]
	if d == nil && len(s.counts) < maxDifferences {
		d = &Difference{Old: old, Next: next, First: now}
		s.counts[difference{old, next}] = d
	}
	if d != nil {
		d.Count++
		d.Last = now
	}
	s.mu.Unlock()
	count, ok := s.log.take(refusalKind{reason: old, member: next})
	if !ok {
		return
	}
	var e Event
	e.refused(EventRefused, err)
	s.next.describe(ctx, r, &e)
	slog.WarnContext(ctx, "authkeel: shadow", "old", old, "next", next, "count", count, "method", e.Method, "path", e.Path,
		"request_id", e.RequestID, "member", e.Member, "found", safelog.Text(e.Found), "expected", safelog.Text(e.Expected), "advice", e.Advice)
}

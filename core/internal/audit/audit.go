// Package audit lets the checks of a chain of middleware say what they ask for,
// without asking it. authtest arms it; in a program that serves requests it is
// never armed, and a check then costs one atomic load more.
package audit

import (
	"crypto/rand"
	"maps"
	"sync"
	"sync/atomic"
)

// Header is the header that makes a request one of an audit. Its value is a secret
// of a [Session].
const Header = "Authkeel-Audit"

// Kind is what a check does.
type Kind int

// The kinds of check.
const (
	Authentication         Kind = iota // a request needs a token
	OptionalAuthentication             // a request may have a token
	Policy                             // the caller needs a right
)

// Check is a check that a request of an audit came to.
type Check struct {
	Kind Kind
	Text string // of a Policy, such as `role "admin"`
}

// Session is one audit. It is safe for concurrent use.
type Session struct {
	secret string
	exempt string

	mu     sync.Mutex
	checks []Check
}

var (
	arming sync.Mutex
	armed  atomic.Pointer[map[string]*Session] // by secret; nil: no audit is running
)

// Start begins an audit. Requests that carry its secret in [Header] are answered
// by checks that record themselves and let the request go on, until [Session.End].
func Start() *Session {
	s := &Session{secret: rand.Text(), exempt: rand.Text()}
	change(func(sessions map[string]*Session) { sessions[s.secret], sessions[s.exempt] = s, s })
	return s
}

// End makes both values of [Header] worthless.
func (s *Session) End() {
	change(func(sessions map[string]*Session) {
		delete(sessions, s.secret)
		delete(sessions, s.exempt)
	})
}

// change replaces the map of sessions, which readers use without a lock.
func change(edit func(map[string]*Session)) {
	arming.Lock()
	defer arming.Unlock()
	sessions := make(map[string]*Session)
	if current := armed.Load(); current != nil {
		maps.Copy(sessions, *current)
	}
	edit(sessions)
	if len(sessions) == 0 {
		armed.Store(nil)
		return
	}
	armed.Store(&sessions)
}

// Secret returns the value of [Header] for requests that checks let go on.
func (s *Session) Secret() string { return s.secret }

// ExemptSecret returns the value of [Header] for requests that checks treat like
// every other, except that no limit counts them: an audit sends many.
func (s *Session) ExemptSecret() string { return s.exempt }

// Running reports whether there is an audit in this process.
func Running() bool { return armed.Load() != nil }

// request is what an adapter.Request has.
type request interface {
	Header(name string, i int) (string, bool)
}

// Of returns the audit whose request this is and for which checks record
// themselves, or nil.
func Of(r request) *Session {
	if s, secret := find(r); s != nil && secret == s.secret {
		return s
	}
	return nil
}

// Exempt reports whether a request is one of an audit, so that limits do not count
// it.
func Exempt(r request) bool {
	s, _ := find(r)
	return s != nil
}

func find(r request) (s *Session, secret string) {
	sessions := armed.Load()
	if sessions == nil {
		return nil, ""
	}
	secret, _ = r.Header(Header, 0)
	return (*sessions)[secret], secret
}

// Record notes a check. It may be called on a nil Session.
func (s *Session) Record(c Check) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checks = append(s.checks, c)
}

// Take returns what was recorded since the last call.
func (s *Session) Take() []Check {
	s.mu.Lock()
	defer s.mu.Unlock()
	checks := s.checks
	s.checks = nil
	return checks
}

package jwks

import (
	"slices"
	"sync"
)

// listeners are the functions that a source tells of its fetches.
type listeners struct {
	mu   sync.Mutex
	list []*func(Refresh) // replaced, never changed
}

// subscribe adds fn until unsubscribe is called.
func (l *listeners) subscribe(fn func(Refresh)) (unsubscribe func()) {
	entry := &fn // two subscriptions of one function are two
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(slices.Clip(l.list), entry)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if i := slices.Index(l.list, entry); i >= 0 {
			l.list = slices.Concat(l.list[:i], l.list[i+1:])
		}
	}
}

// tell calls every listener, without a lock, so that a listener may ask the
// source or end its subscription.
func (l *listeners) tell(e Refresh) {
	l.mu.Lock()
	list := l.list
	l.mu.Unlock()
	for _, fn := range list {
		tell(*fn, e)
	}
}

func tell(fn func(Refresh), e Refresh) {
	defer func() {
		if v := recover(); v != nil {
			logPanic("a subscriber to key events", v)
		}
	}()
	fn(e)
}

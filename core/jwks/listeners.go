package jwks

import (
	"slices"
	"sync"
)

// listeners are the functions that a source tells of its fetches: one event after
// the other, in the order of the fetches.
type listeners struct {
	mu      sync.Mutex
	list    []*func(Refresh) // replaced, never changed
	queue   []Refresh
	telling bool // a goroutine is at work on the queue
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

// add puts an event into the queue; tell delivers it.
func (l *listeners) add(e Refresh) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, e)
}

// tell calls every listener, without a lock, so that a listener may ask the source
// or end its subscription. It returns at once when another goroutine does so.
func (l *listeners) tell() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.telling {
		return
	}
	l.telling = true
	defer func() { l.telling = false }()
	for len(l.queue) > 0 {
		e := l.queue[0]
		l.queue = l.queue[1:]
		for _, fn := range l.list {
			l.call(*fn, e)
		}
	}
	l.queue = nil
}

// call calls one listener. mu is held, but not during the call.
func (l *listeners) call(fn func(Refresh), e Refresh) {
	l.mu.Unlock()
	defer l.mu.Lock()
	defer func() {
		if v := recover(); v != nil {
			logPanic("a subscriber to key events", v)
		}
	}()
	fn(e)
}

package graph

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/authkeel/authkeel/examples/blog"
)

// A loader waits this long for more IDs, and asks for at most so many at once.
const (
	loaderWait = time.Millisecond
	loaderMost = 100
)

// loader turns the authors of a list of posts into one question. It lives as long as
// one answer: what it remembers was decided for one caller, who is in the context.
type loader struct {
	ask func(ctx context.Context, ids []string) ([]blog.User, error)

	mu     sync.Mutex
	next   *batch // nil: the next ID begins one
	places map[string]place
}

// batch is one question. users and err are there when done is closed.
type batch struct {
	ids   []string
	done  chan struct{}
	users []blog.User
	err   error
}

type place struct {
	batch *batch
	index int
}

type loaderKey struct{}

// WithLoader returns the context for one answer: of a query, a mutation, or an event
// of a subscription. Never share it between callers.
func WithLoader(ctx context.Context, service *blog.Service) context.Context {
	return context.WithValue(ctx, loaderKey{}, &loader{ask: service.UsersByID, places: make(map[string]place)})
}

func loadUser(ctx context.Context, id string) (blog.User, error) {
	l, ok := ctx.Value(loaderKey{}).(*loader)
	if !ok {
		return blog.User{}, errors.New("graph: the context has no loader; call graph.WithLoader for each answer")
	}
	p := l.place(ctx, id)
	select {
	case <-p.batch.done:
	case <-ctx.Done():
		return blog.User{}, context.Cause(ctx)
	}
	if p.batch.err != nil {
		return blog.User{}, p.batch.err
	}
	return p.batch.users[p.index], nil
}

// place returns where the answer for id will be.
func (l *loader) place(ctx context.Context, id string) place {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p, ok := l.places[id]; ok {
		return p
	}
	if l.next == nil {
		b := &batch{done: make(chan struct{})}
		l.next = b
		time.AfterFunc(loaderWait, func() { l.run(ctx, b) })
	}
	p := place{l.next, len(l.next.ids)}
	l.next.ids = append(l.next.ids, id)
	l.places[id] = p
	if len(l.next.ids) == loaderMost {
		l.next = nil
	}
	return p
}

// run asks. ctx has the caller, on whom depends what the users show.
func (l *loader) run(ctx context.Context, b *batch) {
	defer close(b.done)
	defer func() {
		if reason := recover(); reason != nil { // here it would end the process
			b.err = fmt.Errorf("graph: loading users panicked: %v", reason)
		}
	}()
	l.mu.Lock()
	if l.next == b {
		l.next = nil
	}
	l.mu.Unlock()
	b.users, b.err = l.ask(ctx, b.ids)
}

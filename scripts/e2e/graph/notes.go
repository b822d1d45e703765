package graph

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/authkeel/authkeel/core"
)

// Book is a list of notes in memory that says what is added to it.
type Book struct {
	mu      sync.Mutex
	last    int
	list    []*Note
	readers map[chan *Note]bool
}

// resolver answers for the schema. The directives have let the caller through.
type resolver struct{ book *Book }

func (r *resolver) Query() QueryResolver               { return query{r.book} }
func (r *resolver) Mutation() MutationResolver         { return mutation{r.book} }
func (r *resolver) Subscription() SubscriptionResolver { return subscription{r.book} }

type query struct{ *Book }

func (q query) Greeting(ctx context.Context) (string, error) {
	if id, ok := core.IdentityFrom(ctx); ok {
		return "hello, " + id.Subject(), nil
	}
	return "hello, stranger", nil
}

func (q query) Notes(context.Context) ([]*Note, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.list), nil
}

func (q query) Count(context.Context) (*int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return new(len(q.list)), nil
}

type mutation struct{ *Book }

func (m mutation) CreateNote(ctx context.Context, text string) (*Note, error) {
	id, _ := core.IdentityFrom(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last++
	note := &Note{ID: strconv.Itoa(m.last), Text: text, Owner: id.Subject()}
	m.list = append(m.list, note)
	for reader := range m.readers {
		select {
		case reader <- note:
		default: // it is slow, and notes are many
		}
	}
	return note, nil
}

func (m mutation) RenameNote(_ context.Context, id, text string) (*Note, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.list, func(n *Note) bool { return n.ID == id })
	if i < 0 {
		return nil, gqlerror.Errorf("there is no such note")
	}
	m.list[i] = &Note{ID: id, Text: text, Owner: m.list[i].Owner} // readers may have the other
	return m.list[i], nil
}

func (m mutation) DeleteNote(_ context.Context, id string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := len(m.list)
	m.list = slices.DeleteFunc(m.list, func(n *Note) bool { return n.ID == id })
	return len(m.list) < before, nil
}

type subscription struct{ *Book }

func (s subscription) NoteAdded(ctx context.Context) (<-chan *Note, error) {
	reader := make(chan *Note, 64)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readers == nil {
		s.readers = make(map[chan *Note]bool)
	}
	s.readers[reader] = true
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.readers, reader)
		close(reader)
	})
	return reader, nil
}

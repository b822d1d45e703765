// Package trpcnotes is a small API of tRPC procedures in Go. Its types for a
// TypeScript client are in router.ts, which `go generate` writes.
//
//go:generate sh -c "go run .. -types >router.ts"
package trpcnotes

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/scripts/e2e/trpc"
)

// Note is one note.
type Note struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	Author string `json:"author"`
}

// ListInput says how many notes to list; without one, all.
type ListInput struct {
	Limit int `json:"limit"`
}

// Validate refuses a limit that lists nothing.
func (in *ListInput) Validate() error {
	if in.Limit < 1 {
		return errors.New("limit is at least 1")
	}
	return nil
}

// CreateInput is a new note.
type CreateInput struct {
	Text string `json:"text"`
}

// Validate refuses a note without text.
func (in *CreateInput) Validate() error {
	if strings.TrimSpace(in.Text) == "" {
		return errors.New("text is empty")
	}
	return nil
}

// DeleteInput names a note.
type DeleteInput struct {
	ID string `json:"id"`
}

// Me is who is calling.
type Me struct {
	UserID string `json:"userId"`
}

// Book keeps notes in memory. It is safe for concurrent use.
type Book struct {
	mu    sync.Mutex
	last  int
	notes []Note
}

// Router returns the procedures on the book. Mount it behind an adapter's
// OptionalAuth: health is open, the others say themselves who may call them.
func (b *Book) Router(o trpc.Options) *trpc.Router {
	r := trpc.NewRouter(o)
	trpc.Query(r, "health", func(context.Context, trpc.None) (string, error) { return "ok", nil })
	trpc.Query(r, "me", me, trpc.SignedIn)
	trpc.Query(r, "notes.list", b.list, trpc.SignedIn)
	trpc.Mutation(r, "notes.create", b.create, trpc.SignedIn)
	trpc.Mutation(r, "notes.delete", b.remove, core.Role("admin"))
	return r
}

func me(ctx context.Context, _ trpc.None) (Me, error) {
	id, _ := core.IdentityFrom(ctx)
	return Me{UserID: id.Subject()}, nil
}

func (b *Book) list(_ context.Context, in *ListInput) ([]Note, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	count := len(b.notes)
	if in != nil {
		count = min(count, in.Limit)
	}
	return append([]Note{}, b.notes[:count]...), nil
}

func (b *Book) create(ctx context.Context, in CreateInput) (Note, error) {
	id, _ := core.IdentityFrom(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	note := Note{ID: strconv.Itoa(b.last), Text: in.Text, Author: id.Subject()}
	b.notes = append(b.notes, note)
	return note, nil
}

func (b *Book) remove(_ context.Context, in DeleteInput) (trpc.None, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.notes, func(n Note) bool { return n.ID == in.ID })
	if i < 0 {
		return trpc.None{}, &trpc.Error{Code: trpc.NotFound, Message: "there is no such note"}
	}
	b.notes = slices.Delete(b.notes, i, i+1)
	return trpc.None{}, nil
}

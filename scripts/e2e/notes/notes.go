// Package notes is a small API on each framework, for generated clients to be
// tried against. It refuses in every way that authkeel knows.
package notes

import (
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/scripts/e2e/graph"
	"github.com/authkeel/authkeel/scripts/e2e/trpcnotes"
)

// Note is what the API is about.
type Note struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Owner string `json:"owner"`
}

// Notes is a list in memory.
type Notes struct {
	mu   sync.Mutex
	last int
	list []Note
}

// List returns a copy of all notes.
func (n *Notes) List() []Note {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]Note{}, n.list...) // never null in JSON
}

// Create adds a note of the caller's.
func (n *Notes) Create(id *core.Identity, text string) Note {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last++
	note := Note{ID: strconv.Itoa(n.last), Text: text, Owner: id.Subject()}
	n.list = append(n.list, note)
	return note
}

// Rename changes a note's text; false when there is no such note.
func (n *Notes) Rename(id, text string) (Note, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	i := slices.IndexFunc(n.list, func(note Note) bool { return note.ID == id })
	if i < 0 {
		return Note{}, false
	}
	n.list[i].Text = text
	return n.list[i], true
}

// Delete removes a note; false when there is no such note.
func (n *Notes) Delete(id string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	before := len(n.list)
	n.list = slices.DeleteFunc(n.list, func(note Note) bool { return note.ID == id })
	return len(n.list) < before
}

// API is what the routes of every framework work with.
type API struct {
	Auth   *core.Authenticator
	Notes  *Notes
	Graph  *graph.Book     // the notes of GraphQL
	TRPC   *trpcnotes.Book // and those of tRPC
	Count  *Counter
	Origin string // of the page that may call it from a browser
	Away   string // an address on another origin, to be redirected to
}

type text struct {
	Text string `json:"text"`
}

type status struct {
	Up            bool `json:"up"`
	Authorization bool `json:"authorization"` // whether the request carried one
}

type greeting struct {
	Message string `json:"message"`
}

func greet(id *core.Identity, ok bool) greeting {
	if !ok {
		return greeting{"hello, stranger"}
	}
	return greeting{"hello, " + id.Subject()}
}

type received struct {
	Bytes int64 `json:"bytes"`
}

// What a page on another origin may send and read.
var (
	corsMethods = []string{"GET", "POST", "PUT", "DELETE"}
	corsHeaders = []string{"Authorization", "Content-Type"}
	corsExposed = []string{"WWW-Authenticate", "Retry-After"}
)

// Counter counts answers by status.
type Counter struct {
	mu       sync.Mutex
	statuses map[int]int
}

// Add counts one answer.
func (c *Counter) Add(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.statuses == nil {
		c.statuses = make(map[int]int)
	}
	c.statuses[status]++
}

// Take returns the counts so far, by status, and starts again.
func (c *Counter) Take() map[int]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.statuses
	c.statuses = nil
	return taken
}

// wrap counts the answers of h. Preflights are the browser's business.
func (c *Counter) wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(recorder, r)
		if r.Method != http.MethodOptions {
			c.Add(recorder.status)
		}
	})
}

type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets [http.ResponseController] reach what is below.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

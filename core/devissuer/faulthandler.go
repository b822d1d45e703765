package devissuer

import (
	"bytes"
	"io"
	"net/http"
	"sync"
)

// FaultHandler serves another handler, and answers wrongly on request: for the
// API of a provider that is more than its key set. Make it with
// [NewFaultHandler]. It is safe for concurrent use.
type FaultHandler struct {
	next http.Handler

	mu    sync.Mutex // guards what follows
	state endpoint   // without render
}

// NewFaultHandler returns a handler that serves next until it is given a fault.
func NewFaultHandler(next http.Handler) *FaultHandler { return &FaultHandler{next: next} }

// SetFault makes the handler misbehave from the next request on; nil ends it.
// Requests that already wait go on waiting. The fault is copied.
func (h *FaultHandler) SetFault(f *Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.set(f)
}

// Count is the number of requests so far, answered or not.
func (h *FaultHandler) Count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state.requests
}

// ServeHTTP answers by way of the fault. next is called when the fault's wait is
// over.
func (h *FaultHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.state.requests++
	fault := h.state.take()
	h.mu.Unlock()
	if fault == nil {
		fault = &Fault{}
	}
	// net/http notices that the client has left only once the body is read.
	const most = 1 << 20
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err != nil || len(body) > most {
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	f := fault.clone()
	f.answer(w, r, func(header http.Header) []byte {
		recorded := recorder{header: header, status: http.StatusOK}
		h.next.ServeHTTP(&recorded, r)
		if f.Status == 0 && f.Redirect == "" {
			f.Status = recorded.status
		}
		return recorded.body
	})
}

// recorder keeps what a handler writes.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

func (r *recorder) Header() http.Header    { return r.header }
func (r *recorder) WriteHeader(status int) { r.status = status }
func (r *recorder) Write(b []byte) (int, error) {
	r.body = append(r.body, b...)
	return len(b), nil
}

// Package trpc lets a tRPC 11 client call procedures that are written in Go.
//
// It is a handler for tRPC's HTTP protocol on the standard library: queries by
// GET, mutations by POST, one call or a batch. It knows nothing of tokens: mount
// it behind an adapter, name the policies of each procedure, and core's
// refusals reach the client as tRPC errors.
//
//	router := trpc.NewRouter(trpc.Options{})
//	trpc.Query(router, "notes.list", listNotes, trpc.SignedIn)
//	trpc.Mutation(router, "notes.delete", deleteNote, core.Role("admin"))
//	r.With(chiauth.OptionalAuth(auth)).Handle("/trpc/{path}", router)
//
// Subscriptions, httpBatchStreamLink, transformers (superjson) and form data are
// not here. What it does is meant to be read and copied.
package trpc

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// Options are limits and the log of a [Router]; the zero value is good.
type Options struct {
	// Auth answers refusals as its middleware does: with its realm, and rewritten
	// where it rewrites them. nil: as an Authenticator without these settings.
	Auth *core.Authenticator

	MaxBodyBytes int64        // default 1 MiB; more is PAYLOAD_TOO_LARGE
	MaxCalls     int          // in a batch; default 32, more is BAD_REQUEST
	Log          *slog.Logger // for errors that the client must not see; default slog.Default()
}

// Router is an http.Handler for the procedures that were added to it. What
// stands behind the last slash of the URL's path names the procedures, so it
// works under any prefix. Add all procedures before it serves.
type Router struct {
	o          Options
	procedures map[string]procedure
}

// NewRouter makes a Router without procedures.
func NewRouter(o Options) *Router {
	if o.MaxBodyBytes <= 0 {
		o.MaxBodyBytes = 1 << 20
	}
	if o.MaxCalls <= 0 {
		o.MaxCalls = 32
	}
	if o.Auth == nil {
		o.Auth = new(core.Authenticator)
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Router{o: o, procedures: map[string]procedure{}}
}

// ServeHTTP answers one call, or the calls of a batch one after the other.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Cache-Control", "no-store") // answers depend on who asks
	if req.Method == http.MethodHead {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	path := req.URL.Path[strings.LastIndexByte(req.URL.Path, '/')+1:]
	batch := req.URL.Query().Get("batch") == "1"
	paths := []string{path}
	if batch {
		paths = strings.Split(path, ",")
	}
	inputs, fail := r.inputs(w, req, batch, len(paths))
	if fail != nil {
		write(w, []answer{{failure: fail}}, false) // as tRPC does: a batch that cannot be read gets one answer
		return
	}
	answers := make([]answer, len(paths))
	for i, path := range paths {
		answers[i] = r.call(req, path, inputs[i])
	}
	write(w, answers, batch)
}

// inputs reads the input of each call, from the URL or the body.
func (r *Router) inputs(w http.ResponseWriter, req *http.Request, batch bool, calls int) ([]json.RawMessage, *failure) {
	if calls > r.o.MaxCalls {
		return nil, &failure{code: BadRequest, message: "too many calls in one batch"}
	}
	if accept := req.Header.Get("trpc-accept"); accept != "" && accept != "application/json" {
		return nil, &failure{code: UnsupportedMedia, message: "streamed answers are not supported: use httpBatchLink"}
	}
	var text []byte
	switch req.Method {
	case http.MethodGet:
		text = []byte(req.URL.Query().Get("input"))
	case http.MethodPost:
		var fail *failure
		if text, fail = r.body(w, req); fail != nil {
			return nil, fail
		}
	default:
		return nil, &failure{code: MethodNotAllowed, message: "procedures are called with GET and POST"}
	}
	inputs := make([]json.RawMessage, calls)
	if !batch {
		inputs[0] = text
		return inputs, nil
	}
	if len(text) == 0 {
		return inputs, nil
	}
	var byIndex map[int]json.RawMessage
	if err := json.Unmarshal(text, &byIndex); err != nil {
		return nil, &failure{code: ParseError, message: "the inputs of a batch are an object with the calls' indices as names"}
	}
	for i := range inputs {
		inputs[i] = byIndex[i]
	}
	return inputs, nil
}

func (r *Router) body(w http.ResponseWriter, req *http.Request) ([]byte, *failure) {
	text, err := io.ReadAll(http.MaxBytesReader(w, req.Body, r.o.MaxBodyBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &failure{code: PayloadTooLarge, message: "the input is too large"}
	}
	if err != nil {
		return nil, &failure{code: BadRequest, message: "the body cannot be read"}
	}
	// A page of another site can post a form without asking; JSON it cannot.
	if kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &failure{code: UnsupportedMedia, message: "inputs are application/json"}
	}
	return text, nil
}

func (r *Router) call(req *http.Request, path string, input json.RawMessage) answer {
	p, ok := r.procedures[path]
	if !ok {
		return answer{path: path, failure: &failure{code: NotFound, message: "there is no such procedure"}}
	}
	if want := map[bool]string{false: http.MethodGet, true: http.MethodPost}[p.mutation]; req.Method != want {
		return answer{path: path, failure: &failure{code: MethodNotAllowed, message: "the procedure is called with " + want}}
	}
	ctx := req.Context()
	out, err := p.run(ctx, input)
	var data []byte
	if err == nil {
		data, err = json.Marshal(out)
	}
	if err == nil {
		return answer{path: path, data: data}
	}
	fail := failureOf(ctx, r.o.Auth, err)
	if fail.log != nil {
		r.o.Log.ErrorContext(ctx, "trpc procedure failed", "path", path, "error", fail.log)
	}
	return answer{path: path, failure: fail}
}

// answer is what one call came to.
type answer struct {
	path    string
	data    json.RawMessage
	failure *failure // nil: all went well
}

func (a answer) status() int {
	if a.failure == nil {
		return http.StatusOK
	}
	return codes[a.failure.code].status
}

func (a answer) body() any {
	if a.failure != nil {
		return a.failure.shape(a.path)
	}
	return map[string]any{"result": map[string]any{"data": a.data}}
}

// write sends the answers: with the status that they have in common, or 207.
// Headers of refusals are sent only where they are true of the whole response.
func write(w http.ResponseWriter, answers []answer, batch bool) {
	status, bodies := answers[0].status(), make([]any, len(answers))
	for i, a := range answers {
		bodies[i] = a.body()
		if a.status() != status {
			status = http.StatusMultiStatus
		}
	}
	if fail := answers[0].failure; fail != nil && fail.refusal != nil && status != http.StatusMultiStatus {
		header := w.Header()
		adapter.SetHeader(fail.refusal.Header, header.Set, header.Add)
	}
	var body any = bodies
	if !batch {
		body = bodies[0]
	}
	text, err := json.Marshal(body)
	if err != nil { // strings, numbers and JSON that was made above
		status, text = http.StatusInternalServerError, []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that is gone needs no answer
}

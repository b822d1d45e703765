package devissuer

import (
	"context"
	"encoding/json"
	"net/http"
)

const jwksPath = "/.well-known/jwks.json"

// endpoint is one document the issuer serves. render sets what headers the
// document needs and returns its body; it is called without the issuer's lock.
type endpoint struct {
	render   func(http.Header) []byte
	requests int
	fault    *Fault
	left     int // requests the fault still applies to, when it counts them
}

// take returns the fault for the request that is being counted.
func (e *endpoint) take() *Fault {
	f := e.fault
	if f == nil || f.Times == 0 {
		return f
	}
	if e.left--; e.left == 0 {
		e.fault = nil
	}
	return f
}

func (e *endpoint) set(f *Fault) {
	e.fault, e.left = f.clone(), 0
	if f != nil {
		e.left = f.Times
	}
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	if i.closed { // reached through a server that is not ours
		i.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	i.inFlight++
	var fault *Fault
	e := i.routes[r.URL.Path]
	if e != nil {
		e.requests++
		fault = e.take()
	}
	hook := i.onRequest
	i.mu.Unlock()
	defer i.leave()

	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(i.closing, cancel)()
	r = r.WithContext(ctx)

	i.log.Info("request", "method", r.Method, "path", r.URL.Path, "fault", fault != nil)
	if hook != nil {
		hook(r.URL.Path)
	}
	switch {
	case e != nil:
		if i.signIn != nil {
			allowOrigin(w.Header(), r, i.signIn.o.Origins)
		}
		e.answer(w, r, fault)
	case i.signIn != nil && i.signIn.owns(r):
		i.signIn.ServeHTTP(w, r)
	case i.fallback != nil:
		i.fallback.ServeHTTP(w, r)
	default:
		http.NotFound(w, r)
	}
}

// answer serves the document, or the fault in its place.
func (e *endpoint) answer(w http.ResponseWriter, r *http.Request, fault *Fault) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if fault == nil {
		fault = &Fault{}
	}
	fault.answer(w, r, e.render)
}

// JWKSHandler serves the key set at any path, for a provider that has it in a
// second place: use it in [Options].Handler. Its requests count as those of the
// JWKS, and the JWKS's fault applies to them.
func (i *Issuer) JWKSHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		i.jwks.requests++
		fault := i.jwks.take()
		i.mu.Unlock()
		i.jwks.answer(w, r, fault)
	})
}

func (i *Issuer) leave() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.inFlight--; i.inFlight == 0 {
		i.idle.Broadcast()
	}
}

// renderMetadata leaves out the endpoints for signing in, which OpenID Connect
// Discovery requires, when the issuer does not have them.
func (i *Issuer) renderMetadata(h http.Header) []byte {
	h.Set("Content-Type", "application/json")
	doc := map[string]any{
		"issuer":                                i.url,
		"jwks_uri":                              i.JWKSURL(),
		"response_types_supported":              []string{"id_token"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": i.algorithms,
	}
	if i.signIn != nil {
		i.signIn.describe(doc)
	}
	i.mu.Lock()
	change := i.change
	i.mu.Unlock()
	if change != nil {
		change(doc)
	}
	return mustMarshal(doc)
}

func (i *Issuer) renderJWKS(h http.Header) []byte {
	h.Set("Content-Type", "application/jwk-set+json")
	i.mu.Lock()
	raw, cacheCtl := i.rawJWKS, i.cacheCtl
	i.mu.Unlock()
	if cacheCtl != "" {
		h.Set("Cache-Control", cacheCtl)
	}
	if raw != nil {
		return raw
	}
	return i.JWKS()
}

// ServeMetadata lets change edit the discovery document each time before it is
// served; nil serves it as it is. For a document that is not JSON use
// [Issuer.SetMetadataFault] with a Body.
func (i *Issuer) ServeMetadata(change func(doc map[string]any)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.change = change
}

// CacheControl sets the Cache-Control header of JWKS responses; "" for none.
func (i *Issuer) CacheControl(value string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cacheCtl = value
}

// SetFault makes the JWKS and the metadata misbehave from the next request on;
// nil ends it. Requests that already wait go on waiting. The fault is copied.
func (i *Issuer) SetFault(f *Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.jwks.set(f)
	i.metadata.set(f)
}

// SetJWKSFault is [Issuer.SetFault] for the JWKS alone.
func (i *Issuer) SetJWKSFault(f *Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.jwks.set(f)
}

// SetMetadataFault is [Issuer.SetFault] for the discovery document alone.
func (i *Issuer) SetMetadataFault(f *Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.metadata.set(f)
}

// Counts are requests received, answered or not.
type Counts struct{ Metadata, JWKS int }

// Counts returns the requests received so far.
func (i *Issuer) Counts() Counts {
	i.mu.Lock()
	defer i.mu.Unlock()
	return Counts{Metadata: i.metadata.requests, JWKS: i.jwks.requests}
}

// InFlight is the number of requests that are being answered, held or delayed.
func (i *Issuer) InFlight() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.inFlight
}

// OnRequest calls f with the path of each request, known or not, after it is
// counted and before it is answered; nil ends it. Requests of [Issuer.JWKSHandler]
// are counted later. The request waits for f,
// which may call the issuer's methods except Down and Close.
func (i *Issuer) OnRequest(f func(path string)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.onRequest = f
}

// mustMarshal panics on a value that is not JSON, which is a mistake of the caller.
func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("devissuer: " + err.Error())
	}
	return b
}

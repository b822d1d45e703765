package devissuer

import (
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
	if e == nil && i.serveAPI != nil && (i.rest == nil || isAPI(r.URL.Path)) {
		e = &i.api
	}
	if e != nil {
		e.requests++
		fault = e.take()
	}
	hook := i.onRequest
	i.mu.Unlock()
	defer i.leave()

	i.log.Info("request", "method", r.Method, "path", r.URL.Path, "fault", fault != nil)
	if hook != nil {
		hook(r.URL.Path)
	}
	switch {
	case e == nil && i.rest != nil:
		i.rest.ServeHTTP(w, r)
	case e == nil:
		http.NotFound(w, r)
	case e == &i.api:
		i.answerAPI(w, r, fault)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	case !i.mayRead(r):
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write(clerkError("clerk_key_invalid", "The provided Clerk Secret Key is invalid.")) // the client is free to go away
	default:
		if fault == nil {
			fault = &Fault{}
		}
		fault.answer(w, r, e.render, i.done)
	}
}

// mayRead reports whether the request shows the secret that its path asks for.
func (i *Issuer) mayRead(r *http.Request) bool {
	secret := i.guarded[r.URL.Path]
	return secret == "" || r.Header.Get("Authorization") == "Bearer "+secret
}

func (i *Issuer) leave() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.inFlight--; i.inFlight == 0 {
		i.idle.Broadcast()
	}
}

// renderMetadata leaves out the endpoints that OpenID Connect Discovery demands
// of an issuer people sign in at: what is not served is not named.
func (i *Issuer) renderMetadata(h http.Header) []byte {
	h.Set("Content-Type", "application/json")
	doc := map[string]any{
		"issuer":                                i.url,
		"jwks_uri":                              i.JWKSURL(),
		"response_types_supported":              []string{"id_token"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": i.algorithms,
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

// OnRequest has f called with the path of each request, known or not, after it
// is counted and before it is answered; nil for none. The request waits for f,
// which may call the issuer's methods except Down and Close.
func (i *Issuer) OnRequest(f func(path string)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.onRequest = f
}

// mustMarshal panics on what the caller cannot have meant: a value that is not JSON.
func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("devissuer: " + err.Error())
	}
	return b
}

package jwks

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// serveFor is how long verifiers may keep a key set that Handler serves.
const serveFor = 5 * time.Minute

// Handler serves public keys of your own as a JSON Web Key Set (RFC 7517 section
// 5), for services that verify tokens which you sign. Make the keys with [NewKey];
// each needs a key ID, which your tokens have to name in their kid.
//
//	key, err := jwks.NewKey("2026-01", "ES256", private.Public())
//	...
//	handler, err := jwks.Handler(key)
//	mux.Handle("/.well-known/jwks.json", handler)
//
// It is an error when there is no key, or more than 128, and when a key is nil or
// has no key ID or that of another one. A private key is an error of NewKey.
//
// To rotate, publish the next key beside the old one, sign with it once verifiers
// have had time to read the set again, and leave the old one out when the last
// token that it signed has expired. Verifiers may keep the set for 5 minutes
// (Cache-Control), and ask with the entity tag whether it changed. Methods other
// than GET and HEAD are answered with status 405.
func Handler(keys ...*Key) (http.Handler, error) {
	if len(keys) == 0 {
		return nil, errors.New("jwks: Handler: no keys: pass at least one made with NewKey")
	}
	if len(keys) > maxKeys {
		return nil, fmt.Errorf("jwks: Handler: %d keys: verifiers read the first %d at most", len(keys), maxKeys)
	}
	var set strings.Builder
	ids := make(map[string]bool)
	for i, k := range keys {
		switch {
		case k == nil || k.members == "":
			return nil, fmt.Errorf("jwks: Handler: key %d is empty: make it with NewKey", i)
		case k.id == "":
			return nil, fmt.Errorf("jwks: Handler: key %d has no key ID: verifiers would not know which of two keys to use during a rotation", i)
		case ids[k.id]:
			return nil, fmt.Errorf("jwks: Handler: two keys have the key ID %q: give each its own", k.id)
		}
		ids[k.id] = true
		if i > 0 {
			set.WriteByte(',')
		}
		if err := k.writeJWK(&set); err != nil {
			return nil, fmt.Errorf("jwks: Handler: key %d: %w", i, err)
		}
	}
	body := `{"keys":[` + set.String() + `]}`
	return &handler{body: body, etag: fmt.Sprintf("%q", encode(sum256(body)))}, nil
}

// writeJWK writes the key as a JSON Web Key for signatures.
func (k *Key) writeJWK(w *strings.Builder) error {
	id, err := json.Marshal(k.id)
	if err != nil {
		return err
	}
	w.WriteString(`{"kid":` + string(id) + `,"use":"sig",`)
	if k.algorithm != "" {
		w.WriteString(`"alg":"` + k.algorithm + `",`)
	}
	w.WriteString(k.members[1:])
	return nil
}

func sum256(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

type handler struct{ body, etag string }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	head := w.Header()
	head.Set("Content-Type", "application/jwk-set+json") // RFC 7517 section 8.5.2
	head.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(serveFor.Seconds())))
	head.Set("ETag", h.etag)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(h.body))
}

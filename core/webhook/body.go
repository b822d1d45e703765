package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
)

// errConsumed is a mistake in how the handler is mounted, and no fault of the
// sender.
var errConsumed = errors.New("webhook: the body was read before the handler: mount the webhook outside of what parses bodies, or mount Handler.KeepBody before it")

// body returns the bytes that were received: those that KeepBody kept, else what
// the request still has, else what its GetBody gives.
func (h *Handler) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limit := h.cfg.Verifier.maxBody
	kept, wasKept := r.Context().Value(keptKey{}).(*keptBody)
	announced := r.ContentLength
	if wasKept {
		announced = kept.announced // whatever stands in the request by now
	}
	if announced > int64(limit) {
		return nil, errTooLarge
	}
	source := io.Reader(http.NoBody)
	if wasKept {
		source = kept.again()
	} else if r.Body != nil {
		source = http.MaxBytesReader(w, r.Body, int64(limit))
	}
	body, err := readAll(source, limit)
	if err != nil || !consumed(body, announced) {
		return body, err
	}
	if r.GetBody != nil {
		if again, err := r.GetBody(); err == nil {
			defer again.Close()
			if body, err := readAll(again, limit); err != nil || !consumed(body, announced) {
				return body, err
			}
		}
	}
	if announced <= 0 {
		return nil, errEmpty // as it was sent, for all that can be known
	}
	return nil, errConsumed
}

// consumed reports that the body is not all there. A connection that broke is
// an error of reading, so somebody before has had the rest; and an event is
// never empty.
func consumed(body []byte, announced int64) bool {
	return len(body) == 0 || int64(len(body)) < announced
}

// readAll reads into memory of its own: some frameworks use theirs again.
func readAll(r io.Reader, limit int) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	var tooLarge *http.MaxBytesError // ours, or that of a middleware with a lower limit
	switch {
	case errors.As(err, &tooLarge), len(body) > limit:
		return nil, errTooLarge
	case err != nil:
		return nil, errUnreadable
	}
	return body, nil
}

type keptKey struct{}

// KeepBody returns a request whose body can be read by others before it reaches
// h. Mount it before middleware that parses bodies, where the webhook cannot be
// mounted outside of it:
//
//	router.Use(func(c *gin.Context) { c.Request = hooks.KeepBody(c.Request) })
//
// It reads nothing by itself, and keeps what others read, up to a byte more than
// the limit of the body, until the request is done: not for routes that take
// large uploads.
func (h *Handler) KeepBody(r *http.Request) *http.Request {
	if r.Body == nil || r.Body == http.NoBody {
		return r
	}
	kept := &keptBody{body: r.Body, announced: r.ContentLength, limit: h.cfg.Verifier.maxBody + 1}
	r = r.WithContext(context.WithValue(r.Context(), keptKey{}, kept))
	r.Body = kept
	return r
}

// keptBody is a body that remembers what was read of it.
type keptBody struct {
	body      io.ReadCloser
	announced int64 // Content-Length, -1 when unknown
	limit     int
	seen      bytes.Buffer
	err       error
}

func (k *keptBody) Read(p []byte) (int, error) {
	if k.err != nil {
		return 0, k.err
	}
	n, err := k.body.Read(p)
	k.seen.Write(p[:min(n, k.limit-k.seen.Len())])
	k.err = err
	return n, err
}

// Close does nothing, because there may be more to read; the server closes the
// body itself when the request is done.
func (k *keptBody) Close() error { return nil }

// again reads from the start: what was read, and then the rest.
func (k *keptBody) again() io.Reader {
	return io.MultiReader(bytes.NewReader(k.seen.Bytes()), k)
}

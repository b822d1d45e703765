package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
)

// errConsumed is a mistake in how the handler is mounted. The sender is not at
// fault.
var errConsumed = errors.New("webhook: the body was read before the handler: mount the webhook outside of middleware that parses bodies, or mount Handler.BufferBody before it")

// body returns the bytes that were received: from BufferBody, else from the
// request's body, else from its GetBody.
func (h *Handler) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limit := h.cfg.Verifier.maxBody
	buffered, wasBuffered := r.Context().Value(bufferKey{}).(*bufferedBody)
	announced := r.ContentLength
	if wasBuffered {
		announced = buffered.announced // middleware may have changed the request
	}
	if announced > int64(limit) {
		return nil, errTooLarge
	}
	source := io.Reader(http.NoBody)
	if wasBuffered {
		source = buffered.again()
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
		return nil, errEmpty // the length does not tell a read body from an empty one
	}
	return nil, errConsumed
}

// consumed reports whether a part of the body is missing. A broken connection is
// an error of reading, so a missing part was read before; an event is never empty.
func consumed(body []byte, announced int64) bool {
	return len(body) == 0 || int64(len(body)) < announced
}

// readAll reads into new memory: some frameworks reuse theirs.
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

type bufferKey struct{}

// BufferBody returns a request whose body other code may read before it reaches h.
// Mount it before middleware that parses bodies, where the webhook cannot be
// mounted outside of it:
//
//	router.Use(func(c *gin.Context) { c.Request = hooks.BufferBody(c.Request) })
//
// It reads nothing by itself. It keeps what other code reads, up to a byte more
// than the limit of the body, until the request is done: do not use it on routes
// that accept large uploads.
func (h *Handler) BufferBody(r *http.Request) *http.Request {
	if r.Body == nil || r.Body == http.NoBody {
		return r
	}
	buffered := &bufferedBody{body: r.Body, announced: r.ContentLength, limit: h.cfg.Verifier.maxBody + 1}
	r = r.WithContext(context.WithValue(r.Context(), bufferKey{}, buffered))
	r.Body = buffered
	return r
}

// bufferedBody is a body that keeps what was read of it.
type bufferedBody struct {
	body      io.ReadCloser
	announced int64 // Content-Length, -1 when unknown
	limit     int
	seen      bytes.Buffer
	err       error
}

func (k *bufferedBody) Read(p []byte) (int, error) {
	if k.err != nil {
		return 0, k.err
	}
	n, err := k.body.Read(p)
	k.seen.Write(p[:min(n, k.limit-k.seen.Len())])
	k.err = err
	return n, err
}

// Close does nothing, because the handler may read on. The server closes the body
// itself when the request is done.
func (k *bufferedBody) Close() error { return nil }

// again returns a reader of the whole body: the part that was read, then the rest.
func (k *bufferedBody) again() io.Reader {
	return io.MultiReader(bytes.NewReader(k.seen.Bytes()), k)
}

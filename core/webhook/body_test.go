package webhook_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/authkeel/authkeel/core/webhook"
)

// What middleware does to a body before the handler sees it.
func TestBodyThatWasRead(t *testing.T) {
	readAll := func(r *http.Request) []byte {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		return b
	}
	readAndClose := func(r *http.Request) { readAll(r); r.Body.Close() }
	decode := func(r *http.Request) { // reads no further than it must
		if err := json.NewDecoder(r.Body).Decode(new(any)); err != nil {
			t.Error(err)
		}
	}
	tests := []struct {
		name       string
		middleware func(*http.Request)
		chunked    bool
		bare, kept int    // without and with BufferBody
		log        string // without it
	}{
		{"nothing", func(*http.Request) {}, false, 200, 200, "processed"},
		{"nothing, chunked", func(*http.Request) {}, true, 200, 200, "processed"},
		{"reads", func(r *http.Request) { readAll(r) }, false, 500, 200, "mount Handler.BufferBody before it"},
		{"reads, chunked", func(r *http.Request) { readAll(r) }, true, 400, 200, "mount Handler.BufferBody before it"},
		{"reads and closes", readAndClose, false, 500, 200, "mount the webhook outside"},
		{"reads and leaves nothing", func(r *http.Request) { readAll(r); r.Body = http.NoBody }, false, 500, 200, "mount the webhook outside"},
		{"reads and takes away", func(r *http.Request) { readAll(r); r.Body = nil }, false, 500, 200, "mount the webhook outside"},
		{"reads a part", func(r *http.Request) { io.CopyN(io.Discard, r.Body, 10) }, false, 500, 200, "mount the webhook outside"},
		{"reads a part, chunked", func(r *http.Request) { io.CopyN(io.Discard, r.Body, 10) }, true, 400, 200, "bad_signature"},
		{"decodes", decode, false, 500, 200, "mount the webhook outside"},
		{"puts back", func(r *http.Request) { r.Body = io.NopCloser(bytes.NewReader(readAll(r))) }, false, 200, 200, "processed"},
		{"offers GetBody", func(r *http.Request) {
			b := readAll(r)
			r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
		}, false, 200, 200, "processed"},
		{"offers GetBody, chunked", func(r *http.Request) {
			b := readAll(r)
			r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
		}, true, 200, 200, "processed"},
		{"offers a GetBody that fails", func(r *http.Request) {
			readAll(r)
			r.GetBody = func() (io.ReadCloser, error) { return nil, io.ErrClosedPipe }
		}, false, 500, 200, "mount the webhook outside"},
		{"offers a GetBody of nothing", func(r *http.Request) {
			readAll(r)
			r.GetBody = func() (io.ReadCloser, error) { return http.NoBody, nil }
		}, false, 500, 200, "mount the webhook outside"},
		{"encodes again", func(r *http.Request) {
			var v any
			if err := json.Unmarshal(readAll(r), &v); err != nil {
				t.Error(err)
			}
			b, err := json.MarshalIndent(v, "", " ")
			if err != nil {
				t.Error(err)
			}
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
		}, false, 400, 200, "bad_signature"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			try := func(keep bool, want int) string {
				var ran calls
				e := newEndpoint(t, webhook.Config{Default: ran.run})
				r := e.request("msg_1", userCreated+" \n")
				if c.chunked {
					r.ContentLength = -1
				}
				if keep {
					r = e.BufferBody(r)
				}
				c.middleware(r)
				if w := serve(e, r); w.Code != want {
					t.Errorf("kept: %v: %d %s, want %d", keep, w.Code, w.Body, want)
				}
				if (ran.n == 1) != (want == 200) {
					t.Errorf("kept: %v: the handler ran %d times", keep, ran.n)
				}
				return e.log.String()
			}
			if log := try(false, c.bare); !strings.Contains(log, c.log) {
				t.Errorf("log %q, want %q in it", log, c.log)
			}
			try(true, c.kept)
		})
	}
}

func TestBufferedBodyHasALimit(t *testing.T) {
	for _, length := range []int64{1 << 30, -1} {
		e := newEndpoint(t, webhook.Config{Default: new(calls).run})
		r := e.request("msg_1", large(3<<20))
		r.ContentLength = length
		r = e.BufferBody(r)
		if n, err := io.Copy(io.Discard, r.Body); n != 3<<20 || err != nil {
			t.Fatalf("other code read %d bytes, %v, want all", n, err)
		}
		if w := serve(e, r); w.Code != 413 {
			t.Errorf("length %d: %d, want 413", length, w.Code)
		}
	}
}

func TestBufferBodyOfNothing(t *testing.T) {
	e := newEndpoint(t, webhook.Config{Default: new(calls).run})
	for _, body := range []io.ReadCloser{nil, http.NoBody} {
		r := e.request("msg_1", "")
		r.Body, r.ContentLength = body, 0
		if w := serve(e, e.BufferBody(r)); w.Code != 400 {
			t.Errorf("%d, want 400", w.Code)
		}
	}
}

// TestMessageOutlivesItsRequest changes the memory that a header came in, as
// frameworks do that use it again.
func TestMessageOutlivesItsRequest(t *testing.T) {
	ts, memory := strconv.Itoa(now), []byte("msg_1")
	h := header("svix", "msg_1", ts, sign(secret, "msg_1", ts, userCreated))
	h.Set("svix-id", unsafe.String(unsafe.SliceData(memory), len(memory)))
	m, err := newVerifier(t, now, secret).Verify(h, []byte(userCreated))
	if err != nil {
		t.Fatal(err)
	}
	copy(memory, "other")
	if m.ID != "msg_1" {
		t.Errorf("the id became %q", m.ID)
	}
}

package devissuer

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is a way to answer wrongly. The zero value changes nothing, and fields
// combine: with a nil Body the real document is still sent, so that a client which
// overlooks the other fields uses it.
type Fault struct {
	Times int // requests it applies to, per document; 0: all

	Until <-chan struct{} // the answer waits until this is closed
	Delay time.Duration   // then it waits this long, in real time
	Hang  bool            // never answers; with Truncate: stops half-way and keeps the connection
	Reset bool            // the connection is reset (TCP RST) instead of an answer

	Status   int         // default 200, with Redirect 302
	Redirect string      // Location; nothing else is sent
	Header   http.Header // added to the response, replacing what is there

	Body     []byte        // instead of the document; empty but not nil for an empty one
	Huge     int64         // this many bytes of white space precede the body: still JSON, but large
	Gzip     int           // the body is compressed this many times, and says so
	Truncate bool          // half of the announced body, then the connection is closed
	Drip     time.Duration // pause before every 16 bytes of body
}

// Fail answers with a status, such as 500, and the document all the same.
func Fail(status int) *Fault { return &Fault{Status: status} }

// Hold answers properly once release is closed. It lets a test act while a
// request is under way, without sleeping.
func Hold(release <-chan struct{}) *Fault { return &Fault{Until: release} }

// Hang takes requests and never answers.
func Hang() *Fault { return &Fault{Hang: true} }

// Garbage answers 200 with the HTML page of a proxy.
func Garbage() *Fault {
	return &Fault{
		Header: http.Header{"Content-Type": {"text/html"}},
		Body:   []byte("<html><head><title>Bad Gateway</title></head><body>{\"keys\":</body></html>\n"),
	}
}

// Reset resets the connection. Go's HTTP client asks a second time when the
// connection had been used before, and [Issuer.Counts] then says so.
func Reset() *Fault { return &Fault{Reset: true} }

func (f *Fault) clone() *Fault {
	if f == nil {
		return nil
	}
	c := *f
	c.Header = f.Header.Clone()
	if f.Body != nil {
		c.Body = append([]byte{}, f.Body...)
	}
	return &c
}

// answer writes the response. It ends early, dropping the connection, with the
// request's context.
func (f *Fault) answer(w http.ResponseWriter, r *http.Request, render func(http.Header) []byte) {
	wait := func(until <-chan struct{}, d time.Duration) {
		var timeout <-chan time.Time
		if until == nil && d > 0 {
			t := time.NewTimer(d)
			defer t.Stop()
			timeout = t.C
		}
		select {
		case <-until:
		case <-timeout:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	if f.Until != nil {
		wait(f.Until, 0)
	}
	if f.Delay > 0 {
		wait(nil, f.Delay)
	}
	if f.Reset {
		reset(w)
		return
	}
	if f.Hang && !f.Truncate {
		wait(nil, 0)
	}
	// Rendered after the wait, so that a slow answer has the keys of its end.
	body, size := f.content(w.Header(), render)
	status := f.Status
	if f.Redirect != "" {
		body, size = http.NoBody, 0
		w.Header().Set("Location", f.Redirect)
		if status == 0 {
			status = http.StatusFound
		}
	}
	if status == 0 {
		status = http.StatusOK
	}
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	for name, values := range f.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	w.WriteHeader(status)
	if f.Truncate {
		body = io.LimitReader(body, size/2)
	}
	flush := http.NewResponseController(w).Flush
	if f.Drip > 0 {
		body = dripped{body, func() { _ = flush(); wait(nil, f.Drip) }}
	}
	// Without w's ReadFrom, so that dripping sees each read; the client is free
	// to go away.
	_, _ = io.Copy(struct{ io.Writer }{w}, body)
	if f.Truncate {
		_ = flush()
		if f.Hang {
			wait(nil, 0)
		}
		panic(http.ErrAbortHandler)
	}
}

// content is the body before it is cut, and its size.
func (f *Fault) content(h http.Header, render func(http.Header) []byte) (io.Reader, int64) {
	doc := render(h)
	if f.Body != nil {
		doc = f.Body
	}
	body := io.MultiReader(io.LimitReader(blanks{}, f.Huge), bytes.NewReader(doc))
	size := f.Huge + int64(len(doc))
	if f.Gzip == 0 {
		return body, size
	}
	for range f.Gzip {
		var buf bytes.Buffer
		z := gzip.NewWriter(&buf)
		_, _ = io.Copy(z, body) // neither end of it can fail
		_ = z.Close()
		body, size = &buf, int64(buf.Len())
	}
	h.Set("Content-Encoding", strings.Join(slices.Repeat([]string{"gzip"}, f.Gzip), ", "))
	return body, size
}

// reset closes the connection with a TCP RST where it can, else abruptly.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	raw := conn
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok { // below TLS
		raw = t.NetConn()
	}
	if t, ok := raw.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = raw.Close()
}

type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// dripped pauses before each read, and reads no more than 16 bytes.
type dripped struct {
	r     io.Reader
	pause func()
}

func (d dripped) Read(p []byte) (int, error) {
	d.pause()
	return d.r.Read(p[:min(len(p), 16)])
}

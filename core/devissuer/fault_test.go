package devissuer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

func TestFaults(t *testing.T) {
	i := one(t)
	real := string(i.JWKS())
	for name, c := range map[string]struct {
		fault  *devissuer.Fault
		status int
		body   func(string) bool
		header [2]string
		err    error
	}{
		"none":      {&devissuer.Fault{}, 200, func(b string) bool { return b == real }, [2]string{}, nil},
		"500":       {devissuer.Fail(500), 500, func(b string) bool { return b == real }, [2]string{}, nil},
		"slow":      {&devissuer.Fault{Delay: time.Millisecond}, 200, func(b string) bool { return b == real }, [2]string{}, nil},
		"garbage":   {devissuer.Garbage(), 200, func(b string) bool { return strings.HasPrefix(b, "<html>") }, [2]string{"Content-Type", "text/html"}, nil},
		"empty":     {&devissuer.Fault{Body: []byte{}}, 200, func(b string) bool { return b == "" }, [2]string{}, nil},
		"huge":      {&devissuer.Fault{Huge: 1 << 20}, 200, func(b string) bool { return len(b) == 1<<20+len(real) && strings.TrimSpace(b) == real }, [2]string{}, nil},
		"truncated": {&devissuer.Fault{Truncate: true}, 200, func(b string) bool { return b == real[:len(real)/2] }, [2]string{}, io.ErrUnexpectedEOF},
		"dripping":  {&devissuer.Fault{Drip: time.Microsecond}, 200, func(b string) bool { return b == real }, [2]string{}, nil},
		"redirect":  {&devissuer.Fault{Redirect: "http://127.0.0.1:9/x"}, 302, func(b string) bool { return b == "" }, [2]string{"Location", "http://127.0.0.1:9/x"}, nil},
		"redirect, permanent": {
			&devissuer.Fault{Redirect: "/x", Status: 308}, 308, func(b string) bool { return b == "" }, [2]string{"Location", "/x"}, nil,
		},
		"header": {
			&devissuer.Fault{Status: 429, Header: http.Header{"retry-after": {"7"}}}, 429, func(b string) bool { return b == real }, [2]string{"Retry-After", "7"}, nil,
		},
		"compressed": {
			&devissuer.Fault{Gzip: 1}, 200, func(b string) bool { return gunzip(t, b) == real }, [2]string{"Content-Encoding", "gzip"}, nil,
		},
		"compressed twice": {
			&devissuer.Fault{Gzip: 2}, 200, func(b string) bool { return gunzip(t, gunzip(t, b)) == real }, [2]string{"Content-Encoding", "gzip, gzip"}, nil,
		},
		"bomb": {
			&devissuer.Fault{Gzip: 1, Huge: 1 << 20}, 200, func(b string) bool { return len(b) < 1<<12 && len(gunzip(t, b)) == 1<<20+len(real) }, [2]string{}, nil,
		},
		"reset": {devissuer.Reset(), 0, nil, [2]string{}, syscall.ECONNRESET},
	} {
		t.Run(name, func(t *testing.T) {
			i.SetJWKSFault(c.fault)
			res, body, err := get(t, i.JWKSURL())
			if !errors.Is(err, c.err) {
				t.Fatalf("got error %v, want %v", err, c.err)
			}
			if c.status == 0 {
				return
			}
			if res.StatusCode != c.status || !c.body(string(body)) {
				t.Errorf("got %d and %d bytes: %.80q", res.StatusCode, len(body), body)
			}
			if got := res.Header.Get(c.header[0]); got != c.header[1] {
				t.Errorf("%s: got %q, want %q", c.header[0], got, c.header[1])
			}
		})
	}
}

func gunzip(t *testing.T, s string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFaultsTarget(t *testing.T) {
	i := one(t)
	metadata := i.URL() + "/.well-known/openid-configuration"
	for name, c := range map[string]struct {
		set            func(*devissuer.Fault)
		metadata, jwks int
	}{
		"both":     {i.SetFault, 503, 503},
		"JWKS":     {i.SetJWKSFault, 200, 503},
		"metadata": {i.SetMetadataFault, 503, 200},
	} {
		c.set(devissuer.Fail(503))
		m, _ := mustGet(t, metadata)
		j, _ := mustGet(t, i.JWKSURL())
		if m.StatusCode != c.metadata || j.StatusCode != c.jwks {
			t.Errorf("%s: got %d and %d, want %d and %d", name, m.StatusCode, j.StatusCode, c.metadata, c.jwks)
		}
		i.SetFault(nil)
	}
	if res, _ := mustGet(t, i.JWKSURL()); res.StatusCode != 200 {
		t.Errorf("after nil: got %d", res.StatusCode)
	}
}

func TestFaultTimes(t *testing.T) {
	i := one(t)
	i.SetFault(&devissuer.Fault{Redirect: i.JWKSURL(), Times: 2})
	c := client(t)
	c.CheckRedirect = nil
	res, err := c.Get(i.JWKSURL())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if got := i.Counts().JWKS; got != 3 || !bytes.Equal(body, i.JWKS()) {
		t.Errorf("got %d requests and %q, want two redirects and the set", got, body)
	}
	if res, _ := mustGet(t, i.URL()+"/.well-known/openid-configuration"); res.StatusCode != 302 {
		t.Errorf("metadata: got %d, want its own two redirects", res.StatusCode)
	}
}

func TestFaultIsCopied(t *testing.T) {
	i := one(t)
	f := &devissuer.Fault{Status: 500, Body: []byte("first")}
	i.SetFault(f)
	f.Status, f.Body[0] = 200, 'X'
	if res, body := mustGet(t, i.JWKSURL()); res.StatusCode != 500 || string(body) != "first" {
		t.Errorf("got %d %q", res.StatusCode, body)
	}
}

// A held request counts and is in flight, and is answered with the keys of the
// moment it is let go.
func TestHold(t *testing.T) {
	i := one(t)
	arrived := make(chan string, 1)
	i.OnRequest(func(path string) { arrived <- path })
	release := make(chan struct{})
	i.SetJWKSFault(devissuer.Hold(release))
	answer := make(chan []byte)
	go func() {
		_, body, _ := get(t, i.JWKSURL())
		answer <- body
	}()
	<-arrived
	if i.InFlight() != 1 || i.Counts().JWKS != 1 {
		t.Errorf("in flight %d, counts %+v", i.InFlight(), i.Counts())
	}
	i.Rotate("ES256")
	close(release)
	if got, want := <-answer, i.JWKS(); !bytes.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whatever waits ends when the client gives up.
func TestWaitingEndsWithTheRequest(t *testing.T) {
	for name, f := range map[string]*devissuer.Fault{
		"hang":      devissuer.Hang(),
		"slow":      &devissuer.Fault{Delay: time.Hour},
		"held":      devissuer.Hold(make(chan struct{})),
		"half-way":  {Hang: true, Truncate: true},
		"dripping":  {Drip: time.Hour},
		"hang 500":  {Hang: true, Status: 500},
		"slow huge": {Delay: time.Hour, Huge: 1 << 30},
	} {
		t.Run(name, func(t *testing.T) {
			i := one(t)
			arrived := make(chan string, 1)
			i.OnRequest(func(path string) { arrived <- path })
			i.SetFault(f)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() { <-arrived; cancel() }()
			req, err := http.NewRequestWithContext(ctx, "GET", i.JWKSURL(), nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := client(t).Do(req)
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want a cancelled request", err)
			}
			eventually(t, "the request is gone", func() bool { return i.InFlight() == 0 })
		})
	}
}

// Nor does a body that nobody reads to its end.
func TestHugeEndsWithTheRequest(t *testing.T) {
	i := one(t)
	i.SetFault(&devissuer.Fault{Huge: 1 << 40})
	res, err := client(t).Get(i.JWKSURL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, res.Body, 1<<20); err != nil {
		t.Error(err)
	}
	res.Body.Close()
	eventually(t, "the request is gone", func() bool { return i.InFlight() == 0 })
}

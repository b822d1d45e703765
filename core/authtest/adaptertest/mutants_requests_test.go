package adaptertest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/authkeel/authkeel/core/adapter"
)

// mutantsOfRequests show core another request.
var mutantsOfRequests = []mutant{
	{
		name:    "another header is read",
		foundBy: []string{"a valid token", "without a token", "scheme"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, header: func(name string, i int) (string, bool) {
				if name == "Authorization" {
					name = "Proxy-Authorization"
				}
				return r.Header(name, i)
			}}
		}),
	},
	{
		name:    "only the first line of a header is read",
		foundBy: []string{"two Authorization lines", "two cookies", "a header of its own", "WebSocket"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, header: func(name string, i int) (string, bool) {
				value, ok := r.Header(name, i)
				return value, ok && i == 0
			}}
		}),
	},
	{
		name:    "empty header lines are skipped",
		foundBy: []string{"two Authorization lines"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, header: func(name string, n int) (string, bool) {
				for i := 0; ; i++ {
					value, ok := r.Header(name, i)
					if ok && value == "" {
						continue
					}
					if n == 0 || !ok {
						return value, ok
					}
					n--
				}
			}}
		}),
	},
	{
		name:    "several lines of a header are joined",
		foundBy: []string{"two Authorization lines", "two cookies"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, header: func(name string, i int) (string, bool) {
				value, ok := r.Header(name, 0)
				if more, again := r.Header(name, 1); again && more != "" && name == "Cookie" {
					return more, i == 0 // the last wins
				}
				return value, ok && i == 0
			}}
		}),
	},
	{
		name:    "every method counts as GET",
		foundBy: []string{"POST from another site", "DELETE from another site", "POST without an origin"},
		run:     changingRequest(func(r adapter.Request) adapter.Request { return changedRequest{Request: r, method: "GET"} }),
	},
	{
		name:    "the host is what the origin says",
		foundBy: []string{"POST with another origin", "Upgrade from another origin", "the host of an absolute request target"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, header: func(name string, i int) (string, bool) {
				if name == "Host" {
					origin, ok := r.Header("Origin", 0)
					_, host, _ := strings.Cut(origin, "://")
					return host, ok && i == 0
				}
				return r.Header(name, i)
			}}
		}),
	},
	{
		name:    "there is no host",
		foundBy: []string{"POST with the host's origin alone"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, header: func(name string, i int) (string, bool) {
				if name == "Host" {
					return "", false
				}
				return r.Header(name, i)
			}}
		}),
	},
	{
		name:    "the response is not lent",
		foundBy: []string{"an event names"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, answer: func(string) string { return "" }}
		}),
	},
	{
		name:    "the header of the request stands for that of the response",
		foundBy: []string{"an event names", "an ID that only the client sends"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, answer: func(name string) string {
				value, _ := r.Header(name, 0)
				return value
			}}
		}),
	},
	{
		name:    "the request target is the same for all",
		foundBy: []string{"an event names"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, url: func() string { return "/" }}
		}),
	},
	{
		name:    "trailers count as headers",
		foundBy: []string{"a token in a trailer", "a trailer does not change what", "a trailer does not change the address"},
		run: func(step adapter.Step) middleware {
			return func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body) // trailers follow it
					for name, values := range r.Trailer {
						r.Header[name] = append(r.Header[name], values...)
					}
					reference(step)(next).ServeHTTP(w, r)
				})
			}
		},
	},
	{
		name:    "the white space around a value is part of it",
		foundBy: []string{"spaces and tabs around"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, header: func(name string, i int) (string, bool) {
				value, ok := r.Header(name, i)
				return "\t" + value, ok
			}}
		}),
	},
	{
		name:    "every request has another peer",
		foundBy: []string{"RateLimit before", "anonymous requests by address"},
		run: func() func(adapter.Step) middleware {
			var n atomic.Int64
			return changingRequest(func(r adapter.Request) adapter.Request {
				return changedRequest{Request: r, peer: func() string { return fmt.Sprintf("192.0.2.%d:1", n.Add(1)%256) }}
			})
		}(),
	},
	{
		name:    "the peer is whom a header names",
		foundBy: []string{"RateLimit before"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, peer: func() string {
				if named, ok := r.Header("X-Forwarded-For", 0); ok {
					return named + ":1"
				}
				return r.RemoteAddr()
			}}
		}),
	},
}

package adapter

import (
	"net/http"
	"strings"
	"sync"
)

// Request is what an adapter lends core for the length of one call. Strings may
// point into memory that the framework uses again: core copies what it keeps.
type Request interface {
	// Header returns the i-th value of a header, counted from 0, and whether
	// there is one. The name is in canonical form
	// ([net/textproto.CanonicalMIMEHeaderKey]); "Host" is the requested host. A
	// field that came as a trailer is not a header (RFC 9110 section 6.5.1).
	Header(name string, i int) (string, bool)
	// Method returns the request method, in capitals as sent.
	Method() string
	// URL returns the request target as received.
	URL() string
	// RemoteAddr returns the TCP peer as "address:port". Core alone reads
	// forwarding headers.
	RemoteAddr() string
	// Param returns the value of a parameter of the route, as the framework gives
	// it to handlers, and whether there is one. A parameter without a value is
	// not there. Before the router has matched the parameter there is none.
	Param(name string) (value string, found bool)
	// ResponseHeader returns the first value of a header that is set on the response
	// already, or "". Earlier middleware says there which ID it gave the request. The
	// name is in canonical form; the response may have it in any case.
	ResponseHeader(name string) string
}

// FromHTTP lends core a net/http request: for chi, [http.ServeMux] and every other
// router that sets [http.Request.PathValue]. Where the router keeps the parameters of
// a route elsewhere, the adapter has a Request of its own, with a Param that looks
// there and the other methods of this one. It allocates nothing. It knows no response,
// so that no response header is set; [Serve] lends the response too.
func FromHTTP(r *http.Request) Request { return httpRequest{r} }

// httpRequest is one pointer, which an interface holds without allocating.
type httpRequest struct{ *http.Request }

func (r httpRequest) Header(name string, i int) (string, bool) {
	if name == "Host" { // net/http keeps it out of the header map
		if i > 0 {
			return "", false
		}
		return r.Host, r.Host != ""
	}
	values := r.Request.Header[name]
	if i >= len(values) {
		return "", false
	}
	return values[i], true
}

func (r httpRequest) Method() string     { return r.Request.Method }
func (r httpRequest) URL() string        { return r.RequestURI }
func (r httpRequest) RemoteAddr() string { return r.Request.RemoteAddr }

func (r httpRequest) Param(name string) (string, bool) {
	value := r.PathValue(name)
	return value, value != ""
}

func (httpRequest) ResponseHeader(string) string { return "" }

// exchange is a request together with its response. An interface needs memory for
// two pointers, so exchanges keeps what was used.
type exchange struct {
	httpRequest
	w http.ResponseWriter
}

var exchanges = sync.Pool{New: func() any { return new(exchange) }}

func (e *exchange) ResponseHeader(name string) string { return e.w.Header().Get(name) }

// ToHTTP gives r, a net/http request that a framework made of its own, the header
// lines that core sees, in memory of their own. A framework may add the trailers or
// keep one line of several, so that a handler which refuses two tokens, or two
// message IDs, would not notice them.
func ToHTTP(r *http.Request, from Request) {
	header := make(http.Header, len(r.Header))
	for name := range r.Header {
		name = strings.Clone(name)
		for i := 0; ; i++ {
			value, ok := from.Header(name, i)
			if !ok {
				break
			}
			header[name] = append(header[name], strings.Clone(value))
		}
	}
	r.Header = header
	if _, several := from.Header(Host, 1); several {
		r.Host = "" // none of them is the host (RFC 9112 section 3.2)
	}
}

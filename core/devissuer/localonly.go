package devissuer

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// LocalOnly serves a handler to this machine's tools, to the issuer's own pages
// and to the front ends named in Origins, and to nobody else: 403. A page of
// another site could otherwise make the browser ask for tokens, directly or
// through a host name of its own that resolves to this machine (DNS rebinding).
type LocalOnly struct {
	// Handler answers the requests that are let through.
	Handler http.Handler
	// Origins are the front ends whose scripts may call the handler and read its
	// answers (CORS), as a browser writes them, see [CheckOrigin].
	Origins []string
	// AllowBeyondLoopback also accepts a Host that is an IP address or a name
	// without a dot, such as that of a container. The owner of a domain can make
	// neither of them resolve to this machine.
	AllowBeyondLoopback bool
}

// ServeHTTP answers with the handler, or with 403.
func (l *LocalOnly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	own := l.isLocal(r.Host)
	origin := r.Header.Get("Origin")
	named := slices.Contains(l.Origins, origin)
	if origin != "" && origin != "http://"+r.Host && !named {
		own = false
	}
	switch site := r.Header.Get("Sec-Fetch-Site"); {
	case r.Method == http.MethodGet, r.Method == http.MethodHead, named:
	case site != "" && site != "same-origin" && site != "none":
		own = false
	}
	if !own {
		http.Error(w, "This issuer answers only its own pages, tools on this machine, and the front ends that it was started for.", http.StatusForbidden)
		return
	}
	allowOrigin(w.Header(), r, l.Origins)
	if named && r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
		w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
		w.Header().Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	l.Handler.ServeHTTP(w, r)
}

func (l *LocalOnly) isLocal(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	return isLoopback(host) || l.AllowBeyondLoopback && (net.ParseIP(host) != nil || !strings.Contains(host, "."))
}

// allowOrigin lets scripts of the named front ends read the answer.
func allowOrigin(h http.Header, r *http.Request, origins []string) {
	if len(origins) == 0 {
		return
	}
	h.Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); slices.Contains(origins, origin) {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "WWW-Authenticate")
	}
}

// CheckOrigin returns an error that says what is wrong when origin is not the
// origin of a front end as browsers write it (RFC 6454 section 6.1): scheme and
// host in lower case, a port when it is not the usual one, and nothing after it.
func CheckOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return fmt.Errorf("%q is not an origin: write it as a browser does, such as http://localhost:5173", origin)
	}
	want := u.Scheme + "://" + strings.ToLower(u.Host)
	if usual := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; u.Port() != "" {
		want = strings.TrimSuffix(want, usual)
	}
	switch {
	case u.User != nil || strings.ContainsAny(u.Host, "*,%\\ "):
		return fmt.Errorf("%q is not an origin: name one host, such as http://localhost:5173", origin)
	case origin != want:
		return fmt.Errorf("%q is not an origin as a browser writes it: did you mean %s?", origin, want)
	}
	return nil
}

// isLoopback reports whether host, without port and brackets, leads to this
// machine and nowhere else.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

package core

import (
	"errors"
	"net/textproto"
	"strings"

	"github.com/authkeel/authkeel/core/adapter"
)

// Extractor is a place in a request where a token is looked for. Make one with
// [FromBearer], [FromBearerHeader], [FromHeader], [FromCookie], [FromCookieFunc] or
// [FromWebSocketProtocol]. There
// is none for the query string: URLs end up in logs, histories and Referer
// headers (RFC 6750 section 5.3).
type Extractor struct {
	find          func(adapter.Request) (string, error) // "" when there is no token here
	answer        [][2]string                           // response headers when the token was here
	bearer        bool                                  // reads a scheme and a token: separators are left for later
	authorization bool                                  // reads the Authorization header
	cookie        bool                                  // reads cookies
	err           error                                 // a mistake in its making, for New
}

// FromBearer looks in the Authorization header for the Bearer scheme, in any
// case (RFC 6750 section 2.1). Another scheme is no token; two Authorization
// lines, an empty token, and white space or commas inside it are refused.
func FromBearer() Extractor {
	return Extractor{find: authorization, bearer: true, authorization: true}
}

func authorization(r adapter.Request) (string, error) { return bearerIn(r, "Authorization") }

// bearerIn reads a header that holds a scheme and a token.
func bearerIn(r adapter.Request, header string) (string, error) {
	value, _ := r.Header(header, 0)
	if _, again := r.Header(header, 1); again {
		return "", errTwoCredentials
	}
	if value == "" {
		return "", nil
	}
	const scheme = "Bearer"
	if len(value) < len(scheme) || !strings.EqualFold(value[:len(scheme)], scheme) {
		return "", errOtherScheme
	}
	switch rest := value[len(scheme):]; {
	case rest == "":
		return "", errEmptyValue
	case rest[0] == '\t':
		return "", errSeparator
	case rest[0] != ' ':
		return "", errOtherScheme // "Bearerer" is a scheme too
	default:
		if rest = strings.Trim(rest, " "); rest == "" {
			return "", errEmptyValue
		}
		return rest, nil // identify looks at its characters, if it has to
	}
}

// FromBearerHeader is [FromBearer] for another header, in which a gateway hands on
// the Authorization header of its caller: "X-Forwarded-Authorization". Use it only
// behind a gateway that sets or removes the header. Authorization itself does not
// count then, unless FromBearer is configured too.
func FromBearerHeader(name string) Extractor {
	key := canonical(name)
	if !isOwnHeader(name) {
		return Extractor{err: errors.New("core.FromBearerHeader needs the name of the header in which the gateway puts the caller's Authorization; for Authorization itself use core.FromBearer")}
	}
	return Extractor{bearer: true, find: func(r adapter.Request) (string, error) { return bearerIn(r, key) }}
}

// isOwnHeader reports whether name is a header that can be reserved for tokens.
func isOwnHeader(name string) bool {
	key := canonical(name)
	return name != "" && key != "Authorization" && key != "Cookie" && key != "Host" && !strings.ContainsAny(key, " :\r\n")
}

// FromHeader looks in a header of its own, where some identity-aware proxies put the
// bare token. Use it only behind a proxy that removes the header from what
// clients send, and never for Authorization.
func FromHeader(name string) Extractor {
	key := canonical(name)
	if !isOwnHeader(name) {
		return Extractor{err: errors.New("core.FromHeader needs the name of a header that holds a bare token; for Authorization use core.FromBearer, for cookies core.FromCookie")}
	}
	return Extractor{find: func(r adapter.Request) (string, error) {
		value, ok := r.Header(key, 0)
		if _, again := r.Header(key, 1); again {
			return "", errTwoCredentials
		}
		if value = strings.Trim(value, " "); !ok || value == "" {
			return "", nil // some proxies send the header empty when nobody is signed in
		}
		return single(value)
	}}
}

// FromCookie looks in a cookie. It yields to an Authorization header when
// [FromBearer] is configured too, and its token counts only in a request that
// another site cannot have made: see [Config.TrustedOrigins].
func FromCookie(name string) Extractor {
	if name == "" || strings.ContainsAny(name, "=;, \t\r\n\"") {
		return Extractor{err: errors.New("core.FromCookie needs the name of a cookie")}
	}
	return Extractor{cookie: true, find: func(r adapter.Request) (string, error) { return tokenCookie(r, name) }}
}

func tokenCookie(r adapter.Request, name string) (string, error) {
	value, n := cookie(r, name)
	switch {
	case n > 1:
		return "", errTwoCredentials
	case value == "":
		return "", nil // none, or cleared
	}
	return single(value)
}

// FromCookieFunc is [FromCookie] for providers that keep several cookies, of which one
// counts. choose returns its name, or "" for none. It reads cookies with get,
// which answers "" for one that is missing, empty, or sent twice, so that nobody
// can say which counts; when such a one is chosen, the request is refused as it
// is by Cookie. What get returns comes from the client unverified, and is not
// valid after the call. choose is called by many goroutines at once.
func FromCookieFunc(choose func(get func(name string) string) (name string)) Extractor {
	if choose == nil {
		return Extractor{err: errors.New("core.FromCookieFunc needs a function that names the cookie")}
	}
	return Extractor{cookie: true, find: func(r adapter.Request) (string, error) {
		name := choose(func(name string) string {
			value, n := cookie(r, name)
			if n > 1 {
				return ""
			}
			return value
		})
		if name == "" {
			return "", nil
		}
		return tokenCookie(r, name)
	}}
}

// subprotocol announces that the next entry of Sec-WebSocket-Protocol is a token.
const subprotocol = "authkeel.bearer"

// FromWebSocketProtocol looks in Sec-WebSocket-Protocol, the one header that a
// browser lets a script set when it opens a WebSocket:
//
//	new WebSocket(url, ["authkeel.bearer", token])
//
// The response header names authkeel.bearer as the protocol that was chosen,
// never the token. Give a WebSocket library that negotiates by itself the
// subprotocol "authkeel.bearer" to choose.
func FromWebSocketProtocol() Extractor {
	return Extractor{find: webSocketProtocol, answer: [][2]string{{"Sec-Websocket-Protocol", subprotocol}}}
}

func webSocketProtocol(r adapter.Request) (string, error) {
	token, found, next := "", false, false
	for i := 0; ; i++ {
		line, ok := r.Header("Sec-Websocket-Protocol", i)
		if !ok {
			break
		}
		for entry := range strings.SplitSeq(line, ",") {
			entry = strings.Trim(entry, " \t")
			switch {
			case next:
				token, next = entry, false
			case entry == subprotocol && found:
				return "", errTwoCredentials
			case entry == subprotocol:
				found, next = true, true
			}
		}
	}
	if !found {
		return "", nil
	}
	if token == "" {
		return "", errSubprotocol
	}
	return single(token)
}

// single refuses what cannot be one token, which is the request's fault, and
// leaves the rest to verification.
func single(value string) (string, error) {
	if value == "" {
		return "", errEmptyValue
	}
	if err := rejectSeparators(value); err != nil {
		return "", err
	}
	return value, nil
}

// rejectSeparators refuses white space and commas inside the value.
func rejectSeparators(value string) error {
	// Not ContainsAny, which looks at each byte on its own: 1 us for a token of
	// 1 KB, more than all the rest of a cached request (BenchmarkMiddleware/cached).
	for _, separator := range []byte(" \t,") {
		if strings.IndexByte(value, separator) >= 0 {
			return errSeparator
		}
	}
	return nil
}

// credential is a token and where it was found.
type credential struct {
	token string
	from  *Extractor
}

// extract asks the places in order. The first that has a token decides.
func (a *Authenticator) extract(r adapter.Request) (credential, error) {
	reason := errNoToken
	for i := range a.extractors {
		e := &a.extractors[i]
		if e.cookie && a.readsAuthorization {
			if _, ok := r.Header("Authorization", 0); ok {
				continue // the header is the client's explicit choice
			}
		}
		token, err := e.find(r)
		switch {
		case errors.Is(err, errOtherScheme):
			reason = errOtherScheme // no token here; the next place may have one
		case err != nil:
			return credential{from: e}, err
		case token == "":
		case e.cookie && !a.sameSite(r):
			return credential{from: e}, errCrossSite
		default:
			return credential{token, e}, nil
		}
	}
	return credential{}, reason
}

// canonical is the form in which header names are asked for.
func canonical(name string) string { return textproto.CanonicalMIMEHeaderKey(name) }
